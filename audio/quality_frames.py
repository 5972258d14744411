"""What audio quality needs to know of every 20 ms: a row of numbers per frame, and nothing is looked at twice.

A frame begins every `FRAME` samples. Its spectrum is taken over 32 ms (a Hann window reaching 12 ms into the
next frame), its waveform figures over its own 20 ms, and it is compared with the 20 before. Everything that needs a
longer view (floors, peaks, gaps, echoes) is worked out from these rows, so a stream costs one pass over its samples
and a score costs only rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.values import FRAME, RATE

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

COPY_LAGS = (FRAME // 2, FRAME)
"""Samples: 10 and 20 ms, the packets of telephony, one of which stands in for the next where that was lost."""
BEFORE = COPY_LAGS[-1]
"""Samples before the first frame that `analyse` is to be given: what it may be a copy of."""
COPY_RMS = 10.0
"""16-bit steps from sample to sample: of quieter audio rounding leaves too little to compare."""
UNLIKE = np.float32(1e-4)
"""Share of its power (-40 dB) by which a copy may differ, however much it was turned down: no voice is so even,"""
ROUNDED = np.float32(0.6)
"""and squared 16-bit steps per sample: the rounding of two differences (1/6 each), and some."""

WAVE_STEP = 8
"""Samples summed into one of the slow wave that echoes are looked for in: 2 kHz hold most of a voice."""

FOLDS = (2000, 3000, 4000, 5000, 5512, 6000)
"""Hertz: half of the rates that audio is brought up from. Where no filter did it, images are left above them."""

_PEAKS = slice(BANDS, BANDS + SLICES)
_JERKS = slice(_PEAKS.stop, _PEAKS.stop + SLICES)
_COPIED = slice(_JERKS.stop, _JERKS.stop + SLICES)
_IMAGES = slice(_COPIED.stop, _COPIED.stop + len(FOLDS))
_WAVE = slice(_IMAGES.stop, _IMAGES.stop + FRAME // WAVE_STEP)
_TOP, _BOTTOM, _FLAT_TOP, _FLAT_BOTTOM, _CROWN_TOP, _CROWN_BOTTOM = range(_WAVE.stop, _WAVE.stop + 6)
COLUMNS = _CROWN_BOTTOM + 1

_AT_ONCE = 25
"""Frames whose spectra are taken together: of more, what numpy needs meanwhile leaves the nearest caches, and the
C library gives it back to the system and asks for it again, which costs more than the spectra."""

_HANN = np.hanning(WINDOW).astype(np.float32)
_ONES = np.ones(WINDOW // BANDS, np.float32)
# Makes the bands of a frame sum to its mean square: one-sided spectrum, window's energy taken out.
_SCALE = np.float32(2.0 / (WINDOW * float(np.sum(_HANN.astype(float) ** 2))))
_HISS = np.float32(50)
"""Squared 16-bit steps per bin under the window: what rounding leaves, and a little more."""
_NEAREST, _SIDE = 8, 48
"""Bins: 250 to 1750 Hz either way are compared; nearer, any resampler lets an image through."""


def _sides(fold: int) -> tuple[slice, slice]:
    """Where the bins below a fold are, downwards, and those above it; the first two of a spectrum are left out."""
    both = round(2 * fold * WINDOW / RATE)
    below, above = both // 2 - _NEAREST - 2, both - both // 2 + _NEAREST - 2
    return slice(below, below - _SIDE if below >= _SIDE else None, -1), slice(above, above + _SIDE)


_SIDES = tuple(_sides(fold) for fold in FOLDS)
_EIGHT_ONES = np.ones(WAVE_STEP, np.float32)
_NOTHING = np.float32(1e-9)
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
    def jerks(self) -> Rows:
        """(frames × `SLICES`,): largest second difference in every 5 ms."""
        return self.rows[:, _JERKS].reshape(-1)

    @property
    def copied(self) -> Rows:
        """(frames × `SLICES`,): 1 where the same 5 ms came one of `COPY_LAGS` before, else 0."""
        return self.rows[:, _COPIED].reshape(-1)

    @property
    def images(self) -> Rows:
        """(frames, `FOLDS`): how alike the spectrum's detail is on both sides of a fold, -1 to 1."""
        return self.rows[:, _IMAGES]

    @property
    def wave(self) -> Rows:
        """(frames × FRAME / `WAVE_STEP`,): the slow wave."""
        return self.rows[:, _WAVE].reshape(-1)

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
    """How many frames can be analysed in so many samples, the `BEFORE` first ones included."""
    return max(0, (samples - BEFORE - WINDOW) // FRAME + 1)


def analyse(samples: Rows) -> Rows:
    """Turn samples (float32 in 16-bit steps), the first `BEFORE` of them known already, into rows.

    Makes the first `whole_frames(len(samples))` frames; the caller keeps the rest, and `BEFORE` samples before it.
    """
    count = whole_frames(len(samples))
    rows = np.empty((count, COLUMNS), np.float32)
    if count == 0:
        return rows
    windows = np.lib.stride_tricks.sliding_window_view(samples[BEFORE:], WINDOW)[::FRAME][:count]
    for start in range(0, count, _AT_ONCE):
        _spectral(windows[start : start + _AT_ONCE], out=rows[start : start + _AT_ONCE])
    _waveform(samples[BEFORE : BEFORE + count * FRAME].reshape(count, FRAME), out=rows)
    steps = np.diff(samples)
    rows[:, _JERKS] = _jerks(steps[BEFORE : BEFORE + count * FRAME + 1])
    rows[:, _COPIED] = _copied(steps[: BEFORE + count * FRAME])
    return rows


def _waveform(frames: Rows, *, out: Rows) -> None:
    """Write what is read off the samples themselves."""
    slices = frames.reshape(-1, SLICES, SLICE)
    highest, lowest = slices.max(axis=2), slices.min(axis=2)
    out[:, _PEAKS] = np.maximum(highest, -lowest)
    out[:, _WAVE] = (frames.reshape(-1, WAVE_STEP) @ _EIGHT_ONES).reshape(len(frames), -1)
    top, bottom = highest.max(axis=1), lowest.min(axis=1)
    out[:, _TOP], out[:, _BOTTOM] = top, bottom
    # One 16-bit step is the least that can be told apart.
    flat, crown = np.maximum(1.0, PLATEAU * (top - bottom)), CROWN * (top - bottom)
    out[:, _FLAT_TOP] = _in_plateaus(frames >= (top - flat)[:, None])
    out[:, _FLAT_BOTTOM] = _in_plateaus(frames <= (bottom + flat)[:, None])
    out[:, _CROWN_TOP] = np.count_nonzero(frames >= (top - crown)[:, None], axis=1)
    out[:, _CROWN_BOTTOM] = np.count_nonzero(frames <= (bottom + crown)[:, None], axis=1)


def _spectral(windows: Rows, *, out: Rows) -> None:
    """Write the bands and the images."""
    centred = windows - windows.mean(axis=1, keepdims=True)
    centred *= _HANN
    parts = np.fft.rfft(centred, axis=1)[:, 1:].view(np.float32)
    parts *= parts
    # A product per frame, always of one shape: how many frames come at once can't change a bit of it.
    bands = parts.reshape(len(windows), BANDS, -1) @ _ONES
    bands *= _SCALE
    bands += _LEAST_POWER
    out[:, :BANDS] = bands
    out[:, _IMAGES] = _images(parts[:, ::2] + parts[:, 1::2])


def _images(power: Rows) -> Rows:
    """Compare the detail on both sides of every fold: the share of bins that bulge in both or in neither, -1 to 1.

    A bin bulges when it stands above the geometric mean of its neighbours.
    """
    power += _HISS
    bulges = power[:, 1:-1] ** 2 > power[:, :-2] * power[:, 2:]
    alike = np.empty((len(power), len(FOLDS), _SIDE), np.bool_)
    for number, (below, above) in enumerate(_SIDES):
        np.equal(bulges[:, below], bulges[:, above], out=alike[:, number])
    return np.asarray(2 / _SIDE * np.count_nonzero(alike, axis=2) - 1, np.float32)


def _jerks(steps: Rows) -> Rows:
    jerks = np.diff(steps)
    largest: Rows = np.abs(jerks, out=jerks).reshape(-1, SLICES, SLICE).max(axis=2)
    return largest


def _copied(steps: Rows) -> NDArray[np.bool_]:
    """Find the slices that came before, as loud or louder; differences know no offset."""
    slices = steps.reshape(-1, SLICE)[:, :-1]  # without the step to the next slice, which may be no copy
    power = np.einsum("si,si->s", slices, slices)
    first = BEFORE // SLICE
    here, copied = slices[first:], np.zeros(len(slices) - first, np.bool_)
    for lag in COPY_LAGS:
        source = slice(first - lag // SLICE, -lag // SLICE)
        alike = np.einsum("si,si->s", here, slices[source])
        unlike = power[first:] - alike * alike / (power[source] + _NOTHING)
        copied |= (unlike < UNLIKE * power[first:] + SLICE * ROUNDED) & (alike > 0)
    copied &= power[first:] > SLICE * COPY_RMS**2
    return copied.reshape(-1, SLICES)


def _in_plateaus(flat: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Count, per row, the samples that belong to a run of three or more True."""
    threes = flat[:, 2:] & flat[:, 1:-1] & flat[:, :-2]
    begins = np.count_nonzero(threes[:, 1:] > threes[:, :-1], axis=1) + threes[:, 0]
    # A run of n samples holds n - 2 threes.
    counts: NDArray[np.intp] = np.count_nonzero(threes, axis=1) + 2 * begins
    return counts
