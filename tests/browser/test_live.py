"""While somebody is listened to: devices come and go, the screen stays on, the strip is read off, the wire is shown."""

import json
import re

import pytest_asyncio
from playwright.async_api import expect

from tests.browser import kept
from tests.browser.page import Visitor, recording, write_wav
from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.running import running

DIGITS = recording(speech("digits-16k").samples.tobytes(), before=0.3)

PLUGS = """() => {
    const devices = navigator.mediaDevices;
    const list = devices.enumerateDevices.bind(devices);
    window.unplugged = new Set();
    devices.enumerateDevices = async () => (await list()).filter(({ label }) => !unplugged.has(label));
    window.unplug = (label) => (unplugged.add(label), devices.dispatchEvent(new Event('devicechange')));
    window.plug = (label) => (unplugged.delete(label), devices.dispatchEvent(new Event('devicechange')));
}"""
"""Chromium's fake devices can't be pulled out, so what it says of them is changed, as its own event would."""


async def hear(visitor, path):
    """Play a file to its end."""
    await visitor.play(path)
    await visitor.state("Listening")
    await visitor.state("Not listening")


async def test_microphones_come_and_go_and_the_chosen_one_is_waited_for(visitor):
    page, picker = visitor.page, visitor.page.get_by_label("Microphone")
    first, second = "Fake Audio Input 1", "Fake Audio Input 2"
    await page.evaluate(PLUGS)
    await page.evaluate("unplug('Fake Audio Input 1')")
    await expect(picker).not_to_contain_text(first)
    await page.evaluate("plug('Fake Audio Input 1')")
    await expect(picker).to_contain_text(first)
    await picker.select_option(second)
    await page.evaluate("unplug('Fake Audio Input 2')")
    await expect(picker.locator("option:checked")).to_have_text("Chosen microphone (not plugged in)")
    await page.evaluate("plug('Fake Audio Input 2')")
    await expect(picker.locator("option:checked")).to_have_text(second)
    await page.reload()
    await expect(picker.locator("option:checked")).to_have_text(second)


async def test_the_screen_stays_on_while_somebody_is_listened_to(visitor, microphone_file):
    write_wav(microphone_file, quiet(8))
    await visitor.page.context.grant_permissions(["microphone", "screen-wake-lock"])
    await visitor.page.evaluate(
        """() => {
            const request = WakeLock.prototype.request;
            window.locks = [];
            WakeLock.prototype.request = function (kind) {
                return request.call(this, kind).then((lock) => (locks.push(lock), lock));
            };
        }"""
    )
    held = "(wanted) => JSON.stringify(locks.map((lock) => !lock.released)) === wanted"
    await visitor.start()
    await visitor.page.wait_for_function(held, arg="[true]")
    await visitor.press("Pause")
    await visitor.page.wait_for_function(held, arg="[false]")
    await visitor.press("Go on")
    await visitor.page.wait_for_function(held, arg="[false,true]")
    await visitor.stop()
    await visitor.page.wait_for_function(held, arg="[false,false]")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def heard(browser, tmp_path_factory, vosk):
    """A page that has heard digits."""
    folder = tmp_path_factory.mktemp("strip")
    async with (
        running(folder, vosk) as server,
        Visitor.opening(await browser.new_context(), server.http) as visitor,
    ):
        await hear(visitor, write_wav(folder / "digits.wav", DIGITS))
        yield visitor


async def test_the_strip_is_read_off_with_the_pointer(heard):
    point = await heard.app(
        """(() => {
            const { strip, timeline } = app.live;
            const { pitch } = timeline;
            const { at, hz } = pitch.find((_, i) => pitch.slice(i - 4, i + 5).filter(({ hz }) => hz).length === 9);
            return { x: strip.x(timeline.now - at), ago: timeline.now - at, hz };
        })()"""
    )
    await heard.page.locator("#strip").hover(position={"x": point["x"], "y": 50})
    ago, hz = re.match(r"([\d.]+) s ago, (\d+) Hz \(\S+\)", await said_at(heard)).groups()
    assert abs(float(ago) * 1000 - point["ago"]) <= 60  # a pixel is 20 ms, the figure rounds to 100
    assert abs(float(hz) - point["hz"]) <= 0.05 * point["hz"]
    await heard.page.get_by_role("heading", name="Live").hover()
    await expect(heard.page.locator("#cursor")).to_have_text("–")


async def test_the_pitch_line_joins_what_glides_and_nothing_else(heard):
    drawn = await heard.page.evaluate(
        """async () => {
            const { Strip } = await import('/strip.js');
            const canvas = document.createElement('canvas');
            canvas.style.cssText = 'position: absolute; width: 400px; height: 200px';
            document.body.append(canvas);
            const strip = new Strip(canvas, { shown: 400, wave: [0, 0], pitch: [0, 1] });
            const hz = [100, 104, 108, null, null, 112, 224, 230, null, 150];
            const pitch = hz.map((hz, i) => ({ at: 40 * i, hz }));
            strip.draw({ wave: [], pitch, now: 400, hop: 40 });
            const inked = (at, hz) => {
                const [x, y] = [strip.x(400 - at), strip.y(hz)].map((v) => Math.round(v * devicePixelRatio));
                const [red, , blue] = strip.pen.getImageData(x - 1, y, 1, 1).data;
                return red > blue + 60;
            };
            const found = { glide: inked(20, 102), gap: inked(140, 110), leap: inked(220, 158), dot: inked(360, 150) };
            canvas.remove();
            return found;
        }"""
    )
    assert drawn == {"glide": True, "gap": False, "leap": False, "dot": True}


async def said_at(visitor) -> str:
    cursor = visitor.page.locator("#cursor")
    await expect(cursor).not_to_have_text("–")
    return await cursor.text_content()


async def test_the_strip_is_read_off_with_the_keyboard(heard):
    strip = heard.page.get_by_role("slider", name="Look back")
    await strip.press("Home")
    await expect(strip).to_have_attribute("aria-valuetext", "10.0 s ago, –")
    await strip.press("End")
    await expect(strip).to_have_attribute("aria-valuetext", re.compile("0.0 s ago"))
    await strip.press("ArrowLeft")
    await expect(strip).to_have_attribute("aria-valuetext", re.compile("0.1 s ago"))


async def test_a_screen_reader_hears_the_words_of_a_final_and_no_partial(visitor, tmp_path):
    log = visitor.page.get_by_role("log")
    await visitor.play(write_wav(tmp_path / "digits.wav", DIGITS))
    partial = visitor.page.locator("#partial")
    await expect(partial).to_contain_text("three")
    await expect(partial).to_have_attribute("aria-hidden", "true")
    await expect(log).to_have_text("")
    await expect(log).to_have_text("three one four one five nine")
    await visitor.state("Not listening")


async def test_who_sees_the_end_of_the_transcript_goes_on_seeing_it(visitor, tmp_path):
    await visitor.page.set_viewport_size({"width": 400, "height": 500})
    path = write_wav(tmp_path / "digits.wav", DIGITS)
    await hear(visitor, path)
    await visitor.page.evaluate("() => document.querySelector('.said').scrollIntoView({ block: 'end' })")
    for count in (2, 3):
        await hear(visitor, path)
        await expect(visitor.finals).to_have_count(count)
        await expect(visitor.finals.last).to_be_in_viewport()
    await visitor.page.evaluate("() => scrollTo(0, 0)")
    await hear(visitor, path)
    await expect(visitor.finals).to_have_count(4)
    assert await visitor.page.evaluate("() => scrollY") == 0


async def test_language_and_phrases_are_asked_for_and_remembered(visitor, server, tmp_path):
    page = visitor.page
    await page.get_by_text("Settings").click()
    await page.get_by_label("Language").fill("en-gb")
    await page.get_by_label("Phrases to expect").fill("three one four\n\n  one five nine ")
    await page.get_by_text("Protocol").click()
    await hear(visitor, write_wav(tmp_path / "digits.wav", DIGITS))
    [conversation] = kept.conversations(server)
    assert conversation["language"] == "en-gb"
    start = json.loads(await page.locator("#wire li", has_text="▲ start").locator("code").text_content())
    assert (start["language"], start["phrases"]) == ("en-gb", ["three one four", "one five nine"])
    await page.reload()
    await expect(page.get_by_label("Language")).to_have_value("en-gb")


async def test_the_drawer_shows_what_goes_over_the_wire_and_nothing_while_it_is_closed(visitor, tmp_path):
    lines = visitor.page.locator("#wire li")
    path = write_wav(tmp_path / "digits.wav", DIGITS)
    await hear(visitor, path)
    assert await lines.count() == 0
    await visitor.page.get_by_text("Protocol").click()
    await hear(visitor, path)
    kinds = await lines.evaluate_all("(lines) => lines.map((line) => line.dataset.kind)")
    assert {"▲ start", "▼ ready", "▲ audio", "▼ voice", "▼ partial", "▼ final", "▲ stop", "▼ stopped"} <= set(
        kinds
    )
    assert kinds.count("▲ audio") < 5  # what comes again and again is one line
    assert kinds[0] == "▼ stopped"
    final = json.loads(await lines.filter(has_text="▼ final").locator("code").text_content())
    assert final["text"] == "three one four one five nine"
    await visitor.page.get_by_text("Protocol").click()
    before = await lines.count()
    await hear(visitor, path)
    assert await lines.count() == before
