"""Everything that goes wrong is said in plain words."""

from playwright.async_api import expect

from audio.recognizers.scripted import ScriptedEngine
from tests.browser.page import Visitor, write_wav
from tests.quiet import quiet
from tests.running import running


async def test_a_refused_microphone_is_said_and_leaves_no_conversation(browser, server):
    async with Visitor.opening(await browser.new_context(), server.http) as visitor:
        await visitor.press("Start")
        await expect(visitor.alert).to_contain_text("microphone")
        await expect(visitor.alert).to_contain_text("allow")
        await visitor.state("Not listening")
        assert await server.running.store.conversation(1) is None


async def test_a_machine_without_a_microphone_is_said(deaf_browser, server):
    context = await deaf_browser.new_context(permissions=["microphone"])
    async with Visitor.opening(context, server.http) as visitor:
        await visitor.press("Start")
        await expect(visitor.alert).to_contain_text("No microphone was found")
        await expect(visitor.alert.get_by_role("button", name="Try again")).to_be_visible()


async def test_an_insecure_address_is_said(browser, server):
    context = await browser.new_context()
    await context.add_init_script("delete Navigator.prototype.mediaDevices")
    async with Visitor.opening(context, server.http) as visitor:
        await visitor.press("Start")
        await expect(visitor.alert).to_contain_text("https")


async def test_a_device_that_goes_away_is_said_and_what_was_said_is_kept(visitor, microphone_file):
    write_wav(microphone_file, quiet(3))
    await visitor.page.evaluate(
        """() => {
            const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
            navigator.mediaDevices.getUserMedia = async (wishes) => window.stream = await ask(wishes);
        }"""
    )
    await visitor.start()
    await visitor.page.evaluate("() => window.stream.getAudioTracks()[0].dispatchEvent(new Event('ended'))")
    await expect(visitor.alert).to_contain_text("The microphone is gone")
    await visitor.state("Not listening")


async def test_a_server_that_went_away_is_said(browser, tmp_path, vosk):
    context = await browser.new_context(permissions=["microphone"])
    async with running(tmp_path, vosk) as server:
        opening = Visitor.opening(context, server.http)
        visitor = await opening.__aenter__()
    try:
        await visitor.press("Start")
        await expect(visitor.alert).to_contain_text("The server can't be reached")
    finally:
        await opening.__aexit__(None, None, None)


async def test_a_full_server_is_said(browser, tmp_path, vosk):
    async with running(tmp_path, vosk, server={"max_sessions": 1}) as server, server.client() as other:
        await other.start()
        context = await browser.new_context(permissions=["microphone"])
        async with Visitor.opening(context, server.http) as visitor:
            await visitor.press("Start")
            await expect(visitor.alert).to_contain_text(
                "All places at the server are taken. Try again in a moment. (1 of 1)"
            )


async def test_the_demo_recognizer_says_so(browser, tmp_path):
    engine = ScriptedEngine()
    async with (
        running(tmp_path, engine) as server,
        Visitor.opening(await browser.new_context(), server.http) as visitor,
    ):
        await expect(visitor.page.get_by_text(engine.info.note or "")).to_be_visible()


async def test_a_language_that_is_none_is_said_and_the_next_start_works(visitor, tmp_path):
    path = write_wav(tmp_path / "quiet.wav", quiet(0.2))
    await visitor.page.get_by_text("Settings").click()
    await visitor.page.get_by_label("Language").fill("the English one")
    await visitor.play(path)
    await expect(visitor.alert).to_contain_text("language = 'the English one'")
    await visitor.state("Not listening")
    await visitor.page.get_by_label("Language").fill("")
    await visitor.play(path)
    await visitor.state("Listening")
    await visitor.state("Not listening")
    await expect(visitor.alert).to_have_text("")


async def test_a_file_that_is_no_sound_is_said(visitor, tmp_path):
    path = tmp_path / "poem.wav"
    path.write_text("Shall I compare thee to a summer's day?")
    await visitor.play(path)
    await expect(visitor.alert).to_contain_text("can't be read as sound")


async def test_a_token_is_asked_for_and_opens_both_ports(browser, tmp_path, vosk):
    (tmp_path / "tokens").write_text("open-sesame\n")
    async with running(tmp_path, vosk, server={"token_file": str(tmp_path / "tokens")}) as server:
        opening = Visitor.opening(await browser.new_context(), server.http, token="open-sesame")
        async with opening as visitor:
            await visitor.play(write_wav(tmp_path / "quiet.wav", quiet(0.2)))
            await visitor.state("Listening")
            await visitor.state("Not listening")
            await expect(visitor.page.locator(".conversation")).to_have_count(1)


async def test_a_wrong_token_is_said(browser, tmp_path, vosk):
    (tmp_path / "tokens").write_text("open-sesame\n")
    context = await browser.new_context()
    async with running(tmp_path, vosk, server={"token_file": str(tmp_path / "tokens")}) as server:
        page = await context.new_page()
        await page.goto(server.http)
        await page.get_by_label("Token").fill("guess")
        await page.get_by_role("button", name="Use it").click()
        await expect(page.get_by_role("alert")).to_contain_text("That token was refused")
    await context.close()
