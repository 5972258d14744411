"""Whatever was heard before, who speaks two seconds after it has stopped is heard: random scenes in a quiet room."""

from functools import partial

import numpy as np
import pytest

from audio.values import RATE
from tests.audio.hearing import utterances
from tests.audio.scenes import (
    at_level,
    babble,
    band,
    counting,
    fan,
    in_room,
    music,
    noise,
    other_sentence,
    sentence,
    silence,
)


def tone(seconds):
    return np.sin(2 * np.pi * 440 * np.arange(int(seconds * RATE)) / RATE)


def talk(seconds):
    once = np.concatenate([sentence(), silence(0.4), other_sentence(), silence(0.4), counting()])
    return np.resize(once, int(seconds * RATE))


SOUNDS = {
    "a tone": tone,
    "somebody else": talk,
    "music": music,
    "a band": partial(band, seed=2, beats_per_minute=100),
    "babble": babble,
    "a fan": fan,
    "noise": partial(noise, dbfs=-20),
}


def earlier(rng):
    """One to three sounds, each followed by two to six seconds of silence."""
    for name in rng.choice(list(SOUNDS), rng.integers(1, 4)):
        yield at_level(SOUNDS[name](int(rng.integers(2, 13))), rng.uniform(-45, -15))
        yield silence(rng.uniform(2, 6))


@pytest.mark.parametrize("seed", range(40))
def test_who_speaks_after_anything_has_stopped_is_heard(seed):
    rng = np.random.default_rng(seed)
    before = [silence(rng.uniform(0.3, 2)), *earlier(rng)]
    dbfs = rng.uniform(-46, -18)
    start = sum(map(len, before)) / RATE
    heard = utterances(in_room(*before, rng.choice([sentence, other_sentence])(dbfs), silence(2)))
    assert any(opened < start + 0.1 and closed > start + 1 for opened, closed in heard), heard
