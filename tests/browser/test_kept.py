"""What is kept: found, opened, played, rated, erased, remembered, counted, exported."""

from __future__ import annotations

import asyncio
import hashlib
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import expect

from storage.rows import NewConversation, NewMessage, Recording
from tests.browser import kept
from tests.browser.page import Visitor
from tests.fixtures.speech_files import speech
from tests.running import Server, running

SOUND = speech("digits-16k")
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


async def test_conversations_are_listed_newest_first_and_found(library):
    listed = library.page.locator(".conversation")
    await expect(listed).to_have_count(3)
    await expect(listed.first).to_contain_text("eve")
    await library.page.get_by_label("Search", exact=True).fill("ANN")
    await expect(listed).to_have_count(1)
    await expect(library.page.locator("#found")).to_have_text("1 of 3")
    await library.page.get_by_label("Search", exact=True).fill("")
    await expect(listed).to_have_count(3)


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


async def test_a_rating_from_the_keyboard_is_kept(opened):
    await opened.page.keyboard.press("k")
    await opened.page.keyboard.press("k")
    await opened.page.keyboard.press("5")
    await expect(opened.page.locator(".saved").first).to_have_text("saved")
    assert opened.message("what time is it")["user_feedback"] == 5


async def test_what_is_erased_can_be_had_back_until_it_is_gone(opened):
    first = opened.page.locator(".said", has_text="what time is it")
    await first.get_by_role("button", name="Erase").click()
    await expect(first).to_be_hidden()
    await opened.page.get_by_role("button", name="Undo").click()
    await expect(first).to_be_visible()
    assert opened.message("what time is it")


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
    await expect(page.locator("#export-result")).to_contain_text("1 conversations, 2 messages")
    async with page.expect_download() as saving:
        await page.get_by_role("link", name="Save").click()
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
