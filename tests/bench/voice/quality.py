"""Audio quality against WADA-SNR: does a figure follow damage of every kind?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np

from audio.quality import measure
from audio.values import RATE
from tests.bench.voice import spoil
from tests.bench.voice.speech import Wave, synthetic

# ---------------------------------------------------------------- the yardstick

_SHAPE = 0.4
"""Of the gamma distribution that clean speech amplitudes follow."""


@cache
def _wada_table() -> tuple[Wave, Wave]:
    """The statistic for every SNR from -20 to 60 dB, from samples of the model instead of the paper's table."""
    rng = np.random.default_rng(0)
    speech = rng.gamma(_SHAPE, 1, 200_000) * rng.choice((-1, 1), 200_000)
    speech /= speech.std()
    noise = rng.standard_normal(len(speech))
    snr = np.arange(-20.0, 61.0)
    statistic = np.array([_wada_statistic(speech + noise * 10 ** (-db / 20)) for db in snr])
    return np.maximum.accumulate(statistic), snr


def _wada_statistic(samples: Wave) -> float:
    amplitude = np.maximum(np.abs(samples), 1e-10)
    return float(np.log(amplitude.mean()) - np.log(amplitude).mean())


def wada_snr(samples: Wave) -> float:
    """Estimate SNR, dB, from the distribution of amplitudes (Kim and Stern, Interspeech 2008)."""
    return float(np.interp(_wada_statistic(samples), *_wada_table()))


# ---------------------------------------------------------------- damage

KINDS: dict[str, tuple[float, ...]] = {
    "white": (40, 30, 20, 10, 5, 0),
    "babble": (40, 30, 20, 10, 5, 0),
    "hum": (40, 30, 20, 10, 5, 0),
    "clipping": (1.0, 0.5, 0.3, 0.15, 0.08),
    "low-pass": (8000, 5000, 3400, 2500, 1500),
    "lost packets": (0, 0.02, 0.05, 0.1, 0.2),
    "level": (-24, -35, -45, -55, -65),
    "reverberation": (0, 0.3, 0.6, 1.0, 1.5),
    "echo": (-np.inf, -24, -18, -12, -6),
    "clicks": (0, 1, 3, 8, 20),
    "copied packets": (0, 0.02, 0.05, 0.1, 0.2),
    "few bits": (16, 9, 7, 6, 5),
    "thin spectra": (1.0, 0.3, 0.15, 0.08, 0.04),
    "no filter": (16000, 12000, 8000, 6000, 4000),
}
"""From harmless to worst: dB, dB, dB, share of the peak, Hz, share, dBFS, seconds of T60, dB, a second, share, bits,
share, samples a second."""

NOISES = ("white", "babble", "hum")

MARGIN = RATE * 3 // 10
"""Samples on either side of the speech: 300 ms, as every utterance of a session has."""


def damaged(speech: Wave, kind: str, amount: float, others: Sequence[Wave], seed: int) -> Wave:
    """Spoil speech and record it with 16 bits."""
    rng = np.random.default_rng(seed)
    noises = {"white": spoil.white, "hum": spoil.hum, "babble": spoil.babble(others)}
    ways: dict[str, Callable[[], Wave]] = {
        "clipping": lambda: spoil.clipped(speech, amount),
        "low-pass": lambda: spoil.low_pass(speech, amount),
        "lost packets": lambda: spoil.lossy(speech, amount, rng),
        "level": lambda: spoil.at_level(speech, 10 ** (amount / 20)),
        "reverberation": lambda: spoil.reverberant(speech, amount, rng),
        "echo": lambda: spoil.echoing(speech, amount, rng),
        "clicks": lambda: spoil.crackling(speech, amount, rng),
        "copied packets": lambda: spoil.concealed(speech, amount, rng),
        "few bits": lambda: spoil.coarse(speech, amount),
        "thin spectra": lambda: spoil.thinned(speech, amount),
        "no filter": lambda: spoil.held(speech, amount),
    }
    if kind in noises:
        return spoil.recorded(spoil.mixed(speech, noises[kind](len(speech), rng), amount))
    return spoil.recorded(ways[kind]())


# ---------------------------------------------------------------- the run


def _score(samples: Wave) -> float:
    return measure(samples.astype(np.float32)).score or 0.0


def _snr(samples: Wave) -> float:
    snr_db = measure(samples.astype(np.float32)).snr_db
    return float("nan") if snr_db is None else snr_db


def _everything(count: int) -> list[tuple[str, int, Wave]]:
    """All damage to all items: kind, step, samples."""
    rng = np.random.default_rng(1)
    # A room's own noise, 50 dB below the voice: digital silence between words would tell any estimator everything.
    padded = [np.pad(voice, MARGIN) for voice in synthetic()[:count]]
    voices = [spoil.mixed(voice, spoil.white(len(voice), rng), 50) for voice in padded]
    made = []
    for number, voice in enumerate(voices):
        others = voices[:number] + voices[number + 1 :]
        for kind, amounts in KINDS.items():
            for step, amount in enumerate(amounts):
                made.append((kind, step, damaged(voice, kind, amount, others, 100 * number + step)))
    return made


def tables(count: int) -> Iterator[str]:
    """Yield Markdown, line by line."""
    made = _everything(count)
    seconds = sum(len(samples) for *_, samples in made) / RATE
    voices = len(made) // sum(map(len, KINDS.values()))
    yield f"{voices} items, {len(made)} files, {seconds:.0f} s. Rank correlation with the damage, 1 is right:\n"
    yield f"| measure | {' | '.join(KINDS)} | all | CPU ms per s | ratio |"
    yield "|---" * (len(KINDS) + 4) + "|"
    base_ms = 0.0
    for name, judge in (("Earshot score", _score), ("WADA-SNR", wada_snr)):
        judge(made[0][2])
        began = time.process_time()
        values = [judge(samples) for *_, samples in made]
        cost_ms = 1000 * (time.process_time() - began) / seconds
        base_ms = base_ms or cost_ms
        yield f"| {name} | {_correlations(made, values)} | {cost_ms:.2f} | {cost_ms / base_ms:.2f} |"
    yield "\nThe SNR itself, dB: median error, and median distance from the truth in brackets:\n"
    amounts = (20.0, 10.0, 5.0, 0.0)
    headings = [f"{kind} {amount:g}" for kind in NOISES for amount in amounts]
    yield f"| estimate | {' | '.join(headings)} |"
    yield "|---" * (len(headings) + 1) + "|"
    for name, estimate in (("Earshot snr_db", _snr), ("WADA-SNR", wada_snr)):
        yield f"| {name} | {' | '.join(_errors(made, estimate, amounts))} |"


def _correlations(made: Sequence[tuple[str, int, Wave]], values: Sequence[float]) -> str:
    cells = []
    for kind in KINDS:
        picked = [(-step, value) for (name, step, _), value in zip(made, values, strict=True) if name == kind]
        cells.append(spearman(*zip(*picked, strict=True)))
    severity = [-step / (len(KINDS[kind]) - 1) for kind, step, _ in made]
    return " | ".join(f"{cell:.2f}" for cell in [*cells, spearman(severity, values)])


def _errors(
    made: Sequence[tuple[str, int, Wave]], estimate: Callable[[Wave], float], amounts: Sequence[float]
) -> Iterator[str]:
    for kind in NOISES:
        for amount in amounts:
            step = KINDS[kind].index(amount)
            found = np.array([estimate(samples) for name, at, samples in made if (name, at) == (kind, step)])
            yield f"{np.nanmedian(found - amount):+.1f} ({np.nanmedian(np.abs(found - amount)):.1f})"


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    """Rank correlation; equal values share their mean rank, and what never changes follows nothing."""
    first, second = _ranks(one), _ranks(other)
    if not (np.ptp(first) and np.ptp(second)):
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _ranks(values: Sequence[float]) -> Wave:
    _, place, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - counts / 2)[place]
