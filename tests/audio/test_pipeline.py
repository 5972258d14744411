"""The owner's first complaint was "only partial transcriptions, never final". Its end is proved here."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.pipeline import Pipeline
from audio.recognizers.base import RecognizerSettings
from audio.recognizers.scripted import ScriptedEngine
from audio.values import (
    FRAME,
    RATE,
    AudioChunk,
    AudioFormat,
    Encoding,
    Final,
    Partial,
    Reason,
    SpeechEvent,
    SpeechStarted,
    VoiceActivity,
    VoiceWarning,
    from_ms,
)
from tests.fixtures.speech_files import speech, speech_names
from tests.quiet import quiet

COUNTER = ScriptedEngine([str(n) for n in range(100_000)], samples_per_word=FRAME)
"""Its text tells which frames of an utterance it heard."""


def pipeline(engine, audio_format=AudioFormat(), **wishes):
    return Pipeline(audio_format, engine.recognizer(RecognizerSettings()), **wishes)


def hear(heard: Pipeline, data: bytes, sizes: Sequence[int] = (640,)) -> list[SpeechEvent]:
    """Feed `data` in pieces of the given sizes, over and over."""
    events: list[SpeechEvent] = []
    position = turn = 0
    while position < len(data):
        size = sizes[turn % len(sizes)]
        events += heard.feed(AudioChunk(data[position : position + size]))
        position, turn = position + size, turn + 1
    return events


def finals(events: Sequence[SpeechEvent]) -> list[Final]:
    return [event for event in events if isinstance(event, Final)]


def times(events: Sequence[SpeechEvent]) -> list[object]:
    return [(f.text, f.start, f.end, f.words, f.reason, f.voice) for f in finals(events)]


# ---------------------------------------------------------------- every partial gets its final


@pytest.mark.parametrize("name", speech_names(synthetic_only=True))
def test_silence_after_speech_brings_the_final(vosk, name):
    clip = speech(name)
    heard = pipeline(vosk, AudioFormat(clip.rate))
    events = hear(heard, clip.samples.tobytes() + quiet(1.6, clip.rate))
    assert " ".join(final.text for final in finals(events)) == clip.text
    assert {final.reason for final in finals(events)} == {Reason.SILENCE}
    assert not heard.speaking


@pytest.mark.parametrize(
    ("reason", "last"),
    [(Reason.STOP, True), (Reason.DISCONNECT, True), (Reason.STALLED, False), (Reason.FINALIZE, False)],
)
def test_a_stream_that_ends_in_mid_speech_gets_its_final(vosk, reason, last):
    clip = speech("abrupt-end")
    heard = pipeline(vosk)
    events = hear(heard, clip.samples.tobytes())
    assert not finals(events)
    [final] = finals(heard.finish(reason, last=last))
    assert (final.text, final.reason) == (clip.text, reason)
    assert finals(heard.finish(reason, last=last)) == []


def test_after_a_finalize_the_next_utterance_is_heard(vosk):
    clip = speech("digits-16k")
    heard = pipeline(vosk)
    for number in (1, 2, 3):
        hear(heard, clip.samples.tobytes())
        [final] = finals(heard.finish(Reason.FINALIZE))
        assert (final.utterance, final.text) == (number, clip.text)


def test_ninety_seconds_without_a_pause_are_cut_with_no_sample_lost():
    clip = speech("digits-16k")
    words = clip.samples[int(clip.onset * RATE) : int(clip.end * RATE)]
    unbroken = np.tile(words, 90 * RATE // len(words) + 1)[: 90 * RATE]
    heard = pipeline(COUNTER, keep_audio=True, max_utterance=from_ms(30_000))
    events = hear(heard, unbroken.tobytes(), [32_000]) + heard.finish(Reason.STOP, last=True)
    ended = finals(events)
    assert [final.reason for final in ended[:3]] == [Reason.MAX_LENGTH] * 3
    assert all(from_ms(29_000) <= final.end - final.start <= from_ms(30_000) for final in ended[:3])
    assert [after.start for after in ended[1:]] == [before.end for before in ended[:-1]]
    kept = b"".join(final.audio for final in ended if final.audio)
    assert kept == unbroken.tobytes()[2 * ended[0].start : 2 * ended[0].start + len(kept)]
    assert ended[0].start == 0
    assert ended[-1].end >= 90 * RATE - FRAME


def test_the_cut_falls_where_it_is_quietest():
    clip = speech("all-words").samples[: 13 * RATE].astype(np.int16)
    heard = pipeline(COUNTER, keep_audio=True, silence=from_ms(5000), max_utterance=from_ms(5000))
    cut = finals(hear(heard, clip.tobytes()))[0].end
    frames = clip[cut - FRAME * 60 : cut + FRAME * 60].reshape(-1, FRAME).astype(float)
    loudness = np.sqrt(np.mean(frames**2, axis=1))
    assert loudness[60] <= np.median(loudness) / 4


@pytest.mark.parametrize("kind", ["white", "hum"])
def test_steady_noise_is_no_utterance_for_ever(vosk, kind):
    generator, count = np.random.default_rng(5), 60 * RATE
    if kind == "white":
        noise = generator.normal(0, 1000, count)
    else:
        noise = sum(1500 / k * np.sin(2 * np.pi * 50 * k * np.arange(count) / RATE) for k in range(1, 9))
    heard = pipeline(vosk)
    events = hear(heard, noise.astype(np.int16).tobytes(), [32_000])
    assert [final.text for final in finals(events) if final.text] == []
    assert not heard.speaking


def test_nobody_speaking_is_nothing_to_tell(vosk):
    heard = pipeline(vosk)
    assert hear(heard, bytes(2 * 20 * RATE), [32_000]) == []
    assert heard.finish(Reason.STOP, last=True) == []
    assert heard.clock == 20 * RATE


# ---------------------------------------------------------------- cutting changes nothing


@pytest.mark.parametrize(
    "rate_encoding",
    [(16000, Encoding.PCM_S16LE), (48000, Encoding.PCM_F32LE), (8000, Encoding.MULAW)],
)
@given(sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=5))
@settings(max_examples=5, deadline=None)
def test_finals_and_times_do_not_depend_on_the_messages(vosk, rate_encoding, sizes):
    rate, encoding = rate_encoding
    data = encoded("two-utterances", rate, encoding)
    audio_format = AudioFormat(rate, encoding)
    whole = pipeline(vosk, audio_format)
    expected = times(whole.feed(AudioChunk(data)) + whole.finish(Reason.STOP, last=True))
    cut = pipeline(vosk, audio_format)
    # Mostly of sizes that keep the test quick, with the drawn ones among them.
    assert times(hear(cut, data, [*sizes, 6401]) + cut.finish(Reason.STOP, last=True)) == expected
    assert [text for text, *_ in expected] == ["hello thank you", "goodbye"]


def test_one_sample_at_a_time_is_the_same_audio(vosk):
    data = speech("digits-16k").samples[: 2 * RATE].tobytes()
    whole, single = pipeline(vosk), pipeline(vosk)
    expected = times(whole.feed(AudioChunk(data)) + whole.finish(Reason.STOP, last=True))
    assert times(hear(single, data, [2]) + single.finish(Reason.STOP, last=True)) == expected


def encoded(name: str, rate: int, encoding: Encoding) -> bytes:
    """A recording at another rate, linearly interpolated, in another encoding."""
    clip = speech(name)
    at = np.arange(int(len(clip.samples) * rate / clip.rate)) * clip.rate / rate
    samples = np.interp(at, np.arange(len(clip.samples)), clip.samples.astype(float))
    if encoding is Encoding.PCM_F32LE:
        return (samples / 32768).astype("<f4").tobytes()
    if encoding is Encoding.MULAW:
        return mulaw(samples)
    return samples.astype("<i2").tobytes()


def mulaw(samples) -> bytes:
    """ITU-T G.711, the encoder that the decoder's table must invert."""
    magnitude = np.minimum(np.abs(samples.astype(int)), 32_635) + 132
    segment = np.floor(np.log2(magnitude)).astype(int) - 7
    step = (magnitude >> (segment + 3)) & 15
    sign = np.where(samples < 0, 0x80, 0)
    return (~(sign | (segment << 4) | step) & 0xFF).astype(np.uint8).tobytes()


@pytest.mark.parametrize(
    ("rate", "encoding", "channels"),
    [
        (8000, Encoding.MULAW, 1),
        (11025, Encoding.PCM_S16LE, 1),
        (44100, Encoding.PCM_F32LE, 1),
        (48000, Encoding.PCM_S16LE, 2),
    ],
)
def test_the_words_are_the_same_in_any_format(vosk, rate, encoding, channels):
    data = encoded("digits-16k", rate, encoding)
    if channels == 2:
        data = np.repeat(np.frombuffer(data, "<i2"), 2).tobytes()
    heard = pipeline(vosk, AudioFormat(rate, encoding, channels))
    [final] = finals(hear(heard, data, [4096]) + heard.finish(Reason.STOP, last=True))
    assert final.text == speech("digits-16k").text


# ---------------------------------------------------------------- what is told, and when


def test_word_times_are_on_the_sessions_clock(vosk):
    clip, lead = speech("two-utterances"), 3 * RATE
    heard = pipeline(vosk)
    events = hear(heard, quiet(3) + clip.samples.tobytes() + quiet(1.5))
    spoken = [word for final in finals(events) for word in final.words]
    assert [word.text for word in spoken] == [word.text for word in clip.words]
    for found, true in zip(spoken, clip.words, strict=True):
        assert abs(found.start - lead - true.start * RATE) < 0.15 * RATE
        assert abs(found.end - lead - true.end * RATE) < 0.15 * RATE


def test_partials_grow_into_the_final_and_are_told_only_when_they_change(vosk):
    clip = speech("digits-16k")
    events = hear(pipeline(vosk), clip.samples.tobytes() + quiet(1.5))
    partials = [event.text for event in events if isinstance(event, Partial)]
    assert len(partials) >= 4
    assert all(before != after for before, after in pairwise(partials))
    assert clip.text.startswith(partials[1].split()[0])
    assert isinstance(events[0], SpeechStarted)


def test_the_final_comes_one_window_after_the_end_of_speech(vosk):
    clip = speech("digits-16k")
    data = clip.samples.tobytes() + quiet(2)
    for window in (300, 1000):
        heard = pipeline(vosk, silence=from_ms(window))
        fed = 0
        while not finals(heard.feed(AudioChunk(data[fed : fed + 640]))):
            fed += 640
        assert abs(fed / 2 / RATE - clip.end - window / 1000) < 0.15


def test_the_end_of_a_stream_is_heard_to_the_sample_and_no_further():
    clip = speech("abrupt-end").samples.tobytes()[:-246]
    heard = pipeline(COUNTER, keep_audio=True)
    [final] = finals(hear(heard, clip) + heard.finish(Reason.STOP, last=True))
    assert heard.clock == final.end == len(clip) // 2
    assert final.audio == clip[2 * final.start :]


def test_the_recognizer_hears_speech_only_from_pre_roll_to_hangover():
    clip = speech("digits-16k")
    events = hear(pipeline(COUNTER), quiet(5) + clip.samples.tobytes() + quiet(5))
    [final] = finals(events)
    heard = len(final.text.split()) * FRAME / RATE
    speaking = clip.end - clip.onset
    assert speaking + 0.4 < heard < speaking + 0.9
    assert abs(final.start / RATE - (5 + clip.onset - 0.3)) < 0.12


def test_pauses_inside_an_utterance_are_heard_whole():
    clip = speech("pauses-inside")
    heard = pipeline(COUNTER, keep_audio=True)
    [final] = finals(hear(heard, clip.samples.tobytes() + quiet(1.5)))
    assert final.audio == (clip.samples.tobytes() + quiet(1.5))[2 * final.start : 2 * final.end]
    assert final.text.split() == [str(n) for n in range((final.end - final.start) // FRAME)]


def test_audio_is_kept_only_where_it_was_asked_for(vosk):
    clip = speech("digits-16k").samples.tobytes() + quiet(1.5)
    assert [final.audio for final in finals(hear(pipeline(vosk), clip))] == [None]


def test_the_live_voice_is_told_where_it_was_asked_for(vosk):
    clip = speech("digits-16k")
    events = hear(pipeline(vosk, activity=True, watched=True), clip.samples.tobytes() + quiet(1.5), [3200])
    live = [event for event in events if isinstance(event, VoiceActivity)]
    assert live[-1].at == len(clip.samples) // FRAME * FRAME + from_ms(1500) // FRAME * FRAME
    assert max(event.silence for event in live) <= from_ms(1000)
    voiced = [f0 for event in live for f0 in event.pitch_hz if f0 is not None]
    [final] = finals(events)
    assert final.voice.pitch_hz is not None
    assert abs(np.median(voiced) - final.voice.pitch_hz) < 2


@pytest.mark.parametrize("name", ["pauses-inside", "two-utterances", "abrupt-end"])
def test_being_watched_changes_no_final(vosk, name):
    clip = speech(name).samples.tobytes() + quiet(1.5)
    watched, unwatched = (hear(pipeline(vosk, activity=live, watched=live), clip) for live in (True, False))
    assert times(watched) == times(unwatched)
    assert len(times(watched)) >= 1


def test_the_voice_of_an_utterance_is_summed_up(vosk):
    clip = speech("digits-16k")
    [final] = finals(hear(pipeline(vosk), clip.samples.tobytes() + quiet(1.5)))
    voice = final.voice
    assert voice.pitch_min_hz < voice.pitch_hz < voice.pitch_max_hz
    assert 150 < voice.pitch_hz < 280  # a synthetic woman
    assert 0.3 < voice.voiced_ratio < 1
    assert voice.quality.score > 0.7


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize("rate", [8000, 44_100])
def test_random_bytes_are_survived(vosk, encoding, rate):
    data = np.random.default_rng(3).bytes(200_000)
    heard = pipeline(vosk, AudioFormat(rate, encoding, 2), keep_audio=True)
    events = hear(heard, data, [1, 999, 20_000]) + heard.finish(Reason.STOP, last=True)
    for final in finals(events):
        assert 0 <= final.start < final.end <= heard.clock


# ---------------------------------------------------------------- warnings for the talker


def warned(events: Sequence[SpeechEvent]) -> list[str]:
    return [event.code for event in events if isinstance(event, VoiceWarning)]


def test_a_distorting_microphone_is_told_once():
    clip = speech("all-words").samples.astype(float)
    spoilt = np.clip(clip * 30, -20_000, 20_000).astype(np.int16).tobytes()
    assert warned(hear(pipeline(COUNTER), spoilt)) == ["clipping"]


@pytest.mark.parametrize("name", speech_names())
def test_clean_speech_is_no_reason_to_warn(name):
    clip = speech(name)
    assert warned(hear(pipeline(COUNTER, AudioFormat(clip.rate)), clip.samples.tobytes() * 3)) == []


def test_audio_that_comes_at_another_rate_than_declared_is_told():
    data = quiet(60, 44_100)
    heard, events = pipeline(COUNTER), []
    for tick in range(250):  # 100 ms of 44.1 kHz at a time, declared as 16 kHz
        events += heard.feed(AudioChunk(data[tick * 8820 : (tick + 1) * 8820]), elapsed_s=tick / 10)
    [warning] = [event for event in events if isinstance(event, VoiceWarning)]
    assert warning.code == "rate_mismatch"
    assert "44100" in warning.message


# ---------------------------------------------------------------- tuned while it hears


@pytest.mark.parametrize("at_s", [0.1, 0.8, 1.9, 2.6, 3.9])
def test_tuning_to_what_holds_already_changes_nothing(at_s):
    data = speech("two-utterances").samples.tobytes() + quiet(1.3)
    cut = int(at_s * RATE) * 2
    tuned, untouched = pipeline(COUNTER), pipeline(COUNTER)
    events = hear(tuned, data[:cut])
    tuned.tune(silence=from_ms(1000), pre_roll=from_ms(300))
    assert times([*events, *hear(tuned, data[cut:])]) == times(hear(untouched, data))


def test_a_tuned_silence_and_pre_roll_hold_from_then_on():
    data = speech("two-utterances").samples.tobytes() + quiet(1.3)
    heard = pipeline(COUNTER, silence=from_ms(60_000))
    assert finals(hear(heard, data)) == []
    heard.tune(silence=from_ms(400), pre_roll=0)
    [first] = finals(hear(heard, quiet(0.1)))
    assert first.reason is Reason.SILENCE
    [hello, goodbye] = finals(hear(heard, data))
    assert hello.start >= len(data) // 2
    starts = [clip.start for clip in (speech("two-utterances").words[0], speech("two-utterances").words[-1])]
    onset = (len(data) + len(quiet(0.1))) // 2
    for final, start in zip((hello, goodbye), starts, strict=True):
        assert abs(final.start - onset - start * RATE) < from_ms(200)
