import pytest

from audio.recognizers.sphinx.messages import MEMORY, Mean, joined


def test_means_are_averaged_by_their_frames():
    assert joined(Mean((10.0, 0.0), 100), Mean((40.0, 3.0), 200)) == Mean((30.0, 2.0), 300)


def test_what_is_unknown_does_not_count():
    known = Mean((1.0,), 10)
    assert joined(None, known) == joined(known, None) == known
    assert joined(None, None) is None


def test_an_old_mean_gives_way():
    mean = joined(Mean((0.0,), 1_000_000), Mean((1.0,), MEMORY))
    assert mean
    assert mean.values[0] == pytest.approx(0.5)
