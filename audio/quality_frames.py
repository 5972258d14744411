"""What audio quality needs to know of every 20 ms: a row of numbers per frame, and nothing is looked at twice.

A frame begins every `FRAME` samples. Its spectrum is taken over 32 ms (a Hann window reaching 12 ms into the
next frame), its waveform figures over its own 20 ms. Everything that needs a longer view (floors, peaks, gaps)
is worked out from these rows, so a stream costs one pass over its samples and a score costs only rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.values import FRAME

Rows = NDArray[np.float32]
"""Shape (frames, `COLUMNS`)."""

WINDOW = 512
"""Samples under one spectrum: 32 ms, the shortest that still parts 50 Hz hum from the voice."""
BANDS = 32
BAND_HZ = 250
"""Hertz in one band: fine enough for a cut-off, coarse enough that noise in it averages out."""
SLICES = 4
SLICE = FRAME // SLICES
"""Samples in a slice: 5 ms, so that every lost 10 ms packet holds at least one whole slice."""

PLATEAU = 0.001
"""Share of the range within which neighbouring samples count as flat: a natural 500 Hz peak leaves that in 60 µs."""
CROWN = 0.05
"""Samples this share of the frame's range from its ends are its crown: few of speech, many of squashed peaks."""

_PEAKS = slice(BANDS, BANDS + SLICES)
_TOP, _BOTTOM, _FLAT_TOP, _FLAT_BOTTOM, _CROWN_TOP, _CROWN_BOTTOM = range(BANDS + SLICES, BANDS + SLICES + 6)
COLUMNS = _CROWN_BOTTOM + 1

_AT_ONCE = 25
"""Frames whose spectra are taken together: of more, what numpy needs meanwhile leaves the nearest caches, and the
C library gives it back to the system and asks for it again, which costs more than the spectra."""

_HANN = np.hanning(WINDOW).astype(np.float32)
_ONES = np.ones(WINDOW // BANDS, np.float32)
# Makes the bands of a frame sum to its mean square: one-sided spectrum, window's energy taken out.
_SCALE = np.float32(2.0 / (WINDOW * float(np.sum(_HANN.astype(float) ** 2))))
_LEAST_POWER = np.float32(1e-4)  # squared 16-bit steps per band; 16-bit rounding alone leaves 25 times that


@dataclass(frozen=True, slots=True)
class Frames:
    """Rows with names. Amplitudes are in steps of 16-bit audio, powers in squared steps."""

    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def bands(self) -> Rows:
        """(frames, `BANDS`): mean square per band of `BAND_HZ`, DC taken out."""
        return self.rows[:, :BANDS]

    @property
    def peaks(self) -> Rows:
        """(frames × `SLICES`,): largest magnitude in every 5 ms."""
        return self.rows[:, _PEAKS].reshape(-1)

    @property
    def top(self) -> Rows:
        """(frames,): highest sample."""
        return self.rows[:, _TOP]

    @property
    def bottom(self) -> Rows:
        """(frames,): lowest sample."""
        return self.rows[:, _BOTTOM]

    @property
    def flat(self) -> tuple[Rows, Rows]:
        """Samples that lie in a plateau of three or more at the frame's top, and at its bottom."""
        return self.rows[:, _FLAT_TOP], self.rows[:, _FLAT_BOTTOM]

    @property
    def crown(self) -> tuple[Rows, Rows]:
        """Samples within `CROWN` of the frame's top, and of its bottom."""
        return self.rows[:, _CROWN_TOP], self.rows[:, _CROWN_BOTTOM]


def whole_frames(samples: int) -> int:
    """How many frames can be analysed in so many samples."""
    return max(0, (samples - WINDOW) // FRAME + 1)


def analyse(samples: Rows) -> Rows:
    """Turn samples (float32 in 16-bit steps) into rows.

    Uses the first `whole_frames(len(samples))` frames; the caller keeps the rest.
    """
    count = whole_frames(len(samples))
    rows = np.empty((count, COLUMNS), np.float32)
    if count == 0:
        return rows
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::FRAME][:count]
    for start in range(0, count, _AT_ONCE):
        _band_powers(windows[start : start + _AT_ONCE], out=rows[start : start + _AT_ONCE, :BANDS])
    frames = samples[: count * FRAME].reshape(count, FRAME)
    slices = frames.reshape(count, SLICES, SLICE)
    highest, lowest = slices.max(axis=2), slices.min(axis=2)
    rows[:, _PEAKS] = np.maximum(highest, -lowest)
    top, bottom = highest.max(axis=1), lowest.min(axis=1)
    rows[:, _TOP], rows[:, _BOTTOM] = top, bottom
    # One 16-bit step is the least that can be told apart.
    flat, crown = np.maximum(1.0, PLATEAU * (top - bottom)), CROWN * (top - bottom)
    rows[:, _FLAT_TOP] = _in_plateaus(frames >= (top - flat)[:, None])
    rows[:, _FLAT_BOTTOM] = _in_plateaus(frames <= (bottom + flat)[:, None])
    rows[:, _CROWN_TOP] = np.count_nonzero(frames >= (top - crown)[:, None], axis=1)
    rows[:, _CROWN_BOTTOM] = np.count_nonzero(frames <= (bottom + crown)[:, None], axis=1)
    return rows


def _band_powers(windows: Rows, *, out: Rows) -> None:
    centred = windows - windows.mean(axis=1, keepdims=True)
    centred *= _HANN
    parts = np.fft.rfft(centred, axis=1)[:, 1:].view(np.float32)
    parts *= parts
    # A product per frame, always of one shape: how many frames come at once can't change a bit of it.
    np.matmul(parts.reshape(len(windows), BANDS, -1), _ONES, out=out)
    out *= _SCALE
    out += _LEAST_POWER


def _in_plateaus(flat: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Count, per row, the samples that belong to a run of three or more True."""
    threes = flat[:, 2:] & flat[:, 1:-1] & flat[:, :-2]
    begins = np.count_nonzero(threes[:, 1:] > threes[:, :-1], axis=1) + threes[:, 0]
    # A run of n samples holds n - 2 threes.
    counts: NDArray[np.intp] = np.count_nonzero(threes, axis=1) + 2 * begins
    return counts
