"""A talker is told from the background by level alone; what a voice detector denies is never speech."""

import numpy as np
import pytest

from audio.level_gate import CLEAR, FAINT, NOTHING, LevelGate

QUIET = [-75.0] * 100
SYLLABLE = [-40.0, -25.0, -20.0, -20.0, -22.0, -26.0, -34.0, -40.0]


def judge(gate, levels, voice=True):
    return [gate.push(level, voice) for level in levels]


def after(levels, voice=False):
    gate = LevelGate()
    judge(gate, levels, voice)
    return gate


def noise(mean, frames=150):
    return np.random.default_rng(1).normal(mean, 0.7, frames).tolist()


def test_what_is_no_voice_is_no_speech():
    assert set(judge(after(QUIET), SYLLABLE * 5, voice=False)) == {NOTHING}


def test_a_talker_above_a_quiet_room_is_clear():
    assert judge(after(QUIET), SYLLABLE) == [CLEAR] * 8


def test_frames_just_above_the_ceiling_are_faint_until_somebody_speaks():
    gate = after(noise(-50.0))
    assert set(judge(gate, [-44.0] * 5)) == {FAINT}


def test_speech_goes_on_down_to_28_db_below_the_peak():
    gate = after(QUIET)
    judge(gate, [-20.0] * 10)
    judge(gate, [-75.0] * 10, voice=False)
    assert gate.push(-46.0, True).speech
    assert not gate.push(-50.0, True).speech


def test_the_end_of_a_word_that_noise_covers_is_given_back():
    quiet, loud = after(noise(-75.0)), after(noise(-35.0))
    for gate in (quiet, loud):
        judge(gate, [-20.0] * 10)
    given_back = [
        sum(verdict.speech for verdict in judge(gate, [level] * 20, voice=False))
        for gate, level in ((quiet, -75.0), (loud, -35.0))
    ]
    assert given_back == [0, 4]


@pytest.mark.parametrize("level", [-60.0, -40.0, -20.0])
def test_a_steady_voice_like_sound_is_given_up(level):
    """A hum that the detector takes for a voice; the floor rises under it."""
    verdicts = judge(after(QUIET), [level] * 1000)
    assert not any(verdict.speech for verdict in verdicts[200:])


def test_voices_that_never_fall_silent_become_background():
    """Music: the levels wander, but not as fast as syllables make them."""
    wander = np.convolve(np.random.default_rng(2).normal(0, 1, 3010), np.ones(10), "valid")
    levels = (-30 + 5 * wander / np.std(wander)).tolist()
    verdicts = judge(after(QUIET), levels)
    assert sum(verdict.speech for verdict in verdicts[1000:]) < 0.05 * 2000


def test_among_voices_what_falls_too_seldom_becomes_background():
    """Babble: as lively as speech from frame to frame, but it sinks slowly."""
    lively = [-30.0, -25.0, -24.0, -27.0, -28.0, -26.0, -31.0, -28.0] * 6
    sinking = [-30.0, -32.0, -34.0, -36.0, -38.0, -40.0, -38.0, -34.0]
    verdicts = judge(after(noise(-40.0), voice=True), (lively + sinking) * 8)
    assert any(verdict.speech for verdict in verdicts[100:200])
    assert not any(verdict.speech for verdict in verdicts[250:])


def test_syllables_stay_speech_for_as_long_as_they_last():
    verdicts = judge(after(QUIET), (SYLLABLE + [-75.0] * 3) * 400)
    assert sum(verdict.speech for verdict in verdicts) > 0.7 * len(verdicts)
    assert any(verdict is CLEAR for verdict in verdicts[-20:])


def test_who_was_heard_before_a_much_louder_talker_is_background():
    gate = after(QUIET)
    softer = [level - 20 for level in SYLLABLE]
    assert all(verdict.speech for verdict in judge(gate, softer * 20)[-16:])
    judge(gate, SYLLABLE * 10)
    assert not any(verdict.speech for verdict in judge(gate, softer * 10)[8:])


def test_single_frames_above_the_gate_do_not_keep_a_talker():
    """Notes of music pass the gate now and then; a second later it takes a clear talker to begin."""
    gate = after(noise(-50.0))
    judge(gate, SYLLABLE * 10)
    judge(gate, ([-40.0] + [-50.0] * 7) * 10)
    assert CLEAR not in judge(gate, [-43.0] * 10)


@pytest.mark.parametrize(("level", "verdict"), [(-34.0, FAINT), (-28.0, CLEAR)])
def test_among_voices_nobody_begins_far_below_the_talker_of_before(level, verdict):
    gate = after(noise(-50.0), voice=True)
    judge(gate, SYLLABLE * 10)
    judge(gate, noise(-50.0, frames=60))
    assert judge(gate, [level] * 3) == [verdict] * 3


def test_among_voices_two_syllables_are_an_answer_however_soft():
    gate = after(noise(-50.0), voice=True)
    judge(gate, SYLLABLE * 10)
    judge(gate, noise(-50.0, frames=60))
    softer = [-50.0, -36.0, -34.0, -34.0, -36.0, -50.0, -50.0]
    verdicts = judge(gate, softer * 3)
    assert CLEAR not in verdicts[:12]
    assert CLEAR in verdicts[12:]


def test_without_voices_in_the_background_somebody_softer_may_begin():
    gate = after(noise(-50.0))
    judge(gate, SYLLABLE * 10)
    judge(gate, noise(-50.0, frames=60), voice=False)
    assert judge(gate, [-40.0] * 3) == [CLEAR] * 3


def test_among_voices_the_gate_is_higher():
    deaf, among_voices = LevelGate(), LevelGate()
    judge(deaf, noise(-50.0), voice=False)
    judge(among_voices, noise(-50.0), voice=True)
    for gate in (deaf, among_voices):
        judge(gate, SYLLABLE * 10)
        judge(gate, [-50.0] * 10, voice=False)
    assert deaf.push(-42.0, True).speech
    assert not among_voices.push(-42.0, True).speech
