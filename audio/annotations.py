"""What a final carries besides its text, as JSON: the same on the wire, in the row and in the report of a file."""

from __future__ import annotations

from typing import Any

from audio.values import Emotion, Final, VoiceSummary, Word, to_ms


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
