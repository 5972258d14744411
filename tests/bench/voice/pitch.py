"""Pitch against Praat, pYIN and WORLD on speech of known pitch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from audio.pitch import PitchTracker
from audio.values import HOP, RATE
from tests.bench.voice import spoil
from tests.bench.voice.speech import Item, Wave, items

LOWEST, HIGHEST = 60.0, 500.0
STEP_S = HOP / RATE
PUSH = 320
"""Samples in one push, 20 ms: as a microphone sends."""

Track = tuple[NDArray[np.floating], NDArray[np.floating]]
"""Times in seconds and hertz; NaN or 0 where unvoiced."""


# ---------------------------------------------------------------- trackers


def earshot(samples: Wave) -> Track:
    tracker = PitchTracker()
    pcm = np.round(samples * 32768).clip(-32768, 32767).astype(np.int16)
    frames = [
        frame for start in range(0, len(pcm), PUSH) for frame in tracker.push(pcm[start : start + PUSH])
    ]
    frames += tracker.flush()
    return np.array([frame.at / RATE for frame in frames]), np.array([frame.f0_hz or 0.0 for frame in frames])


def praat(samples: Wave) -> Track:
    """Boersma's autocorrelation with its usual settings."""
    parselmouth = import_module("parselmouth")
    sound = parselmouth.Sound(samples, RATE)
    pitch = sound.to_pitch_ac(time_step=STEP_S, pitch_floor=LOWEST, pitch_ceiling=HIGHEST)
    return pitch.xs(), pitch.selected_array["frequency"]


def praat_tuned(samples: Wave) -> Track:
    """The same, readier to hear a voice: better in noise."""
    parselmouth = import_module("parselmouth")
    sound = parselmouth.Sound(samples, RATE)
    pitch = sound.to_pitch_ac(
        time_step=STEP_S,
        pitch_floor=LOWEST,
        pitch_ceiling=HIGHEST,
        voicing_threshold=0.25,
        silence_threshold=0.01,
    )
    return pitch.xs(), pitch.selected_array["frequency"]


def pyin(samples: Wave) -> Track:
    librosa = import_module("librosa")
    hertz, _, _ = librosa.pyin(samples, fmin=LOWEST, fmax=HIGHEST, sr=RATE, hop_length=HOP, frame_length=1024)
    return np.arange(len(hertz)) * STEP_S, hertz


def harvest(samples: Wave) -> Track:
    pyworld = import_module("pyworld")
    hertz, times = pyworld.harvest(
        samples, RATE, f0_floor=LOWEST, f0_ceil=HIGHEST, frame_period=1000 * STEP_S
    )
    return times, hertz


def dio(samples: Wave) -> Track:
    pyworld = import_module("pyworld")
    rough, times = pyworld.dio(samples, RATE, f0_floor=LOWEST, f0_ceil=HIGHEST, frame_period=1000 * STEP_S)
    return times, pyworld.stonemask(samples, rough, times, RATE)


TRACKERS: dict[str, tuple[Callable[[Wave], Track], str]] = {
    "Earshot": (earshot, ""),
    "Praat": (praat, "praat-parselmouth"),
    "Praat, tuned": (praat_tuned, "praat-parselmouth"),
    "pYIN (librosa)": (pyin, "librosa"),
    "WORLD Harvest": (harvest, "pyworld"),
    "WORLD DIO": (dio, "pyworld"),
}
"""With the package that each one needs."""


# ---------------------------------------------------------------- scores


@dataclass(slots=True)
class Score:
    """Frames counted over any number of items; a frame that doesn't count is in none of them."""

    voiced: int = 0
    """In truth."""
    both: int = 0
    """and by the tracker too."""
    right: int = 0
    """Of those, within 50 cents."""
    gross: int = 0
    """Of those, more than 20 % off."""
    mistaken: int = 0
    """Voiced by one, unvoiced by the other."""
    counted: int = 0
    medians: int = 0
    """Items whose median is within 50 cents."""
    items: int = 0

    def add(self, item: Item, track: Track) -> None:
        found = on_grid(track, len(item.f0_hz))
        true = item.f0_hz
        is_voiced, says_voiced = (true > 0) & item.counts, (found > 0) & item.counts
        both = is_voiced & says_voiced
        ratio = found[both] / true[both]
        self.voiced += int(is_voiced.sum())
        self.both += int(both.sum())
        self.right += int(np.count_nonzero(np.abs(np.log2(ratio)) <= 50 / 1200))
        self.gross += int(np.count_nonzero(np.abs(ratio - 1) > 0.2))
        self.mistaken += int(np.count_nonzero(is_voiced != says_voiced))
        self.counted += int(item.counts.sum())
        self.items += 1
        if (found > 0).any():
            # In frames that don't count there is hardly a pitch to hear, so they can't make the true median.
            off = np.log2(np.median(found[found > 0]) / np.median(true[is_voiced]))
            self.medians += bool(abs(off) <= 50 / 1200)

    @property
    def rpa50(self) -> float:
        """Raw pitch accuracy: percent of truly voiced frames within 50 cents; a miss counts against it."""
        return 100 * self.right / max(1, self.voiced)

    @property
    def f50(self) -> float:
        """Percent; the harmonic mean of that and of the share of claimed pitches that are right."""
        return 200 * self.right / max(1, 2 * self.both + self.mistaken)

    @property
    def gpe(self) -> float:
        """Gross pitch error: percent of frames that both call voiced."""
        return 100 * self.gross / max(1, self.both)

    @property
    def vde(self) -> float:
        """Voicing decision error: percent of all frames."""
        return 100 * self.mistaken / max(1, self.counted)

    @property
    def median_right(self) -> float:
        """Percent of items."""
        return 100 * self.medians / max(1, self.items)


def on_grid(track: Track, count: int) -> Wave:
    """Take the nearest value to every 10 ms; 0 where there is none within 10 ms, or none voiced."""
    times, hertz = track
    if not len(times):
        return np.zeros(count)
    wanted = np.arange(count) * STEP_S
    nearest = np.abs(wanted[:, None] - times[None, :]).argmin(axis=1)
    close = np.abs(times[nearest] - wanted) <= STEP_S
    found: Wave = np.where(close, np.nan_to_num(hertz[nearest]), 0.0)
    return found


# ---------------------------------------------------------------- the run

CONDITIONS = (
    *("clean", "breathy", "white 10", "white 0", "babble 10", "babble 0"),
    *("hum 10", "hum 0", "telephone", "-40 dB"),
)


def spoilt(count: int) -> dict[str, list[Item]]:
    """Every item in every condition."""
    clean, breathy = list(items(count)), list(items(count, breath=0.5))
    noises = {"white": spoil.white, "hum": spoil.hum}
    made = {"clean": clean, "breathy": breathy}
    for condition in CONDITIONS[2:]:
        kind, _, snr = condition.partition(" ")
        made[condition] = []
        for number, item in enumerate(clean):
            rng = np.random.default_rng(number)
            others = [other.samples for other in clean if other is not item]
            if kind == "telephone":
                samples = spoil.telephone(item.samples)
            elif kind == "-40":
                samples = item.samples / 100
            else:
                noise = (noises.get(kind) or spoil.babble(others))(len(item.samples), rng)
                samples = spoil.mixed(item.samples, noise, float(snr))
            made[condition].append(Item(spoil.recorded(samples), item.f0_hz, item.counts))
    return made


def tables(count: int) -> Iterator[str]:
    """Run all trackers that are there; yield Markdown, line by line."""
    made = spoilt(count)
    seconds = sum(len(item.samples) for item in made["clean"]) / RATE
    yield f"{count} items, {seconds:.0f} s, in {len(CONDITIONS)} conditions. RPA50, percent:\n"
    yield f"| tracker | {' | '.join(CONDITIONS)} |"
    yield "|---" * (len(CONDITIONS) + 1) + "|"
    summaries, base_ms = [], 0.0
    for name, (tracker, package) in TRACKERS.items():
        try:
            tracker(made["clean"][0].samples)  # imports and compilers, not counted
        except ImportError:
            yield f"| {name} | missing: pip install {package} |{' |' * (len(CONDITIONS) - 1)}"
            continue
        scores, cpu_s = _run(tracker, made)
        yield f"| {name} | {' | '.join(f'{scores[c].rpa50:.1f}' for c in CONDITIONS)} |"
        cost_ms = 1000 * cpu_s / (seconds * len(CONDITIONS))
        base_ms = base_ms or cost_ms
        summaries.append(_summary(name, list(scores.values()), scores["clean"], cost_ms, base_ms))
    yield "\nOver all conditions, and what it costs:\n"
    yield "| tracker | RPA50 | F50 | GPE clean / all | VDE clean / all | median right | CPU ms per s | ratio |"
    yield "|---" * 8 + "|"
    yield from summaries


def _run(tracker: Callable[[Wave], Track], made: dict[str, list[Item]]) -> tuple[dict[str, Score], float]:
    began = time.process_time()
    tracks = {name: [tracker(item.samples) for item in spoilt] for name, spoilt in made.items()}
    cpu_s = time.process_time() - began
    scores = {name: Score() for name in made}
    for name, score in scores.items():
        for item, track in zip(made[name], tracks[name], strict=True):
            score.add(item, track)
    return scores, cpu_s


def _summary(name: str, scores: Sequence[Score], clean: Score, cost_ms: float, base_ms: float) -> str:
    names = Score.__dataclass_fields__
    whole = Score(*(sum(getattr(score, field) for score in scores) for field in names))
    return (
        f"| {name} | {whole.rpa50:.1f} | {whole.f50:.1f} | {clean.gpe:.1f} / {whole.gpe:.1f} | "
        f"{clean.vde:.1f} / {whole.vde:.1f} | {whole.median_right:.0f} % | {cost_ms:.1f} | {cost_ms / base_ms:.2f} |"
    )
