"""What lies between a mouth and us: rooms, noises, telephones, gains.

EmoDB was recorded in one anechoic room with one microphone. Training on it as it is teaches that room; so each
pass of training sends every speaker through another random channel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.resample import Resampler
from audio.values import RATE

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Channel:
    """One session's way to us; the default changes nothing."""

    speed: float = 1.0
    """Faster and higher by this factor: another vocal tract, another pace."""
    tilt_db: float = 0.0
    """Per octave, around 1 kHz: the microphone's colour."""
    reverb_s: float = 0.0
    """Time in which the room's answer falls by 60 dB."""
    reverb_ratio: float = 0.0
    """Amplitude of the room's answer over the direct sound."""
    snr_db: float | None = None
    noise_tilt_db: float = 0.0
    """Per octave: 0 white, -3 pink, -6 brown."""
    low_pass_hz: float | None = None
    """Where a coder or a cheap microphone ends."""
    telephone: bool = False
    """250 to 3400 Hz and 8-bit mu-law."""
    gain_db: float = 0.0


def draw(rng: np.random.Generator) -> Channel:
    """Draw a channel: some rooms, noise, narrow bands and telephones, always another colour, pace and gain."""
    narrow = rng.random() < 0.35
    return Channel(
        speed=rng.uniform(0.87, 1.15),
        tilt_db=rng.uniform(-5, 5),
        reverb_s=rng.uniform(0.15, 0.6),
        reverb_ratio=rng.uniform(0.15, 0.7) if rng.random() < 0.4 else 0.0,
        snr_db=rng.uniform(10, 35) if rng.random() < 0.7 else None,
        noise_tilt_db=rng.uniform(-6, 0),
        telephone=rng.random() < 0.2,
        # Only downwards, from the 6 dB of headroom that `through` makes: EmoDB's clips peak at full scale.
        gain_db=rng.uniform(-20, 0),
        low_pass_hz=rng.uniform(3400, 8000) if narrow else None,
    )


def through(channel: Channel, samples: NDArray[np.int16], rng: np.random.Generator) -> NDArray[np.int16]:
    """Send a clip through `channel`; `rng` makes its noise. The default channel returns `samples`."""
    if channel == Channel():
        return samples
    if channel.low_pass_hz is not None:
        samples = _narrowed(samples, channel.low_pass_hz)
    signal = _respeed(samples, channel.speed).astype(float) / 2
    if channel.tilt_db:
        signal = filtered(signal, lambda hertz: _tilt(hertz, channel.tilt_db))
    if channel.reverb_ratio:
        signal = signal + channel.reverb_ratio * _room(signal, channel.reverb_s, rng)
    if channel.snr_db is not None:
        noise = filtered(rng.standard_normal(len(signal)), lambda hertz: _tilt(hertz, channel.noise_tilt_db))
        signal = signal + noise * (rms(signal) / rms(noise) * 10 ** (-channel.snr_db / 20))
    if channel.telephone:
        signal = _companded(filtered(signal, _telephone_band))
    return quantized(signal * 10 ** (channel.gain_db / 20))


def _narrowed(samples: NDArray[np.int16], edge_hz: float) -> NDArray[np.int16]:
    """Low-pass of twelfth order: the recording itself, before its colour, its room and its noise."""
    return quantized(filtered(samples.astype(float), lambda hertz: 1 / np.sqrt(1 + (hertz / edge_hz) ** 24)))


def quantized(signal: Floats) -> NDArray[np.int16]:
    """Round and clip to 16 bits."""
    return np.clip(np.round(signal), -32768, 32767).astype(np.int16)


def rms(signal: Floats) -> float:
    """Return the root mean square."""
    return float(np.sqrt(np.mean(signal**2)))


def _respeed(samples: NDArray[np.int16], speed: float) -> NDArray[np.int16]:
    resampler = Resampler(round(RATE * speed))
    return np.concatenate((resampler.push(samples), resampler.flush()))


def filtered(signal: Floats, response: Callable[[Floats], Floats]) -> Floats:
    """Multiply the spectrum by `response`, which maps hertz to amplitude."""
    size = 1 << (len(signal) + RATE // 4).bit_length()
    hertz: Floats = np.arange(size // 2 + 1, dtype=np.float64) * (RATE / size)
    spectrum = np.fft.rfft(signal, size) * response(hertz)
    return np.fft.irfft(spectrum, size)[: len(signal)]


def _tilt(hertz: Floats, db_per_octave: float) -> Floats:
    """Flat below 60 Hz, where there is no speech to colour."""
    gain: Floats = 10 ** (db_per_octave * np.log2(np.maximum(hertz, 60) / 1000) / 20)
    return gain


def _telephone_band(hertz: Floats) -> Floats:
    """Butterworth magnitudes: fourth order below 250 Hz, twelfth above 3400 Hz."""
    rumble = 1 + (250 / np.maximum(hertz, 1)) ** 8
    gain: Floats = 1 / np.sqrt(rumble * (1 + (hertz / 3400) ** 24))
    return gain


def _companded(signal: Floats) -> Floats:
    """Round to 8 bits on the mu-law scale (G.711's law, without its segments)."""
    full = np.clip(signal / 32768, -1, 1)
    code = np.round(np.log1p(255 * np.abs(full)) / np.log(256) * 128) / 128
    heard: Floats = np.sign(full) * (256**code - 1) / 255 * 32768
    return heard


def _room(signal: Floats, seconds: float, rng: np.random.Generator) -> Floats:
    """Answer like a diffuse room: noise that decays exponentially (Polack, 1988)."""
    length = int(seconds * RATE)
    answer = rng.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    size = 1 << (len(signal) + length).bit_length()
    product = np.fft.rfft(signal, size) * np.fft.rfft(answer / np.sqrt(np.sum(answer**2)), size)
    return np.fft.irfft(product, size)[: len(signal)]
