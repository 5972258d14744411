"""What the client does when its line is lost, against servers that take it back, refuse it, or are gone."""

import asyncio

import pytest

from server.client.errors import SessionOver
from server.client.messages import Final, Partial, Ready, Stopped, Unshown
from server.wire.native_messages import Start
from tests.server.client.scripted import FINAL, GONE, OPEN, Sound, connected, in_turn, scripted
from tests.server.client.test_talking import Heard, talking

START = Start(sample_rate=8000, user_id="ann")
SOUND = bytes(range(1, 201)) * 16
"""3200 bytes, no two neighbours alike."""
ACK = {"type": "ack", "received_samples": 1000}


def kept(heard, kind):
    return [one.message for one in heard if isinstance(one.message, kind)]


async def everything(client):
    return [heard async for heard in client.events()]


async def told(script, said=None):
    """Send SOUND and stop; returns the client and all that it heard."""
    async with scripted(script) as url, connected(url, START, window_s=30, said=said) as client:
        await client.send(SOUND)
        listening = asyncio.create_task(everything(client))
        await client.stop()
        return client, await listening


async def first_line(server):
    """Take all of SOUND, acknowledge 1000 samples of it, and vanish."""
    await server.open(OPEN)
    await server.take(len(SOUND))
    await server.say(ACK)
    server.vanish()


async def test_what_the_server_lacks_is_sent_again_and_nothing_else():
    again = bytearray()

    async def second_line(server):
        asked = await server.resume(1200)
        assert (asked["session_id"], asked["resume_token"], asked["after_utterance"]) == ("s", "t", 0)
        await server.until("stop")
        again.extend(server.audio)
        await server.say({**server.stopped(), "received_samples": 1600})

    said: list[str] = []
    client, heard = await told(in_turn(first_line, second_line), said)
    assert again == SOUND[2400:]
    assert (client.losses, client.acknowledged) == (1, 1600)
    assert said == [
        "the line to the server broke; trying for 30 s to come back",
        "the line is back, the session goes on at 0:00.1",
    ]
    assert (len(kept(heard, Ready)), len(kept(heard, Unshown))) == (1, 1)


async def test_finals_are_asked_for_after_the_last_and_none_is_shown_twice():
    async def tells_one(server):
        await server.open(OPEN)
        await server.say(FINAL | {"utterance": 4})
        server.vanish()

    async def tells_it_again(server):
        asked = await server.resume(0)
        assert asked["after_utterance"] == 4
        await server.say(FINAL | {"utterance": 4}, FINAL | {"utterance": 5}, server.stopped())

    async with (
        scripted(in_turn(tells_one, tells_it_again)) as url,
        connected(url, START, window_s=30) as client,
    ):
        heard = await everything(client)
    assert [final.utterance for final in kept(heard, Final)] == [4, 5]


async def test_a_session_that_is_gone_is_followed_by_another_of_the_same_conversation():
    words = [{"word": "hello", "start_ms": 100, "end_ms": 400}]

    async def knows_nothing(server):
        await server.until("resume")
        await server.say(GONE)
        started = await server.open(OPEN | {"session_id": "s2"})
        assert (started["conversation_id"], started["user_id"]) == (5, "ann")
        await server.until("stop")
        assert server.audio == SOUND[2000:]
        partial = {"type": "partial", "utterance": 1, "text": "hel", "start_ms": 100}
        await server.say(partial, FINAL | {"words": words}, server.stopped())

    said: list[str] = []
    client, heard = await told(in_turn(first_line, knows_nothing), said)
    assert "no longer has the session. A new one goes on with conversation 5 at 0:00.1" in said[-1]
    [partial], [final] = kept(heard, Partial), kept(heard, Final)
    # 1000 samples at 8 kHz went before the new session's first
    assert (partial.start_ms, final.start_ms, final.end_ms) == (225, 225, 1325)
    assert [(word.start_ms, word.end_ms) for word in final.words] == [(225, 525)]
    assert [ready.session_id for ready in kept(heard, Ready)] == ["s", "s2"]
    assert client.acknowledged == client.sent == 1600


async def test_a_new_session_can_be_lost_and_resumed_in_its_turn():
    async def knows_nothing(server):
        await server.until("resume")
        await server.say(GONE)
        await server.open(OPEN | {"session_id": "s2", "resume_token": "t2"})
        await server.take(len(SOUND) - 2000)
        await server.say({"type": "ack", "received_samples": 200}, FINAL)
        server.vanish()

    async def knows_the_second(server):
        asked = await server.resume(300)
        assert (asked["session_id"], asked["resume_token"], asked["after_utterance"]) == ("s2", "t2", 1)
        await server.until("stop")
        assert server.audio == SOUND[2 * 1300 :]
        await server.say({**server.stopped(), "received_samples": 600})

    client, _ = await told(in_turn(first_line, knows_nothing, knows_the_second))
    assert (client.losses, client.acknowledged) == (2, 1600)


async def test_a_stop_that_nobody_answered_is_said_again():
    async def deaf_to_stop(server):
        await server.open(OPEN)
        await server.until("stop")
        server.vanish()

    async def hears_it(server):
        await server.resume(len(SOUND) // 2)
        await server.until("stop")
        assert not server.audio
        await server.say(FINAL, {**server.stopped(), "received_samples": len(SOUND) // 2})

    heard = Heard()
    async with scripted(in_turn(deaf_to_stop, hears_it)) as url, connected(url, START, window_s=30) as client:
        await talking(client, Sound(SOUND), heard).run()
    assert heard.texts == ["hello"]
    assert isinstance(heard[-1], Stopped)


async def test_a_session_that_ended_while_the_line_was_down_is_no_success():
    async def last_words(server):
        await server.open(OPEN)
        await server.until("stop")
        server.vanish()

    async def knows_nothing(server):
        await server.until("resume")
        await server.say(GONE)
        await server.socket.wait_closed()

    async with (
        scripted(in_turn(last_words, knows_nothing)) as url,
        connected(url, START, window_s=30) as client,
    ):
        with pytest.raises(SessionOver, match="what conversation 5 heard last may be missing here"):
            await talking(client, Sound(SOUND), Heard()).run()


async def test_every_loss_has_a_window_of_its_own_once_something_was_heard_in_between():
    async def breaks_again(server):
        await server.resume(1000)
        await server.say(ACK)
        server.vanish()

    async def stays(server):
        await server.resume(1600)
        await server.until("stop")
        await server.say({**server.stopped(), "received_samples": 1600})

    async with (
        scripted(in_turn(first_line, breaks_again, breaks_again, stays)) as url,
        connected(url, START, window_s=0.25) as client,  # one attempt
    ):
        await client.send(SOUND)
        listening = asyncio.create_task(everything(client))
        await client.stop()
        await listening
    assert client.losses == 3
