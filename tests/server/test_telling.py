from audio.values import Final, Partial, Reason
from server.commands import Reply
from server.events import Start
from server.telling import Telling


def told(telling, event):
    return [command.event for command in telling.speech(event, latency_ms=0) if isinstance(command, Reply)]


def wordless(channel):
    return Final(1, "", 0, 160, Reason.SILENCE, channel=channel)


def test_a_partial_promises_a_final_to_its_own_channel():
    telling = Telling(Start(platform="deepgram"))
    for channel in (0, 1):
        told(telling, Partial(1, "yes", 0, channel))
    assert [transcript.final.channel for transcript in told(telling, wordless(1))] == [1]
    assert told(telling, wordless(1)) == []
    assert [transcript.final.channel for transcript in told(telling, wordless(0))] == [0]
