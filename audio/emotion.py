"""Vocal expression per utterance: what the voice sounds like, not what the talker feels.

The label is a guess that says how sure it is; arousal (calm to excited) is the sounder of the two numbers.
docs/emotion-model-card.md has what both are worth, where they fail and what they must not be used for.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from audio.emotion_bands import BandPowers
from audio.emotion_features import Description, describe
from audio.emotion_model import Baseline, EmotionModel, load
from audio.values import Emotion, PitchFrame

UNCERTAIN = "uncertain"

CONFIDENT = 0.6
"""Below this confidence the label is `uncertain`: four or five in ten of such labels would be wrong."""

MIN_SPEECH_S = 1.5
"""Voiced speech, gaps inside words included, without which there is no judgement: with 1 s a label of an unseen
talker is right 4 to 6 points less often than with 1.5 s."""

STEADY_ST = 0.3
"""Semitones of standard deviation: a whistle or a dial tone holds its pitch better than any talker. The most
monotonous clip of the training corpus has 0.6."""

_model = cache(load)


class EmotionMeter:
    """Judges one session's utterances. One per session: it keeps the running baseline of this talker."""

    def __init__(self, model: EmotionModel | None = None) -> None:
        """Begin with the training speakers as the baseline; `model` is the shipped one unless given."""
        self._model = model or _model()
        self._baseline = Baseline(self._model.prior)
        self._powers = BandPowers()
        self._judged: tuple[NDArray[np.float64], float, NDArray[np.float64]] | None = None
        """The features of the utterance, its seconds of speech, and its features relative to the baseline."""

    def push(self, samples: NDArray[np.int16]) -> None:
        """Hear more of the open utterance, mono at 16 kHz; how it is cut into calls doesn't matter."""
        self._powers.push(samples)

    def utterance(self, pitch: Sequence[PitchFrame]) -> Emotion | None:
        """Judge what was pushed since `reset`; None with less than `MIN_SPEECH_S` of voiced speech or a mere tone.

        `pitch` is the tracker's track of the same audio, times from the utterance's first sample. May be called
        again after more audio.
        """
        self._judged = None
        described = describe(self._powers.values(), pitch)
        if described is None or not _is_voice(described):
            return None
        features = self._model.vector(described.features)
        relative = self._baseline.relative(features)
        self._judged = features, described.speech_s, relative
        probabilities, arousal = self._model.judge(relative)
        best = int(probabilities.argmax())
        confidence = float(probabilities[best])
        return Emotion(
            label=self._model.labels[best] if confidence >= CONFIDENT else UNCERTAIN,
            confidence=confidence,
            arousal=arousal,
            scores=tuple(zip(self._model.labels, probabilities.tolist(), strict=True)),
        )

    def reset(self) -> None:
        """Begin the next utterance; the baseline takes in the one just judged."""
        if self._judged:
            features, seconds, relative = self._judged
            self._baseline.take(features, seconds, self._model.network.shares(relative))
        self._judged = None
        self._powers.reset()


def _is_voice(described: Description) -> bool:
    return described.speech_s >= MIN_SPEECH_S and described.features["pitch_deviation"] >= STEADY_ST
