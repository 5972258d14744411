import pytest

from server.client.errors import LineLost
from server.client.tally import Tally
from tests.server.client.scripted import FINAL, OPEN, Sound, connected, in_turn, scripted
from tests.server.client.test_talking import BLOCK, START, Heard, talking


async def test_the_summary_counts_what_was_sent_and_heard():
    async def script(server):
        await server.open()
        await server.until("stop")
        latencies = [(10, "hello"), (40, "hello"), (20, "hello"), (999, "")]
        finals = [
            FINAL | {"utterance": number, "latency_ms": latency, "text": text}
            for number, (latency, text) in enumerate(latencies, 1)
        ]
        await server.say(*finals, server.stopped())

    tally = Tally()
    async with scripted(script) as url, connected(url, START) as client:
        talk = talking(client, Sound(*[BLOCK] * 25), tally.hear)
        await talk.run()
    assert talk.hushed is not None
    assert tally.summary(talk, talk.hushed + 0.25).startswith("0.50 s of sound in ")
    assert tally.summary(talk, talk.hushed + 0.25).endswith(
        "; 3 utterances; latency 20 ms, at most 40 ms; done 0.25 s after the last sound"
    )


async def test_the_summary_says_what_the_server_may_not_have():
    async def script(server):
        await server.open()
        await server.take(len(BLOCK) * 25)
        await server.say({"type": "ack", "received_samples": 2000})
        server.socket.transport.abort()

    tally = Tally()
    async with scripted(script) as url, connected(url, START) as client:
        talk = talking(client, Sound(*[BLOCK] * 25), tally.hear)
        with pytest.raises(LineLost):
            await talk.run()
    assert tally.summary(talk, talk.began).endswith("s; 0 utterances; only 0.25 s acknowledged")


@pytest.mark.parametrize(("times", "said"), [(1, "the line was lost once"), (2, "the line was lost 2 times")])
async def test_the_summary_says_how_often_the_line_was_lost(times, said):
    async def vanish(server):
        await server.open(OPEN)
        server.vanish()

    async def vanish_again(server):
        await server.resume(0)
        server.vanish()

    async def stay(server):
        await server.resume(0)
        await server.until("stop")
        await server.say(server.stopped())

    scripts = [vanish, vanish_again][:times]
    async with (
        scripted(in_turn(*scripts, stay)) as url,
        connected(url, START, window_s=30) as client,
    ):
        talk = talking(client, Sound(BLOCK), Heard())
        await talk.run()
    assert f"; {said}; done " in Tally().summary(talk, talk.began)
