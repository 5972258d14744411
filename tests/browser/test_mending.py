"""A connection that breaks is mended, and the page says what that means."""

import numpy as np
import pytest
from playwright.async_api import expect

from audio.values import RATE
from tests.browser import kept
from tests.browser.page import Visitor, recording, write_wav
from tests.fixtures.speech_files import speech
from tests.running import running

SEVEN = recording(speech("all-words").samples[: int(4.8 * RATE)].tobytes(), before=0.3, after=1.3)
WORDS = "zero one two three four five six seven"


def cut_lines(server):
    """Break every connection as a pulled cable would."""
    for connection in list(server.running.voice._server.connections):
        connection.transport.abort()


@pytest.fixture
def words(tmp_path):
    return write_wav(tmp_path / "words.wav", SEVEN)


async def until_heard(visitor, text):
    await expect(visitor.page.locator("#partial span")).to_contain_text(text)


async def test_a_connection_that_breaks_mid_word_loses_nothing_and_doubles_nothing(visitor, server, words):
    await visitor.play(words)
    await until_heard(visitor, "zero one")
    cut_lines(server)
    await until_heard(visitor, "zero one two three")
    cut_lines(server)
    await expect(visitor.finals).to_have_text([WORDS])
    await visitor.state("Not listening")
    assert await visitor.page.locator(".break").all_text_contents() == 2 * [
        "Connected again: nothing was lost."
    ]
    assert await visitor.alert.text_content() == ""
    [row] = kept.messages(server)
    assert row["content"] == WORDS
    sound, begin = kept.audio(server, row), row["start_ms"] * RATE // 1000
    assert sound.tobytes() == np.frombuffer(SEVEN, np.int16)[begin : begin + len(sound)].tobytes()


async def test_a_session_that_is_over_goes_on_as_a_new_one_and_the_page_says_so(
    browser, tmp_path, vosk, words
):
    async with (
        running(tmp_path, vosk, session={"resume_window_s": 0}) as server,
        Visitor.opening(await browser.new_context(), server.http) as visitor,
    ):
        await visitor.play(words)
        await until_heard(visitor, "zero one two")
        cut_lines(server)
        await expect(visitor.page.locator(".break")).to_contain_text("may be cut in two or heard twice")
        await visitor.state("Not listening")
        before, *after = kept.messages(server)
        assert before["reason"] == "disconnect"
        assert before["content"].startswith("zero one two")
        assert after[-1]["content"].endswith("six seven")
        assert len(kept.conversations(server)) == 1
        await expect(visitor.finals).to_have_count(1 + len(after))
        # The second session's first utterance continues the sound of the first, from no later than its end.
        first, second = (kept.audio(server, row) for row in (before, after[0]))
        begin = SEVEN.find(second[: RATE // 10].tobytes()) // 2
        assert 0 < begin <= before["start_ms"] * RATE // 1000 + len(first)


async def test_a_server_that_stops_says_so_and_what_was_said_is_kept(browser, tmp_path, vosk, words):
    async with running(tmp_path, vosk) as server:
        opening = Visitor.opening(await browser.new_context(), server.http)
        visitor = await opening.__aenter__()
        await visitor.play(words)
        await until_heard(visitor, "zero one")
    await expect(visitor.alert).to_contain_text("the server is stopping")
    await visitor.state("Not listening")
    assert kept.messages(server)[0]["content"].startswith("zero one")
    await expect(visitor.finals).to_contain_text(["zero one"])
    await opening.__aexit__(None, None, None)
