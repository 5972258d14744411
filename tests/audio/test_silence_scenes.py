"""One second of silence ends an utterance, on time and never too early, in rooms that are not quiet.

Speech is the project's own: two real recordings and synthesised words. Backgrounds are made here.
"""

from functools import partial

import numpy as np
import pytest

from audio.values import RATE, from_ms
from tests.audio.hearing import PRE_ROLL, utterances
from tests.audio.scenes import (
    at_level,
    babble,
    band,
    counting,
    echoing,
    fan,
    hum,
    in_room,
    knocks,
    music,
    noise,
    other_sentence,
    sentence,
    silence,
    spoken,
    struck,
    unbroken,
    white,
    word,
)


def assert_one_on_time(heard, start, end, late=0.25):
    """One utterance, opened before `start`, closed a second after `end`."""
    assert len(heard) == 1, heard
    opened, closed = heard[0]
    assert start - PRE_ROLL - 0.3 <= opened <= start + 0.05
    assert end + 0.85 <= closed <= end + 1 + late


@pytest.mark.parametrize("dbfs", [-10, -24, -40, -50])
def test_loud_and_soft_talkers_are_heard(dbfs):
    talk = sentence(dbfs)
    heard = utterances(in_room(silence(1), talk, silence(2)))
    assert_one_on_time(heard, 1, 1 + len(talk) / RATE)


@pytest.mark.parametrize(
    ("background", "snr_db"),
    [(white, 20), (white, 10), (hum, 20), (hum, 10), (fan, 20), (fan, 10), (babble, 20), (music, 20)],
)
def test_the_silence_is_found_under_noise(background, snr_db):
    talk = sentence()
    scene = in_room(silence(2.5), talk, silence(4))
    heard = utterances(scene + at_level(background(len(scene) / RATE), -24 - snr_db)[: len(scene)])
    assert_one_on_time(heard, 2.5, 2.5 + len(talk) / RATE)


@pytest.mark.parametrize("background", [white, hum, fan])
@pytest.mark.parametrize("dbfs", [-60, -45, -30])
def test_steady_noise_opens_nothing(background, dbfs):
    assert utterances(at_level(background(20), dbfs)) == []


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_music_holds_nothing_open_for_long(seed):
    heard = utterances(at_level(music(60, seed), -30))
    assert sum(min(closed, 60) - opened for opened, closed in heard) <= 5


def test_music_that_starts_in_a_quiet_room_is_given_up():
    heard = utterances(in_room(silence(5), at_level(music(40), -30)))
    assert sum(min(closed, 45) - opened for opened, closed in heard) <= 15


@pytest.mark.parametrize(("seed", "beats_per_minute"), [(0, 100), (1, 100), (0, 140), (1, 140)])
def test_a_band_with_a_beat_is_given_up(seed, beats_per_minute):
    music = at_level(band(30, seed, beats_per_minute=beats_per_minute), -24)
    heard = utterances(in_room(silence(1), music))
    assert sum(min(closed, 31) - opened for opened, closed in heard) <= 7


@pytest.mark.parametrize("dbfs", [-24, -34, -44])
@pytest.mark.parametrize("gap_s", [1, 5])
@pytest.mark.parametrize("played", [music, partial(band, seed=0, beats_per_minute=100)])
def test_who_speaks_after_music_was_turned_off_is_heard(played, gap_s, dbfs):
    talk = sentence(dbfs)
    heard = utterances(in_room(silence(1), at_level(played(20), -24), silence(gap_s), talk, silence(3)))
    start = 21 + gap_s
    assert_one_on_time([one for one in heard if one[1] > start], start, start + len(talk) / RATE)


def test_a_fan_that_starts_during_speech_holds_nothing_open():
    talk = unbroken(4)
    scene = in_room(silence(2), talk, silence(8))
    scene[4 * RATE :] += at_level(fan(10), -40)
    heard = utterances(scene)
    assert len(heard) == 1
    assert heard[0][1] < 6 + 3


def test_a_louder_talker_after_music_is_heard():
    background = at_level(music(30), -44)
    talk = sentence()
    background[20 * RATE : 20 * RATE + len(talk)] += talk
    heard = utterances(background)
    assert_one_on_time(heard, 20, 20 + len(talk) / RATE)


def test_speech_from_the_first_frame_loses_nothing():
    talk = sentence()
    assert_one_on_time(utterances(in_room(talk, silence(2))), 0, len(talk) / RATE)


@pytest.mark.parametrize("snr_db", [20, 10])
@pytest.mark.parametrize("into_s", [0.0, 0.1, 0.25, 0.4])
@pytest.mark.parametrize("talker", [sentence, other_sentence, counting])
def test_a_session_that_begins_within_a_word_in_noise_is_heard(talker, into_s, snr_db):
    """In loud noise its first second may be lost: nothing was heard before to tell the noise by."""
    talk = talker()[int(into_s * RATE) :]
    scene = np.concatenate([talk, silence(3)])
    heard = utterances(scene + noise(len(scene) / RATE, -24 - snr_db)[: len(scene)])
    assert len(heard) == 1
    assert heard[0][0] < (1.0 if snr_db == 10 else 0.4)
    assert heard[0][1] == pytest.approx(len(talk) / RATE + 1, abs=0.15)


@pytest.mark.parametrize("gap", [0.5, 1.3, 2.0])
def test_a_soft_talker_is_heard_after_a_loud_one(gap):
    loud, soft = sentence(-15), other_sentence(-35)
    heard = utterances(in_room(silence(1), loud, silence(gap), soft, silence(2)))
    assert len(heard) == (1 if gap < 1 else 2)
    assert heard[-1][1] == pytest.approx(1 + (len(loud) + len(soft)) / RATE + gap + 1, abs=0.2)


def test_a_soft_talker_is_heard_again_after_a_loud_one_took_over():
    """Their first second may be lost: till then they might be the television that the loud one talks above."""
    soft, loud = sentence(-30), other_sentence(-18)
    scene = in_room(silence(1), soft, silence(0.3), loud, silence(1.5), soft, silence(2))
    heard = utterances(scene)
    again = 1 + (len(soft) + len(loud)) / RATE + 1.8
    assert len(heard) == 2
    assert heard[1][0] < again + 1.2


@pytest.mark.parametrize("db_per_s", [1, 2])
def test_a_talker_who_walks_away_is_followed(db_per_s):
    talk = unbroken(15) * 10 ** (-db_per_s * np.arange(15 * RATE) / RATE / 20)
    assert_one_on_time(utterances(in_room(silence(1), talk, silence(2))), 1, 16)


@pytest.mark.parametrize("relative_db", [-6, 0, 6])
def test_a_second_talker_who_joins_is_not_cut_off(relative_db):
    first, second = sentence(), other_sentence(-24 + relative_db)
    joins = RATE + len(first) - RATE // 2
    scene = in_room(silence(1), first, silence(4))
    scene[joins : joins + len(second)] += second
    assert_one_on_time(utterances(scene), 1, (joins + len(second)) / RATE)


@pytest.mark.parametrize("dbfs", [-45, -35])
def test_a_whisper_is_heard(dbfs):
    talk = spoken("real-ss")
    blocks = np.fft.rfft(talk[: len(talk) // 320 * 320].reshape(-1, 320))
    breath = np.fft.rfft(noise(len(talk) / RATE, 0)[: blocks.shape[0] * 320].reshape(-1, 320))
    whisper = at_level(np.fft.irfft(breath * np.abs(blocks)).ravel(), dbfs)
    heard = utterances(in_room(silence(1), whisper, silence(2)))
    assert_one_on_time(heard, 1, 1 + len(whisper) / RATE)


@pytest.mark.parametrize("index", range(22))
def test_one_word_is_an_utterance(index):
    said = at_level(word("all-words", index), -24)
    heard = utterances(in_room(silence(1.5), said, silence(2)))
    assert len(heard) == 1
    opened, closed = heard[0]
    assert opened <= 1.5
    assert 1.5 + len(said) / RATE + 0.75 < closed < 1.5 + len(said) / RATE + 1.1


def test_a_short_word_in_noise_is_heard():
    said = at_level(word("abrupt-end", 0), -24)
    scene = np.concatenate([silence(2.5), said, silence(2)])
    assert len(utterances(scene + noise(len(scene) / RATE + 1, -39)[: len(scene)])) == 1


@pytest.mark.parametrize("name", ["commands-8k", "digits-8k"])
def test_telephone_audio_is_heard(name):
    talk = spoken(name)
    assert_one_on_time(utterances(in_room(silence(1), talk, silence(2))), 1, 1 + len(talk) / RATE)


@pytest.mark.parametrize(("snr_db", "opens_by"), [(None, 1.0), (10, 1.3), (5, 1.5)])
def test_ninety_seconds_of_unbroken_speech_are_one_utterance(snr_db, opens_by):
    talk = unbroken(90)
    scene = in_room(silence(1), talk, silence(2))
    if snr_db is not None:
        scene += noise(len(scene) / RATE, -24 - snr_db)[: len(scene)]
    heard = utterances(scene)
    assert len(heard) == 1
    assert heard[0][0] < opens_by
    assert heard[0][1] == pytest.approx(92, abs=0.2)


def test_echoing_speech_is_one_utterance():
    heard = utterances(in_room(silence(1), at_level(echoing(unbroken(20)), -24), silence(3)))
    assert len(heard) == 1


def test_hesitation_is_not_the_end():
    time = np.arange(int(1.5 * RATE)) / RATE
    drawn_out = sum(np.sin(2 * np.pi * 130 * k * time + 0.3 * np.sin(20 * time)) / k for k in range(1, 15))
    scene = in_room(silence(1), sentence(), at_level(drawn_out, -28), other_sentence(), silence(2))
    assert len(utterances(scene)) == 1


def test_digital_silence_between_words_changes_nothing():
    parts = [piece for i in range(6) for piece in (at_level(word("all-words", i), -24), silence(0.4))]
    heard = utterances(np.concatenate([silence(1), *parts, silence(2)]))
    assert_one_on_time(heard, 1, 1 + sum(len(piece) for piece in parts) / RATE - 0.4)


@pytest.mark.parametrize("bits", [8, 10])
def test_a_coarse_converter_changes_nothing(bits):
    talk = sentence()
    scene = np.round(np.concatenate([silence(1), talk, silence(2)]) * 2 ** (bits - 1)) / 2 ** (bits - 1)
    assert_one_on_time(utterances(scene), 1, 1 + len(talk) / RATE)


@pytest.mark.parametrize("silence_ms", [200, 500, 2000, 5000])
def test_the_clients_silence_is_the_silence(silence_ms):
    said = at_level(spoken("digits-16k"), -24)
    heard = utterances(in_room(silence(1), said, silence(7)), silence_ms)
    assert heard[-1][1] == pytest.approx(1 + (len(said) + from_ms(silence_ms)) / RATE, abs=0.15)
    assert silence_ms < 300 or len(heard) == 1


@pytest.mark.parametrize(("seconds_to_fade", "gap_s"), [(0.05, 0.15), (0.1, 0.7), (0.2, 1.0), (0.3, 1.0)])
@pytest.mark.parametrize("room_dbfs", [-75, -60])
def test_knocks_in_a_quiet_room_hardly_ever_open_an_utterance(seconds_to_fade, gap_s, room_dbfs):
    """Typing, cups, claps: twenty to a hundred of them, and one may fall together with another."""
    heard = utterances(knocks(20, seconds_to_fade, gap_s) + noise(20, room_dbfs))
    assert sum(min(closed, 20) - opened for opened, closed in heard) < 3


@pytest.mark.parametrize("gap", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("index", [0, 7, 14, 21])
def test_a_word_right_after_a_knock_is_heard(index, gap):
    said = at_level(word("all-words", index), -24)
    knock = struck(0.1, -10)[: RATE // 5]
    heard = utterances(in_room(silence(1.5), knock, silence(gap), said, silence(2)))
    assert len(heard) == 1
    assert heard[0][0] <= 1.7 + gap


def test_clicks_do_not_put_off_the_end():
    talk = sentence()
    scene = in_room(silence(1), talk, silence(3))
    for at in range(int(1.2 * RATE) + len(talk), len(scene) - 400, RATE // 3):
        scene[at : at + 300] += noise(1, -18)[:300] * np.exp(-np.arange(300) / 60)
    assert_one_on_time(utterances(scene), 1, 1 + len(talk) / RATE)


@pytest.mark.parametrize("snr_db", [10, 20])
def test_a_television_does_not_hold_the_utterance_open(snr_db):
    """It was on before the talker began and stays on; its own speech may open utterances, as speech does."""
    talk = sentence()
    scene = in_room(silence(4), talk, silence(5))
    scene += np.resize(at_level(spoken("all-words"), -24 - snr_db), len(scene))
    end = 4 + len(talk) / RATE
    assert any(end - 0.3 < closed < end + 1.6 for _, closed in utterances(scene))


@pytest.mark.parametrize("started_s", [0, 1, 2])
def test_a_television_that_was_talked_over_opens_nothing_afterwards(started_s):
    talk = sentence()
    scene = in_room(silence(3), talk, silence(5))
    scene += np.resize(np.roll(at_level(spoken("all-words"), -44), started_s * RATE), len(scene))
    end = 3 + len(talk) / RATE
    heard = utterances(scene)
    assert end + 0.85 <= heard[-1][1] <= end + 1.25
    assert heard[-1][0] < end


def with_music(scene, swells, dbfs=-36.0, swell_db=10.0):
    """Music behind the scene, a quarter of a second of it louder at each of these times."""
    louder = np.ones(len(scene))
    for at in swells:
        louder[int(at * RATE) : int((at + 0.25) * RATE)] = 10 ** (swell_db / 20)
    return scene + at_level(music(len(scene) / RATE + 1), dbfs)[: len(scene)] * louder


@pytest.mark.parametrize("snr_db", [6, 10])
@pytest.mark.parametrize("seed", [4, 5, 6, 7])
def test_babble_goes_on_after_the_talker_and_is_given_up(seed, snr_db):
    talk = sentence()
    scene = in_room(silence(3), talk, silence(20))
    heard = utterances(scene + at_level(babble(30, seed), -24 - snr_db)[: len(scene)])
    assert len(heard) == 1
    assert heard[0][1] < 3 + len(talk) / RATE + 7


@pytest.mark.parametrize("talker", [sentence, other_sentence, counting])
def test_swells_of_music_open_nothing_after_the_talker(talker):
    """They are far above the music, but no louder than what could be heard behind the talker."""
    talk = talker(-14)
    end = 3 + len(talk) / RATE
    scene = in_room(silence(3), talk, silence(5))
    assert_one_on_time(utterances(with_music(scene, swells=(end + 2, end + 3))), 3, end)


@pytest.mark.parametrize("softer_db", [0, 5, 10])
def test_an_answer_is_heard_above_music(softer_db):
    question, answer = sentence(-14), other_sentence(-14 - softer_db)
    scene = in_room(silence(3), question, silence(1.5), answer, silence(3))
    heard = utterances(with_music(scene, swells=()))
    assert len(heard) == 2
    assert heard[1][0] < 4.5 + len(question) / RATE


@pytest.mark.parametrize("relative_db", [-8, -12])
def test_a_talker_who_warms_up_is_not_cut_off(relative_db):
    """The first second is soft; what follows is no second talker above a first."""
    talk = unbroken(6)
    talk[:RATE] *= 10 ** (relative_db / 20)
    assert_one_on_time(utterances(in_room(silence(1), talk, silence(2))), 1, 7)


@pytest.mark.parametrize("vibrato", [0.0, 0.01])
def test_a_note_is_held_for_as_long_as_was_talked_before(vibrato):
    time = np.arange(4 * RATE) / RATE
    phase = np.cumsum(2 * np.pi * 180 * (1 + vibrato * np.sin(2 * np.pi * 5 * time))) / RATE
    note = sum(np.sin(k * phase) * np.exp(-(((k * 180 - 600) / 500) ** 2)) for k in range(1, 15))
    talk = unbroken(4)
    heard = utterances(in_room(silence(1), talk, at_level(note, -26), other_sentence(), silence(2)))
    assert_one_on_time(heard, 1, 9 + len(other_sentence()) / RATE)


def test_a_note_by_nobody_is_given_up():
    time = np.arange(10 * RATE) / RATE
    note = sum(
        np.sin(2 * np.pi * 180 * k * time) * np.exp(-(((k * 180 - 600) / 500) ** 2)) for k in range(1, 15)
    )
    heard = utterances(in_room(silence(1), at_level(note, -26), silence(2)))
    assert all(closed < 1 + 5 for _, closed in heard)
