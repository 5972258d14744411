"""A connection that breaks is mended: kept audio follows, and the page says what that means."""

import numpy as np
from playwright.async_api import expect

from tests.browser import kept
from tests.browser.page import Visitor, recording, write_wav
from tests.fixtures.speech_files import speech
from tests.running import running

SEVEN = recording(speech("all-words").samples[: int(4.8 * 16_000)].tobytes(), before=0.3, after=1.3)
"""Zero to seven."""


def cut_line(server):
    """Break every connection as a pulled cable would."""
    for connection in list(server.running.voice._server.connections):
        connection.transport.abort()


async def test_a_connection_that_breaks_mid_word_loses_no_sound(visitor, server, tmp_path):
    await visitor.play(write_wav(tmp_path / "words.wav", SEVEN))
    await expect(visitor.page.locator("#partial span")).to_contain_text("zero one two")
    cut_line(server)
    await expect(visitor.page.locator("#said .break").last).to_contain_text(
        "Connected again: nothing was lost"
    )
    await visitor.state("Not listening")
    print([(r["id"], r["reason"], r["content"], r["start_ms"], r["end_ms"]) for r in kept.messages(server)])
    before, *after = kept.messages(server)
    assert before["reason"] == "disconnect"
    assert before["content"].startswith("zero one two")
    assert after[-1]["content"].endswith("six seven")
    assert len(kept.conversations(server)) == 1
    await expect(visitor.finals).to_have_count(1 + len(after))
    # The second session's first utterance continues the sound of the first, from no later than its end.
    whole = np.frombuffer(SEVEN, np.int16)
    first, second = (kept.audio(server, row) for row in (before, after[0]))
    begin = whole.tobytes().find(second[:1600].tobytes()) // 2
    assert 0 < begin <= before["start_ms"] * 16 + len(first)


async def test_a_server_that_stops_says_so_and_what_was_said_is_kept(browser, tmp_path, vosk):
    context = await browser.new_context()
    async with running(tmp_path, vosk) as server:
        opening = Visitor.opening(context, server.http)
        visitor = await opening.__aenter__()
        await visitor.play(write_wav(tmp_path / "words.wav", SEVEN))
        await expect(visitor.page.locator("#partial span")).to_contain_text("zero one")
    await expect(visitor.alert).to_contain_text("the server is stopping")
    await visitor.state("Not listening")
    assert kept.messages(server)[0]["content"].startswith("zero one")
    await expect(visitor.finals).to_contain_text(["zero one"])
    await opening.__aexit__(None, None, None)
