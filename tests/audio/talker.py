"""A talker made of arithmetic: pulses through three formants, cut into syllables."""

import numpy as np

from audio.values import RATE


def talk(seconds=2.5, pitch_hz=120.0, swing=0.1, syllables_per_s=4.0, tilt=0.97, seed=1):
    """Return int16 samples of a babbling voice; `tilt` nearer to 1 is duller."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE)) / RATE
    melody = pitch_hz * (1 + swing * np.sin(2 * np.pi * 0.7 * time + rng.uniform(0, 6)))
    phase = np.cumsum(melody) / RATE
    pulses = np.diff(np.floor(phase), prepend=0.0) + 0.003 * rng.standard_normal(len(time))
    voice = _resonate(pulses, 0, tilt, pole=tilt)
    for hertz, width in ((600, 80), (1300, 100), (2500, 150)):
        voice = _resonate(voice, hertz, width)
    syllable = np.sin(np.pi * syllables_per_s * time) ** 2
    voice *= np.where(syllable > 0.15, syllable, 0.002) / np.abs(voice).max()
    breath = 0.002 * rng.standard_normal(len(time))
    return np.round((voice + breath) * 16000).astype(np.int16)


def _resonate(signal, hertz, width, pole=None):
    """Filter by a resonance (or by one real pole), through the spectrum to need no loop."""
    size = 1 << (2 * len(signal)).bit_length()
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    if pole is None:
        radius = np.exp(-np.pi * width / RATE)
        response = 1 / (1 - 2 * radius * np.cos(2 * np.pi * hertz / RATE) * z + radius**2 * z**2)
    else:
        response = 1 / (1 - pole * z)
    return np.fft.irfft(np.fft.rfft(signal, size) * response, size)[: len(signal)]
