"""An analysis in words, and as JSON lines with the names that finals have on the wire."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from audio.analysis import Analysis, Utterance
from audio.annotations import rounded, voice_json
from audio.emotion import MIN_SPEECH_S, UNCERTAIN
from audio.values import RATE, Emotion, Final, Quality, Reason, VoiceSummary, to_ms

# ---------------------------------------------------------------- for people

_ENDS = {
    Reason.SILENCE: "silence",
    Reason.MAX_LENGTH: "its maximum length",
    Reason.STOP: "the end of the file",
}
"""The other reasons need a client."""


def lines(analysis: Analysis) -> Iterator[str]:
    """Describe a file and its utterances."""
    yield f"{analysis.name}: {_seconds(len(analysis.samples))}, {analysis.sample_rate} Hz, {_channels(analysis)}"
    for utterance in analysis.utterances:
        yield from _utterance(utterance)
    yield f"whole file: {_whole(analysis)}"


def _utterance(utterance: Utterance) -> Iterator[str]:
    final = utterance.final
    span = f"{final.start / RATE:.2f} to {final.end / RATE:.2f} s"
    yield f"{final.utterance}. {span}, ended by {_ENDS[final.reason]}"
    if final.text:
        yield f"   text     {final.text}"
    yield f"   pitch    {pitch(final.voice)}"
    yield f"   emotion  {emotion(final.voice.emotion)}"
    yield f"   quality  {quality(final.voice.quality)}"
    for warning in utterance.warnings:
        yield f"   warning  {warning.code}: {warning.message}"


def pitch(voice: VoiceSummary) -> str:
    """Put the pitch of an utterance into words."""
    if voice.pitch_hz is None or voice.pitch_range_st is None:
        return "no voiced sound"
    span = f"{voice.pitch_min_hz:.0f} to {voice.pitch_max_hz:.0f} Hz"
    return (
        f"{voice.pitch_hz:.0f} Hz, range {voice.pitch_range_st:.1f} semitones ({span}), "
        f"voiced {voice.voiced_ratio:.0%}"
    )


def emotion(heard: Emotion | None) -> str:
    """Put the vocal expression of an utterance into words."""
    if heard is None:
        return f"none: less than {MIN_SPEECH_S:g} s of voiced speech"
    arousal = f"arousal {heard.arousal:.2f}"
    if heard.label != UNCERTAIN:
        return f"{heard.label}, confidence {heard.confidence:.2f}; {arousal}"
    best = max(heard.scores, key=lambda score: score[1])[0]
    return f"{UNCERTAIN}, nearest is {best} at {heard.confidence:.2f}; {arousal}"


def quality(heard: Quality | None) -> str:
    """Put the audio quality of an utterance into words, with all its parts."""
    if heard is None or heard.score is None:
        return "unknown: too little speech"
    parts = (
        _known("SNR {:.0f} dB", heard.snr_db),
        _known("level {:.0f} dBFS", heard.level_dbfs),
        _known("bandwidth {:.0f} Hz", heard.bandwidth_hz),
        f"clipping {heard.clipping:.1%}",
        f"dropouts {heard.dropouts:.1%}",
        _known("reverberation {:.2f}", heard.reverberation),
    )
    return f"{heard.score:.2f}; {', '.join(parts)}"


def _known(form: str, value: float | None) -> str:
    return f"{form.split()[0]} unknown" if value is None else form.format(value)


def _whole(analysis: Analysis) -> str:
    whole = _figures(analysis)
    count = len(analysis.utterances)
    if not count:
        return "no speech"
    spoken = f"{count} {'utterance' if count == 1 else 'utterances'}, {whole['spoken_ms'] / 1000:.2f} s"
    middle = "no pitch" if whole["pitch_hz"] is None else f"pitch {whole['pitch_hz']:.0f} Hz"
    voiced = f"voiced {whole['voiced_ratio']:.0%}"
    good = "quality unknown" if whole["audio_quality"] is None else f"quality {whole['audio_quality']:.2f}"
    codes = ", ".join(whole["warnings"]) or "none"
    return f"{spoken}; {middle}, {voiced}; {good}; warnings: {codes}"


def _seconds(samples: int) -> str:
    return f"{samples / RATE:.2f} s"


def _channels(analysis: Analysis) -> str:
    return {1: "mono", 2: "stereo"}.get(analysis.channels, f"{analysis.channels} channels")


# ---------------------------------------------------------------- for programs


def json_lines(analysis: Analysis) -> Iterator[str]:
    """One object per utterance and one for the whole file; what isn't known is null."""
    for utterance in analysis.utterances:
        yield json.dumps(_utterance_json(utterance), ensure_ascii=False, allow_nan=False)
    yield json.dumps(_figures(analysis), ensure_ascii=False, allow_nan=False)


def _utterance_json(utterance: Utterance) -> dict[str, Any]:
    final = utterance.final
    return {
        "type": "utterance",
        "utterance": final.utterance,
        "text": final.text,
        "start_ms": to_ms(final.start),
        "end_ms": to_ms(final.end),
        "reason": final.reason,
        **voice_json(final.voice),
        "warnings": [{"code": said.code, "message": said.message} for said in utterance.warnings],
    }


def _figures(analysis: Analysis) -> dict[str, Any]:
    """Sum up a file: pitch over all voiced frames, quality weighted by length."""
    finals = [utterance.final for utterance in analysis.utterances]
    f0 = [frame.f0_hz for frame in analysis.pitch if frame.f0_hz is not None]
    codes = {warning.code: None for utterance in analysis.utterances for warning in utterance.warnings}
    return {
        "type": "file",
        "file": analysis.name,
        "sample_rate": analysis.sample_rate,
        "channels": analysis.channels,
        "length_ms": to_ms(len(analysis.samples)),
        "utterances": len(finals),
        "spoken_ms": to_ms(sum(final.end - final.start for final in finals)),
        "pitch_hz": rounded(float(np.median(f0)), 1) if f0 else None,
        "voiced_ratio": rounded(len(f0) / len(analysis.pitch), 3) if analysis.pitch else None,
        "audio_quality": rounded(_mean_quality(finals), 3),
        "warnings": list(codes),
    }


def _mean_quality(finals: Sequence[Final]) -> float | None:
    known = [
        (final.voice.quality.score, final.end - final.start)
        for final in finals
        if final.voice.quality and final.voice.quality.score is not None
    ]
    if not known:
        return None
    scores, lengths = np.array(known, np.float64).T
    return float(np.average(scores, weights=lengths))
