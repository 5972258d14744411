"""Which frames are the talker's speech: webrtcvad knows voices, the level gate knows whose."""

from __future__ import annotations

from math import log10

import numpy as np
import webrtcvad
from numpy.typing import NDArray

from audio.level_gate import LevelGate
from audio.likeness import Likeness, Spectra
from audio.values import FRAME, RATE, VadFrame

_MODE = 3
"""webrtcvad's most sceptical: mode 0 calls 74 % of the frames of 10 dB hum speech, mode 3 6 %."""

_BAND = slice(250 * FRAME // RATE, 4000 * FRAME // RATE)
"""Spectral lines of 250 to 4000 Hz: above hum and rumble, inside what a telephone carries of a voice."""

_FRAME_BYTES = FRAME * 2

_HANN = np.hanning(FRAME).astype(np.float32)

_MEAN = 1 / (FRAME * 32768.0**2)
"""From a sum of squared int16 samples to the power of the frame, 1 being full scale."""

_BAND_MEAN = _MEAN * 2 / float(np.sum(_HANN**2))
"""The same from the spectrum: half of it is seen, and the window takes its share."""

_DIGITAL_SILENCE = 1e-10
"""Power, -100 dBFS."""

_QUIET_DB, _VERY_QUIET_DB = -32.0, -38.0
"""webrtcvad is deaf to speech below -45 dBFS. Sessions that never get louder than this (dBFS) are shifted up for it
by one bit or two, 6 or 12 dB. No sample overflows: one alone in its frame is 25 dB above the frame's level."""

_QUIETER_DB = 0.04
"""Per frame, 2 dB/s: how fast the loudest is forgotten."""


class Vad:
    """Judges one session's frames in order. Each frame is scored once: webrtcvad adapts with every call."""

    def __init__(self) -> None:
        self._detector = webrtcvad.Vad(_MODE)
        self._gate = LevelGate()
        self._likeness = Likeness()
        self._loudest = -100.0

    def push(self, frames: NDArray[np.int16]) -> list[VadFrame]:
        """Judge frames of 20 ms at 16 kHz, shape (n, 320); the grouping into calls changes nothing."""
        levels, band_levels, lines = _levels(frames)
        likenesses = self._likeness.push(lines)
        pcm = frames.tobytes()
        verdicts = []
        for i, level in enumerate(levels):
            at = i * _FRAME_BYTES
            voice = self._is_voice(pcm[at : at + _FRAME_BYTES], level)
            verdict = self._gate.push(band_levels[i], voice, likenesses[i])
            verdicts.append(VadFrame(verdict.speech, level, verdict.faint))
        return verdicts

    def _is_voice(self, frame: bytes, level: float) -> bool:
        self._loudest = loudest = max(self._loudest - _QUIETER_DB, level)
        if loudest < _QUIET_DB:
            bits = 2 if loudest < _VERY_QUIET_DB else 1
            frame = (np.frombuffer(frame, np.int16) << bits).tobytes()
        voice: bool = self._detector.is_speech(frame, RATE)
        return voice


def _levels(frames: NDArray[np.int16]) -> tuple[list[float], list[float], Spectra]:
    """Return each frame's level and its level in the band, dBFS, and the spectral lines of the band."""
    samples = frames.astype(np.float32)
    lines = np.fft.rfft(samples * _HANN)[:, _BAND]
    parts = lines.view(np.float32)  # real and imaginary, side by side: one product squares and sums both
    powers = np.vecdot(samples, samples).tolist()
    band_powers = np.vecdot(parts, parts).tolist()
    levels = [_dbfs(power * _MEAN) for power in powers]
    return levels, [_dbfs(power * _BAND_MEAN) for power in band_powers], lines


def _dbfs(power: float) -> float:
    return 10 * log10(power + _DIGITAL_SILENCE)
