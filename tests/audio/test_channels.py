import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.channels import Channels
from audio.pipeline import Pipeline
from audio.recognizers.base import RecognizerSettings
from audio.recognizers.scripted import ScriptedEngine
from audio.values import (
    AudioChunk,
    AudioFormat,
    Encoding,
    Final,
    Partial,
    Reason,
    SpeechStarted,
    VoiceActivity,
    VoiceWarning,
    from_ms,
)
from tests.fixtures.speech_files import speech
from tests.quiet import quiet

HEARD = np.frombuffer(speech("digits-16k").samples.tobytes() + quiet(1.5), np.int16)
LATER = np.frombuffer(quiet(1.5) + speech("digits-16k").samples.tobytes(), np.int16)
LENGTH = min(len(HEARD), len(LATER))
BOTH = np.stack([HEARD[:LENGTH], LATER[:LENGTH]], axis=1).tobytes()


def pipeline(audio_format=AudioFormat(), **options):
    return Pipeline(audio_format, ScriptedEngine(("one", "two")).recognizer(RecognizerSettings()), **options)


def channels(encoding=Encoding.PCM_S16LE, **options):
    mono = AudioFormat(16_000, encoding)
    return Channels(AudioFormat(16_000, encoding, 2), [pipeline(mono, **options), pipeline(mono, **options)])


def hear(listener, data, size):
    events = [
        event for at in range(0, len(data), size) for event in listener.feed(AudioChunk(data[at : at + size]))
    ]
    return events + listener.finish(Reason.STOP, last=True)


def lasting(events):
    return [event for event in events if isinstance(event, Final | SpeechStarted)]


@pytest.mark.parametrize("channel", [0, 1])
def test_a_channel_is_heard_as_if_it_were_alone(channel):
    alone = hear(pipeline(), np.frombuffer(BOTH, np.int16).reshape(-1, 2)[:, channel].tobytes(), 1600)
    together = hear(channels(), BOTH, 3200)
    mine = [event for event in together if not isinstance(event, VoiceWarning) and event.channel == channel]
    assert [(type(e), getattr(e, "start", None), getattr(e, "text", None)) for e in mine] == [
        (type(e), getattr(e, "start", None), getattr(e, "text", None)) for e in alone
    ]
    assert any(isinstance(event, Partial) for event in mine)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 20_000))
def test_it_does_not_matter_where_messages_are_cut(size):
    def by_channel(events):
        return sorted(lasting(events), key=lambda event: (event.channel, getattr(event, "end", 0)))

    assert by_channel(hear(channels(), BOTH, size | 1)) == by_channel(hear(channels(), BOTH, 3200))


@pytest.mark.parametrize(
    ("encoding", "width"), [(Encoding.PCM_F32LE, 4), (Encoding.MULAW, 1), (Encoding.ALAW, 1)]
)
def test_samples_of_any_width_are_taken_apart(encoding, width):
    listener = channels(encoding)
    listener.feed(AudioChunk(bytes(2 * width * 1600)))
    assert listener.clock == 1600


def test_one_talks_while_the_other_listens():
    listener = channels(activity=True)
    events = listener.feed(AudioChunk(BOTH[: 2 * 2 * 16_000]))
    assert listener.speaking
    last = {event.channel: event for event in events if isinstance(event, VoiceActivity)}
    assert (last[0].speech, last[1].speech) == (True, False)
    finals = listener.finish(Reason.FINALIZE)
    assert [final.channel for final in finals] == [0]
    assert not listener.speaking


def test_silence_needs_no_recognizer_and_speech_in_one_channel_does():
    listener = channels()
    assert listener.idle(
        listener.listen(AudioChunk(np.repeat(np.frombuffer(quiet(0.5), np.int16), 2).tobytes()))
    )
    listened = listener.listen(AudioChunk(BOTH[: 2 * 2 * from_ms(1000)]))
    assert not listener.idle(listened)
    listener.hear(listened)


def test_a_sample_that_a_lost_line_cut_in_two_is_forgotten():
    listener = channels()
    listener.feed(AudioChunk(b"123"))
    listener.align()
    listener.feed(AudioChunk(bytes(4 * 320)))
    assert listener.clock == 320
    listener.close()
    listener.close()
