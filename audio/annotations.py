"""What a final carries besides its text, as JSON: the same on the wire, in the row and in the report of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from audio.values import Emotion, Final, Quality, VoiceSummary, Word, from_ms, to_ms


def words_json(final: Final) -> list[dict[str, Any]]:
    """Write the words of a final, times in ms."""
    return [_word(word) for word in final.words]


def _word(word: Word) -> dict[str, Any]:
    return {
        "word": word.text,
        "start_ms": to_ms(word.start),
        "end_ms": to_ms(word.end),
        "confidence": rounded(word.confidence, 3),
    }


def voice_json(voice: VoiceSummary) -> dict[str, Any]:
    """Write the voice of an utterance; what isn't known is null."""
    quality = voice.quality
    return {
        "pitch_hz": rounded(voice.pitch_hz, 1),
        "pitch_min_hz": rounded(voice.pitch_min_hz, 1),
        "pitch_max_hz": rounded(voice.pitch_max_hz, 1),
        "pitch_range_st": rounded(voice.pitch_range_st, 2),
        "voiced_ratio": rounded(voice.voiced_ratio, 3),
        "emotion": _emotion(voice.emotion) if voice.emotion else None,
        "audio_quality": rounded(quality.score, 3) if quality else None,
        "snr_db": rounded(quality.snr_db, 1) if quality else None,
        "clipping": rounded(quality.clipping, 4) if quality else None,
        "level_dbfs": rounded(quality.level_dbfs, 1) if quality else None,
        "bandwidth_hz": rounded(quality.bandwidth_hz, 0) if quality else None,
        "dropouts": rounded(quality.dropouts, 4) if quality else None,
        "reverberation": rounded(quality.reverberation, 3) if quality else None,
    }


def words_of(written: Sequence[Mapping[str, Any]]) -> tuple[Word, ...]:
    """Read what `words_json` wrote."""
    return tuple(
        Word(word["word"], from_ms(word["start_ms"]), from_ms(word["end_ms"]), word["confidence"])
        for word in written
    )


def voice_of(written: Mapping[str, Any]) -> VoiceSummary:
    """Read what `voice_json` wrote."""
    emotion = written["emotion"]
    return VoiceSummary(
        **{name: written[name] for name in _PITCH},
        emotion=Emotion(**{**emotion, "scores": tuple(emotion["scores"].items())}) if emotion else None,
        quality=Quality(written["audio_quality"], **{name: written[name] for name in _QUALITY})
        if written["clipping"] is not None
        else None,
    )


_PITCH = ("pitch_hz", "pitch_min_hz", "pitch_max_hz", "pitch_range_st", "voiced_ratio")
_QUALITY = ("snr_db", "clipping", "level_dbfs", "bandwidth_hz", "dropouts", "reverberation")


def _emotion(emotion: Emotion) -> dict[str, Any]:
    return {
        "label": emotion.label,
        "confidence": rounded(emotion.confidence, 3),
        "arousal": rounded(emotion.arousal, 3),
        "scores": {label: rounded(score, 3) for label, score in emotion.scores},
    }


def rounded(value: float | None, digits: int) -> float | None:
    """More digits than the measurement has would be noise on the wire."""
    return None if value is None else round(float(value), digits)
