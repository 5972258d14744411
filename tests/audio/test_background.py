"""The floor lies under the background and the ceiling above it."""

import numpy as np
import pytest

from audio.background import BLOCK, Background


def hear(background, levels):
    for at, level in enumerate(levels, start=1):
        background.follow(level)
        background.learn(level)
        if at % BLOCK == 0:
            background.next_block()
    return background


def steady(mean=-50.0, frames=500, deviation=0.7):
    """White noise in 20 ms frames wavers by 0.7 dB."""
    return np.random.default_rng(1).normal(mean, deviation, frames).tolist()


def restless(mean=-50.0, frames=1500):
    """Levels as those of music: 6 dB of deviation, following one another."""
    wander = np.convolve(np.random.default_rng(2).normal(0, 1, frames + 10), np.ones(10), "valid")[:frames]
    return (mean + 6 * wander / np.std(wander)).tolist()


def test_steady_noise_has_its_ceiling_just_above_its_floor():
    background = hear(Background(), steady())
    assert background.floor == pytest.approx(-51.5, abs=1)
    assert 2.9 < background.ceiling - background.floor < 4.5
    assert background.rest > 0.9
    assert not background.doubtful


def test_the_ceiling_is_what_one_restless_frame_in_fifty_passes():
    background, passed = Background(), 0
    levels = restless()
    hear(background, levels[:500])
    for level in levels[500:]:
        passed += level > background.ceiling
        hear(background, [level])
    assert 0 < passed / 1000 < 0.06
    assert background.rest < 0.5


def test_an_unknown_background_is_taken_for_music():
    background = hear(Background(), [-50.0])
    assert background.ceiling - background.floor == pytest.approx(14, abs=0.2)
    assert background.doubtful


def test_the_floor_forgets_within_two_seconds():
    background = hear(Background(), [-70.0] * 50 + [-40.0] * 101)
    assert background.floor == pytest.approx(-40)


def test_one_dip_is_no_pause():
    background = hear(Background(), [*steady(frames=200), -80.0, *steady(frames=5)])
    assert -67 < background.floor < -60


def test_digital_silence_has_a_floor_and_a_ceiling():
    background = hear(Background(), [-80.0] * 300)
    assert background.floor == -80
    assert background.ceiling == pytest.approx(-77, abs=0.03)


def test_loud_events_above_steady_noise_teach_nothing():
    levels = steady(frames=500)
    for at in range(100, 500, 25):
        levels[at : at + 5] = [-20.0] * 5
    assert hear(Background(), levels).ceiling < -45


def test_what_is_absorbed_is_background_and_falls_slowly():
    background = hear(Background(), steady())
    background.absorb(-30.0, doubtful=False)
    hear(background, steady(frames=100))
    assert -33 < background.ceiling <= -30


def test_what_is_absorbed_and_has_stopped_is_forgotten():
    background = hear(Background(), restless(frames=500))
    background.absorb(-30.0, doubtful=False)
    hear(background, steady(-60, frames=150))
    assert background.ceiling < -50


def test_what_is_absorbed_in_doubt_falls_fast_unless_it_is_heard_again():
    forgotten, heard_again = (hear(Background(), steady()) for _ in range(2))
    for background in (forgotten, heard_again):
        background.absorb(-30.0, doubtful=True)
        assert background.doubtful
    hear(forgotten, steady(frames=100))
    hear(heard_again, (steady(frames=20) + [-29.0] * 5) * 4)
    assert forgotten.ceiling < -40
    assert heard_again.ceiling > -35


def listen(share, frames=200):
    """Hear nobody speak while a detector takes this share of the frames for a voice."""
    background = Background()
    for voice in np.random.default_rng(3).random(frames) < share:
        background.listen(bool(voice))
    return background


@pytest.mark.parametrize(("share", "voicelike"), [(0.0, 0), (0.06, 0), (0.6, 1), (0.9, 1)])
def test_a_background_that_is_taken_for_voices_is_like_voices(share, voicelike):
    assert listen(share).voicelike == voicelike


def test_what_the_background_is_like_is_known_after_less_than_a_second():
    assert not listen(1.0, frames=39).known
    assert listen(1.0, frames=40).known


def test_a_ceiling_that_is_held_does_not_fall_fast():
    background = hear(Background(), steady())
    background.absorb(-30.0, doubtful=True)
    background.hold()
    hear(background, steady(frames=100))
    assert background.ceiling > -33


NOTES = [-20.0 - 0.5 * at for at in range(30)] * 3
"""Plucked strings: they start suddenly and ring on."""

SYLLABLE = [-30.0, -20.0, -18.0, -20.0, -30.0, *steady(frames=8)]


def slack(levels):
    """How much too high the ceiling may be guessed: before a talker is known, and above one."""
    background = Background()
    for level in levels:
        background.follow(level)
    return background.slack(spoken_over=False), background.slack(spoken_over=True)


def test_syllables_from_the_first_frame_lower_the_guess():
    assert slack(SYLLABLE * 2) == (10, 10)


def test_syllables_above_a_restless_background_lower_it_only_until_somebody_is_heard():
    assert slack([-45.0, *NOTES[:20], -10.0, *NOTES[10:40], -10.0, *NOTES[10:30]]) == (10, 0)


@pytest.mark.parametrize("levels", [steady(frames=90), NOTES, SYLLABLE])
def test_noise_music_and_one_word_leave_the_guess_as_it_is(levels):
    assert slack(levels) == (0, 0)


def test_syllables_after_two_seconds_say_nothing_about_the_beginning():
    assert slack([*steady(frames=100), *SYLLABLE * 3]) == (0, 0)


def test_a_ceiling_that_is_no_guess_any_more_has_no_slack():
    background = hear(Background(), SYLLABLE * 2 + steady(frames=120))
    assert background.slack(spoken_over=True) == 0
