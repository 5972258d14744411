"""What is kept: found, opened, played, rated, erased, remembered, counted, exported."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from math import ceil, floor

import pytest
import pytest_asyncio
from playwright.async_api import expect

from server.http.pitch_curve import pitch_curve
from storage.rows import NewConversation, NewMessage, Recording
from tests.browser import kept
from tests.browser.page import Visitor
from tests.fixtures.speech_files import speech
from tests.running import Server, running

SOUND = speech("digits-16k")
ORANGE = """(canvas) => {
    const pen = canvas.getContext('2d');
    const {width, height} = canvas;
    const {data} = pen.getImageData(0, 0, width, height);
    const orange = (i) => data[i + 3] > 200 && data[i] > 150 && data[i] > data[i + 2] + 80;
    const column = (x) => Array.from({length: height}, (_, y) => 4 * (y * width + x)).some(orange);
    return Array.from({length: width}, (_, x) => column(x)).filter(Boolean).length / width;
}"""
"""The share of columns in which the pitch line is drawn."""

WORDS = [
    {
        "word": word.text,
        "start_ms": int(word.start * 1000),
        "end_ms": int(word.end * 1000),
        "confidence": 0.4 if word.text == "nine" else 0.99,
    }
    for word in SOUND.words
]


@dataclass(frozen=True)
class Library:
    """A visitor of a server that has kept three conversations."""

    visitor: Visitor
    server: Server

    @property
    def page(self):
        return self.visitor.page

    def message(self, content):
        return next(row for row in kept.messages(self.server) if row["content"] == content)


async def furnish(server: Server) -> None:
    store = server.running.store
    for user, lines in {
        "ann": ["good morning"],
        "bob": ["what time is it", SOUND.text],
        "eve": ["hello"],
    }.items():
        opened = await store.open_conversation(NewConversation(session_id=user, user_id=user, record=True))
        for line in lines:
            spoken = line == SOUND.text
            await store.add_message(
                NewMessage(
                    conversation_id=opened.id,
                    role="user",
                    content=line,
                    start_ms=0,
                    end_ms=len(SOUND.samples) // 16,
                    words=json.dumps(WORDS) if spoken else None,
                    audio=Recording(pcm=SOUND.samples.tobytes()) if spoken else None,
                )
            )
        await store.end_conversation(opened.id)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def library(browser, tmp_path_factory, vosk) -> AsyncIterator[Library]:
    async with running(tmp_path_factory.mktemp("library"), vosk) as server:
        await furnish(server)
        context = await browser.new_context(permissions=["microphone"], accept_downloads=True)
        async with Visitor.opening(context, server.http) as visitor:
            yield Library(visitor, server)
            assert visitor.complaints == []
            assert visitor.hosts == {"127.0.0.1"}


@pytest_asyncio.fixture(loop_scope="session")
async def opened(library) -> Library:
    """With bob's conversation open."""
    await library.page.get_by_role("button", name="bob").click()
    await expect(library.visitor.finals).to_have_text(["what time is it", SOUND.text])
    return library


async def test_conversations_are_listed_newest_first(library):
    listed = library.page.locator(".conversation")
    await expect(listed).to_have_count(3)
    await expect(listed.first).to_contain_text("eve")
    await expect(library.page.locator("#found")).to_have_text("3 listed")


@pytest.mark.parametrize("words", ["EVE", "ell", "hello eve"])
async def test_conversations_are_found_by_person_and_words_that_were_said(library, words):
    listed = library.page.locator(".conversation")
    await library.page.get_by_label("Search", exact=True).fill(words)
    await expect(library.page.locator("#found")).to_have_text("1 found")
    await expect(listed).to_have_count(1)
    await expect(listed).to_contain_text("eve")
    await library.page.get_by_label("Search", exact=True).fill("nobody ever said this")
    await expect(library.page.locator("#found")).to_have_text("Nothing holds these words.")
    await library.page.get_by_label("Search", exact=True).fill("")
    await expect(listed).to_have_count(3)


async def test_older_conversations_come_on_request(browser, tmp_path, vosk):
    async with running(tmp_path, vosk) as server:
        for number in range(60):
            await server.running.store.open_conversation(
                NewConversation(session_id=f"{number}", user_id="ann")
            )
        async with Visitor.opening(await browser.new_context(), server.http) as visitor:
            listed = visitor.page.locator(".conversation")
            await expect(listed).to_have_count(50)
            await visitor.press("Older ones")
            await expect(listed).to_have_count(60)
            await expect(visitor.page.get_by_role("button", name="Older ones")).to_be_hidden()


async def test_a_doubtful_word_is_marked(opened):
    await expect(opened.page.locator(".unsure")).to_have_text(["nine"])


async def test_an_utterance_plays_the_bytes_that_are_kept(opened):
    row = opened.message(SOUND.text)
    said = opened.page.locator(".said", has_text=SOUND.text)
    given = []

    async def hand_over(route):
        response = await route.fetch()
        given.append(await response.body())
        await route.fulfill(response=response)

    await opened.page.route(f"**/api/messages/{row['id']}/audio", hand_over, times=1)
    await said.get_by_role("button", name="Play").click()
    await expect(said.get_by_role("button", name="Pause")).to_be_visible()
    assert [hashlib.sha256(sound).hexdigest() for sound in given] == [row["audio_sha256"]]
    await expect(said.locator(".spoken")).to_have_count(1)
    await expect(said.get_by_role("button", name="Play")).to_be_visible()  # at its end


async def test_an_utterance_is_sought_through_from_the_keyboard(opened):
    said = opened.page.locator(".said", has_text=SOUND.text)
    await said.get_by_role("button", name="Play").click()
    await said.get_by_role("button", name="Pause").click()
    position = said.get_by_role("slider", name="Position")
    await position.press("Home")
    await expect(position).to_have_attribute("aria-valuenow", "0.0")
    await position.press("ArrowRight")
    await expect(position).to_have_attribute("aria-valuenow", "0.5")


async def test_an_utterance_is_sought_through_with_the_pointer(opened):
    said = opened.page.locator(".said", has_text=SOUND.text)
    await said.get_by_role("button", name="Play").click()
    await said.get_by_role("button", name="Pause").click()
    position = said.get_by_role("slider", name="Position")
    box = await position.bounding_box()
    await position.click(position={"x": box["width"] / 2, "y": 20})
    await expect(position).to_have_attribute("aria-valuenow", f"{len(SOUND.samples) / 16_000 / 2:.1f}")


async def test_an_old_utterance_shows_its_pitch_curve_and_it_can_be_read_off(opened):
    said = opened.page.locator(".said", has_text=SOUND.text)
    await said.get_by_role("button", name="Play").click()
    await said.get_by_role("button", name="Pause").click()
    position = said.get_by_role("slider", name="Position")
    curve = pitch_curve(SOUND.samples, start_ms=0).pitch_hz
    voiced = next(n for n in range(50, len(curve), 50) if curve[n])
    await position.press("Home")
    await expect(position).to_have_attribute("aria-valuetext", "0.0 s, unvoiced")
    for _ in range(voiced // 50):  # an arrow is half a second
        await position.press("ArrowRight")
    await expect(position).to_have_attribute(
        "aria-valuetext",
        re.compile(rf"{voiced / 100:.1f} s, ({floor(curve[voiced])}|{ceil(curve[voiced])}) Hz \(.*\)"),
    )
    drawn = await position.evaluate(ORANGE)
    assert drawn == pytest.approx(sum(hz is not None for hz in curve) / len(curve), abs=0.05)


async def test_a_rating_from_the_keyboard_is_kept(opened):
    await opened.page.keyboard.press("k")
    await opened.page.keyboard.press("k")
    await opened.page.keyboard.press("5")
    await expect(opened.page.locator(".saved").first).to_have_text("saved")
    assert opened.message("what time is it")["user_feedback"] == 5


async def test_what_can_be_done_with_an_utterance_says_with_which(opened):
    acts = opened.page.get_by_role("group", name="what time is it", exact=True)
    await expect(acts.get_by_role("button", name="Erase")).to_have_count(1)
    await expect(acts.get_by_role("group", name="Rating")).to_have_count(1)


async def test_what_is_erased_can_be_had_back_until_it_is_gone(opened):
    first = opened.page.locator(".said", has_text="what time is it")
    await first.get_by_role("button", name="Erase").click()
    await expect(first).to_be_hidden()
    await opened.page.get_by_role("button", name="Undo").click()
    await expect(first).to_be_visible()
    assert opened.message("what time is it")


async def test_the_way_back_is_in_sight_wherever_the_page_is_scrolled_to(library):
    page = library.page
    await page.set_viewport_size({"width": 1280, "height": 400})
    row = page.locator("#conversations li").first
    await row.scroll_into_view_if_needed()
    await row.get_by_role("button", name="Erase").click()
    undo = page.get_by_role("button", name="Undo")
    await expect(undo).to_be_in_viewport()
    await undo.click()
    await expect(row).to_be_visible()


async def test_leaving_the_page_does_not_take_an_erasure_back(library, browser):
    async with Visitor.opening(await browser.new_context(), library.server.http) as visitor:
        await visitor.page.get_by_role("button", name="Erase: The conversation").last.click()
        await visitor.page.goto("about:blank")
    async with asyncio.timeout(20):
        while await library.server.running.store.conversation(1):
            continue
    assert [row["user_id"] for row in kept.conversations(library.server)] == ["bob", "eve"]


async def test_memories_are_added_verified_and_found(library):
    page = library.page
    await page.get_by_label("Of", exact=True).fill("bob")
    await page.get_by_label("Remember").fill("takes his tea without sugar")
    await page.get_by_role("button", name="Add").click()
    await expect(page.locator("#memories li")).to_contain_text("short term")
    async with page.expect_response("**/api/memories/*"):
        await page.get_by_label("true").check()
    [memory] = await library.server.running.store.memories("bob")
    assert (memory.content, memory.verified) == ("takes his tea without sugar", True)
    await page.get_by_label("about", exact=True).fill("tea")
    await page.get_by_role("button", name="Look").click()
    await expect(page.locator("#memory-count")).to_have_text("1 remembered")


async def test_statistics_count_what_is_kept(library):
    await library.page.reload()
    figures = library.page.locator("#figures")
    await expect(figures.locator("div", has_text="sound kept")).to_contain_text("0:02")


@pytest.mark.parametrize(("form", "suffix"), [("jsonl", ".jsonl"), ("audiofolder", ".zip")])
async def test_an_export_says_how_much_it_is_and_opens(library, tmp_path, form, suffix):
    page = library.page
    await page.get_by_label("Person", exact=True).fill("bob")
    await page.get_by_label("Format").select_option(form)
    await page.get_by_role("button", name="Prepare").click()
    told = page.locator("#export-result")
    await expect(told).to_contain_text("1 conversations, 2 messages")
    size = (await told.text_content()).split(", ")[2].removesuffix(" Download")
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="Download").click()
    await expect(told).to_contain_text(f"{size}.")  # what was told beforehand is what came
    download = await saving.value
    assert download.suggested_filename.endswith(suffix)
    path = tmp_path / download.suggested_filename
    await download.save_as(path)
    if suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            assert any(name.endswith((".flac", ".wav")) for name in archive.namelist())
    else:
        [conversation] = map(json.loads, path.read_text("utf-8").splitlines())
        assert [message["content"] for message in conversation["messages"]] == ["what time is it", SOUND.text]


async def test_an_export_of_nothing_says_so(library):
    await library.page.get_by_label("Person", exact=True).fill("nobody")
    await library.page.get_by_role("button", name="Prepare").click()
    await expect(library.page.locator("#export-result")).to_have_text("Nothing fits.")
