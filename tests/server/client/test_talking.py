import asyncio
import math

import pytest

from server.client.errors import Failed, LineLost, Mistake
from server.client.messages import Final, Partial, Stopped
from server.client.pacing import Pacer
from server.client.talking import Talk
from server.wire.native_messages import Start
from tests.server.client.scripted import FINAL, EndlessSound, Sound, connected, scripted

START = Start(sample_rate=8000)
BLOCK = bytes(range(160)) * 2
PARTIAL = {"type": "partial", "utterance": 1, "text": "hel", "start_ms": 100}
NOT_SAVED = {"type": "error", "code": "not_saved", "message": "disk full", "fatal": False}
GOING_AWAY = {"type": "error", "code": "going_away", "message": "the server is stopping", "fatal": True}


def talking(client, source, hear):
    now = asyncio.get_running_loop().time
    return Talk(client, source, Pacer(math.inf, now=now, sleep=asyncio.sleep), hear, now=now)


class Heard(list):
    """Messages, in the order in which they came."""

    def __call__(self, heard):
        self.append(heard.message)

    @property
    def texts(self):
        return [message.text for message in self if isinstance(message, Partial | Final)]


async def test_everything_is_sent_then_stop_and_the_last_final_is_heard():
    audio = bytearray()

    async def script(server):
        await server.open()
        await server.until("stop")
        audio.extend(server.audio)
        await server.say(FINAL, server.stopped())

    heard = Heard()
    async with scripted(script) as url, connected(url, START) as client:
        talk = talking(client, Sound(BLOCK, BLOCK[:5], BLOCK), heard)
        await talk.run()
    assert audio == BLOCK + BLOCK[:5] + BLOCK
    assert heard.texts == ["hello"]
    assert isinstance(heard[-1], Stopped)


async def test_nobody_waits_for_an_answer_to_a_message():
    """A server that says nothing until everything is there hangs a lock-step client."""

    async def script(server):
        await server.open()
        await server.take(200 * len(BLOCK))
        await server.say(PARTIAL)
        await server.until("stop")
        await server.say(server.stopped())

    heard = Heard()
    async with scripted(script) as url, connected(url, START) as client:
        await talking(client, Sound(*[BLOCK] * 200), heard).run()
    assert heard.texts == ["hel"]


async def test_what_is_said_meanwhile_is_heard_meanwhile():
    listening = asyncio.Event()

    async def script(server):
        await server.open()
        await server.take(len(BLOCK))
        await server.say(PARTIAL)
        await server.until("stop")
        await server.say(server.stopped())

    class SpeaksOnceHeard(Sound):
        async def blocks(self):
            yield BLOCK
            await listening.wait()
            yield BLOCK

    def hear(heard):
        if isinstance(heard.message, Partial):
            listening.set()

    async with scripted(script) as url, connected(url, START) as client:
        talk = talking(client, SpeaksOnceHeard(), hear)
        await talk.run()
        assert talk.sent_s == pytest.approx(2 * 0.02)


async def test_hushed_a_microphone_stops_politely():
    async def script(server):
        await server.open()
        await server.take(len(BLOCK))
        await server.say(PARTIAL)
        await server.until("stop")
        await server.say(FINAL, server.stopped())

    heard = Heard()
    async with scripted(script) as url, connected(url, START) as client:

        def hear(one):
            heard(one)
            if isinstance(one.message, Partial):
                talk.hush()

        talk = talking(client, EndlessSound(), hear)
        await talk.run()
    assert heard.texts == ["hel", "hello"]


@pytest.mark.parametrize("trouble", [Mistake("the file is damaged"), Failed("the microphone stopped")])
async def test_a_source_that_fails_does_not_cost_what_was_heard(trouble):
    async def script(server):
        await server.open()
        await server.until("stop")
        await server.say(FINAL, server.stopped())

    heard = Heard()
    async with scripted(script) as url, connected(url, START) as client:
        with pytest.raises(type(trouble), match=str(trouble)):
            await talking(client, Sound(BLOCK, trouble), heard).run()
    assert heard.texts == ["hello"]


async def test_a_server_that_leaves_is_not_waited_for():
    async def script(server):
        await server.open()
        await server.take(len(BLOCK))
        await server.say(GOING_AWAY, FINAL, server.stopped())
        await server.leave(1001)

    heard = Heard()
    async with scripted(script) as url, connected(url, START) as client:
        with pytest.raises(Failed, match="the server said: the server is stopping"):
            await talking(client, EndlessSound(), heard).run()
    assert heard.texts == ["hello"]


async def test_a_server_that_ends_the_session_without_a_word_is_not_taken_for_success():
    async def script(server):
        await server.open()
        await server.take(len(BLOCK))
        await server.say(server.stopped())
        await server.leave()

    async with scripted(script) as url, connected(url, START) as client:
        with pytest.raises(Failed, match="before everything was sent"):
            await talking(client, EndlessSound(), Heard()).run()


async def test_a_line_that_breaks_is_told():
    async def script(server):
        await server.open()
        await server.take(len(BLOCK))
        server.socket.transport.abort()

    async with scripted(script) as url, connected(url, START) as client:
        with pytest.raises(LineLost, match="the line to the server broke"):
            await talking(client, EndlessSound(), Heard()).run()


async def test_trouble_explains_a_line_that_closes():
    async def script(server):
        await server.open()
        await server.say(GOING_AWAY)
        await server.leave(1001)

    async with scripted(script) as url, connected(url, START) as client:
        with pytest.raises(Failed, match="the server said: the server is stopping"):
            await talking(client, EndlessSound(), Heard()).run()


async def test_a_final_that_could_not_be_kept_makes_the_session_fail_at_its_end():
    async def script(server):
        await server.open()
        await server.say(NOT_SAVED)
        await server.until("stop")
        await server.say(FINAL, server.stopped())

    heard = Heard()
    async with scripted(script) as url, connected(url, START) as client:
        with pytest.raises(Failed, match="disk full"):
            await talking(client, Sound(BLOCK), heard).run()
    assert heard.texts == ["hello"]
