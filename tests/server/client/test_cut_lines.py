"""However the network breaks, the client shows what it would have shown over one that holds."""

import asyncio
import math
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.client.errors import SessionOver
from server.client.messages import Final
from server.client.pacing import Pacer
from server.client.talking import Talk
from server.wire.native_messages import Start
from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.running import DEADLINE_S, running
from tests.server.client.proxy import Cut, network
from tests.server.client.scripted import Sound, connected

DATA = speech("two-utterances").samples.tobytes() + quiet(1.6)
GREETING = 1000
"""Bytes within which a session has begun, either way: before, there is nothing to come back to."""

up = st.integers(0, len(DATA)).map(lambda size: Cut(up=size))
down = st.integers(0, 2500).map(lambda size: Cut(down=size))
first = st.one_of(
    st.integers(GREETING, len(DATA)).map(lambda size: Cut(up=size)),
    st.integers(GREETING, 2500).map(lambda size: Cut(down=size)),
)


async def heard_over(url, size, said=None):
    """Let a server hear DATA, `size` bytes a message; returns what a user would see, and how often the line broke."""
    finals = []
    now = asyncio.get_running_loop().time

    def hear(heard):
        if isinstance(heard.message, Final):
            finals.append(heard.message)

    blocks = [DATA[start : start + size] for start in range(0, len(DATA), size)]
    async with (
        asyncio.timeout(DEADLINE_S),
        connected(url, Start(words=True), window_s=30, said=said) as client,
    ):
        pacer = Pacer(math.inf, now=now, sleep=asyncio.sleep)
        with suppress(SessionOver):  # a goodbye may be lost; the last final isn't, since silence ended it
            await Talk(client, Sound(*blocks, rate=16_000), pacer, hear, now=now).run()
        assert client.acknowledged == client.sent == len(DATA) // 2
    shown = [(final.utterance, final.text, final.start_ms, final.end_ms, final.words) for final in finals]
    return shown, client.losses


@given(first=first, cuts=st.lists(st.one_of(up, down), max_size=3), size=st.sampled_from([641, 3200, 50_001]))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_the_line_breaks_the_transcript_is_the_same(tmp_path_factory, vosk, first, cuts, size):
    async def compare():
        folder = tmp_path_factory.mktemp("cut")
        async with running(folder, vosk) as server:
            unbroken, _ = await heard_over(server.voice + "/v1/stream", size)
            async with network(server.voice, first, *cuts) as (url, _):
                broken, _ = await heard_over(url + "/v1/stream", size)
            assert broken == unbroken
            assert [words for _, words, *_ in unbroken] == ["hello thank you", "goodbye"]
            conversations = await server.running.store.conversations()
            assert [conversation.total_messages for conversation in conversations] == [2, 2]

    asyncio.run(compare())


async def test_a_break_is_told_with_where_the_session_goes_on(tmp_path, vosk):
    said: list[str] = []
    async with running(tmp_path, vosk) as server, network(server.voice, Cut(up=100_000)) as (url, between):
        _, losses = await heard_over(url + "/v1/stream", 3200, said)
    assert (losses, between.connections) == (1, 2)
    assert said[0] == "the line to the server broke; trying for 30 s to come back"
    assert said[1].startswith("the line is back, the session goes on at 0:0")


@pytest.mark.parametrize("size", [1, 2])
async def test_a_line_that_breaks_before_it_is_up_again_is_dialled_again(tmp_path, vosk, size):
    async with running(tmp_path, vosk) as server:
        cuts = [Cut(up=60_001), Cut(up=size), Cut(down=size), Cut(down=140)]
        async with network(server.voice, *cuts) as (url, between):
            shown, losses = await heard_over(url + "/v1/stream", 3200)
    assert [text for _, text, *_ in shown] == ["hello thank you", "goodbye"]
    assert (losses, between.connections) == (1, 5)
