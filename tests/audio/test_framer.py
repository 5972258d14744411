import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from audio.framer import Framer
from audio.values import FRAME


@given(sizes=st.lists(st.integers(0, 1000), max_size=12))
def test_frames_hold_every_sample_once_in_order(sizes):
    framer, start, frames = Framer(), 0, []
    for size in sizes:
        frames.append(framer.push(np.arange(start, start + size).astype(np.int16)))
        start += size
    frames.append(framer.flush())
    joined = np.concatenate(frames).ravel()
    assert joined[:start].tolist() == np.arange(start).astype(np.int16).tolist()
    assert len(joined) % FRAME == 0
    assert not joined[start:].any()


def test_nothing_is_left_after_a_flush():
    framer = Framer()
    framer.push(np.ones(5, np.int16))
    assert len(framer.flush()) == 1
    assert len(framer.flush()) == 0
