"""Two real talkers, and the ways to spoil them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from audio.resample import Resampler
from audio.values import FRAME, RATE
from tests.fixtures.speech_files import speech

Wave = NDArray[np.float64]
LEVEL = 0.05
"""Root mean square of the loud half of our test speech, -26 dBFS."""


def at_level(wave: Wave, level: float = LEVEL) -> Wave:
    """Bring the loud half of speech to a root mean square."""
    return wave / active_rms(wave) * level


def active_rms(wave: Wave) -> float:
    frames = wave[: len(wave) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.mean(frames**2, axis=1)
    return float(np.sqrt(power[power > power.max() * 10**-2.5].mean()))


def real_speech() -> Wave:
    """Two real talkers, one after the other, 4.9 s."""
    resampler = Resampler(speech("real-printing").rate)
    printing = np.concatenate([resampler.push(speech("real-printing").samples), resampler.flush()])
    talkers = (printing.astype(float), speech("real-ss").samples.astype(float))
    return np.concatenate([at_level(talker) for talker in talkers])


def pcm(wave: Wave) -> NDArray[np.int16]:
    return np.clip(np.round(wave * 32768), -32768, 32767).astype(np.int16)


CLEAN = real_speech()


def with_noise(noise: Wave, snr_db: float) -> Wave:
    return CLEAN + noise / np.sqrt(np.mean(noise**2)) * LEVEL * 10 ** (-snr_db / 20)


def white(snr_db: float) -> Wave:
    return with_noise(np.random.default_rng(1).standard_normal(len(CLEAN)), snr_db)


def babble(snr_db: float) -> Wave:
    """Four stretches of other voices at once."""
    voices = at_level(speech("all-words").samples.astype(float))
    return with_noise(np.sum([np.roll(voices, 40_000 * n)[: len(CLEAN)] for n in range(4)], axis=0), snr_db)


def hum(snr_db: float) -> Wave:
    time = np.arange(len(CLEAN)) / RATE
    return with_noise(np.sum([np.sin(2 * np.pi * 50 * n * time) / n for n in (1, 2, 3)], axis=0), snr_db)


def clipped(share: float) -> Wave:
    return at_level(np.clip(CLEAN, *(np.abs(CLEAN).max() * np.array([-share, share]))))


def low_passed(cut_off_hz: float) -> Wave:
    spectrum, hz = np.fft.rfft(CLEAN), np.fft.rfftfreq(len(CLEAN), 1 / RATE)
    return np.fft.irfft(spectrum / (1 + (hz / cut_off_hz) ** 24), len(CLEAN))


def with_lost_packets(share: float) -> Wave:
    frames = CLEAN[: len(CLEAN) // FRAME * FRAME].reshape(-1, FRAME).copy()
    frames[np.random.default_rng(2).random(len(frames)) < share] = 0
    return frames.reshape(-1)


def at_dbfs(level: float) -> Wave:
    return at_level(CLEAN, 10 ** (level / 20))


def reverberant(t60_s: float) -> Wave:
    time = np.arange(RATE) / RATE
    echoes = 0.08 * np.random.default_rng(3).standard_normal(RATE) * 10 ** (-3 * time / t60_s)
    echoes[0] = 1
    size = len(CLEAN) + RATE
    wet = np.fft.irfft(np.fft.rfft(CLEAN, size) * np.fft.rfft(echoes, size), size)
    return at_level(wet[: len(CLEAN)])


def with_echo(amplitude: float, delay_s: float = 0.2) -> Wave:
    """One copy later."""
    late = np.zeros(len(CLEAN))
    late[round(delay_s * RATE) :] = CLEAN[: -round(delay_s * RATE)]
    return at_level(CLEAN + amplitude * late)


def with_clicks(per_s: float) -> Wave:
    """Clicks of 1 ms, a third to all of the peak."""
    random = np.random.default_rng(4)
    clicked = CLEAN.copy()
    for at in random.choice(len(CLEAN) - 16, round(per_s * len(CLEAN) / RATE), replace=False):
        height = random.uniform(0.3, 1) * np.abs(CLEAN).max()
        clicked[at : at + 16] += random.choice((-1, 1)) * height * np.exp(-np.arange(16) / 3)
    return clicked


def with_copied_packets(share: float) -> Wave:
    """Lost packets are filled with the one before, a little softer."""
    packets = CLEAN[100 : len(CLEAN) // FRAME * FRAME - FRAME + 100].reshape(-1, FRAME).copy()
    for lost in np.flatnonzero(np.random.default_rng(5).random(len(packets)) < share):
        packets[lost] = 0.8 * packets[lost - 1]
    return np.concatenate((CLEAN[:100], packets.reshape(-1)))


def held(rate: int) -> Wave:
    """Brought to a lower rate and back without any filter: every sample is held until the next."""
    return CLEAN[np.arange(len(CLEAN)) * rate // RATE * RATE // rate]


def thinned(share: float, wave: Wave = CLEAN) -> Wave:
    """Keep the strongest share of each spectrum only, as codecs of few bits do."""
    size = 512
    window = np.hanning(size + 1)[:-1]
    thin = np.zeros(len(wave))
    for at in range(0, len(wave) - size, size // 2):
        spectrum = np.fft.rfft(wave[at : at + size])
        weakest = np.argsort(np.abs(spectrum))[: round((1 - share) * len(spectrum))]
        spectrum[weakest] = 0
        thin[at : at + size] += window * np.fft.irfft(spectrum, size)
    return thin


DAMAGES: dict[str, tuple[Callable[[float], Wave], Sequence[float]]] = {
    "white noise": (white, (30, 20, 10, 0)),
    "babble": (babble, (30, 20, 10, 0)),
    "hum": (hum, (30, 20, 10, 0)),
    "clipping": (clipped, (0.5, 0.25, 0.1)),
    "low pass": (low_passed, (4000, 2500, 1500)),
    "lost packets": (with_lost_packets, (0.02, 0.1, 0.3)),
    "quietness": (at_dbfs, (-40, -50, -60)),
    "reverberation": (reverberant, (0.2, 0.5, 1.0)),
}

TRACES: dict[str, tuple[Callable[[float], Wave], Sequence[float]]] = {
    "echo": (with_echo, (0.15, 0.3, 0.6)),
    "clicks": (with_clicks, (1, 4, 15)),
    "copied packets": (with_copied_packets, (0.05, 0.15, 0.3)),
    "thin spectra": (thinned, (0.3, 0.1)),
    "no filter": (lambda hertz: held(round(hertz)), (8000, 4000)),
}
"""What whole utterances are searched for, and not the last few seconds."""
