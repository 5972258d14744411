"""What travels through hearing: formats, words, and the events of a session.

Inside Earshot every time is a count of samples at `RATE` from the session's first sample: the audio clock.
Milliseconds exist on the wire and in rows only; `to_ms` and `from_ms` are the two crossings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

RATE = 16_000
"""Hertz. Everything after `resample` is mono int16 at this rate: it is what the recognizers are made for."""

FRAME = 320
"""Samples in one voice-activity frame: 20 ms, the longest that webrtcvad and telephony share."""

HOP = 160
"""Samples between two pitch values: 10 ms, the usual step of pitch trackers."""


def to_ms(samples: int) -> int:
    """Turn samples at `RATE` into whole milliseconds, rounding down."""
    return samples * 1000 // RATE


def from_ms(milliseconds: int) -> int:
    """Turn milliseconds into samples at `RATE`."""
    return milliseconds * RATE // 1000


class Encoding(StrEnum):
    """How a client writes one sample."""

    PCM_S16LE = "pcm_s16le"
    PCM_F32LE = "pcm_f32le"
    MULAW = "mulaw"
    ALAW = "alaw"


SAMPLE_BYTES = {Encoding.PCM_S16LE: 2, Encoding.PCM_F32LE: 4, Encoding.MULAW: 1, Encoding.ALAW: 1}


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """How a client sends audio."""

    sample_rate: int = RATE
    """Hertz, 8000 to 48000."""
    encoding: Encoding = Encoding.PCM_S16LE
    channels: int = 1
    """1, or 2 interleaved; two are averaged."""

    @property
    def stride(self) -> int:
        """Bytes from one instant to the next: one sample of every channel."""
        return SAMPLE_BYTES[self.encoding] * self.channels

    @property
    def bytes_per_s(self) -> int:
        """Bytes of a second of audio."""
        return self.sample_rate * self.stride


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """Audio as it came off the wire, in the session's `AudioFormat`; may end in the middle of a sample."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Word:
    """A recognized word."""

    text: str
    start: int
    """Samples on the session's clock (from the utterance's first sample inside a recognizer)."""
    end: int
    confidence: float | None = None
    """0 to 1, None where the recognizer gives none."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another reading of an utterance, as recognizers list them: best first."""

    text: str
    confidence: float
    """The recognizer's own score (Vosk: a likelihood, not a probability)."""
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a recognizer made of an utterance."""

    text: str
    words: tuple[Word, ...] = ()
    alternatives: tuple[Alternative, ...] = ()


class Reason(StrEnum):
    """Why an utterance ended."""

    SILENCE = "silence"
    FINALIZE = "finalize"
    MAX_LENGTH = "max_length"
    STALLED = "stalled"
    STOP = "stop"
    DISCONNECT = "disconnect"
    RECOVERED = "recovered"
    """The server was killed; what it had acknowledged was heard at its next start."""


@dataclass(frozen=True, slots=True)
class VadFrame:
    """The verdict on one 20 ms frame."""

    speech: bool
    """True where the talker speaks."""
    level_dbfs: float
    """Root mean square, decibels below full scale; -100.0 for digital silence."""
    faint: bool = False
    """Speech that keeps an utterance open but is too unsure to open one."""


@dataclass(frozen=True, slots=True)
class PitchFrame:
    """The pitch of one 10 ms hop."""

    at: int
    """Samples, the centre of the analysed audio."""
    f0_hz: float | None
    """60 to 500 Hz; None where unvoiced."""
    strength: float
    """0 to 1: how periodic the frame is."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How well the talker can be heard. None where there was too little speech to tell."""

    score: float | None  # 0 to 1
    snr_db: float | None
    clipping: float
    """Share of samples in clipped plateaus, 0 to 1."""
    level_dbfs: float | None
    """Active speech level."""
    bandwidth_hz: float | None
    dropouts: float
    """Share of time lost in digital gaps inside speech, 0 to 1."""
    reverberation: float | None
    """0 dry to 1 washed out."""


@dataclass(frozen=True, slots=True)
class Emotion:
    """Vocal expression, not a diagnosis: what the voice sounds like, with an honest confidence."""

    label: str
    """angry, happy, neutral, sad, or uncertain below the stated confidence."""
    confidence: float
    """Calibrated probability of the best label, 0 to 1."""
    arousal: float
    """0 calm to 1 excited."""
    scores: tuple[tuple[str, float], ...]
    """Every label with its probability."""


@dataclass(frozen=True, slots=True)
class VoiceSummary:
    """The voice of one utterance. Unvoiced is None, never 0."""

    pitch_hz: float | None = None
    """Median F0 of the voiced frames."""
    pitch_min_hz: float | None = None
    pitch_max_hz: float | None = None
    pitch_range_st: float | None = None
    """Semitones between the 5th and 95th percentile of F0."""
    voiced_ratio: float = 0.0
    """Voiced frames over all frames of the utterance."""
    emotion: Emotion | None = None
    quality: Quality | None = None


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """An utterance opened."""

    at: int
    channel: int | None = None  # from 0, where the session hears each channel on its own


@dataclass(frozen=True, slots=True)
class VoiceActivity:
    """The live voice: what one job heard, for whoever draws it."""

    at: int
    """Samples, the end of the span."""
    level_dbfs: float
    speech: bool
    silence: int
    """Samples since the last speech of the open utterance; 0 while speaking or when none is open."""
    pitch_at: int | None
    """Samples, the centre of the first pitch value; None where there are none."""
    pitch_hz: tuple[float | None, ...]
    """One value per `HOP`, as far as the tracker has finished: it trails `at` by some 60 ms."""
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class Partial:
    """The words so far of the open utterance; sent only when they changed."""

    utterance: int
    text: str
    start: int
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class Final:
    """An utterance, once and for all."""

    utterance: int
    """1 for a session's first."""
    text: str
    """Empty when the recognizer heard no words."""
    start: int
    end: int
    reason: Reason
    confidence: float | None = None
    """Mean word confidence."""
    words: tuple[Word, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    voice: VoiceSummary = VoiceSummary()
    audio: bytes | None = field(default=None, repr=False)  # mono int16 at `RATE`, where the session records
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class VoiceWarning:
    """Something the talker can mend: clipping, too_quiet, noise, rate_mismatch."""

    code: str
    message: str


SpeechEvent = SpeechStarted | VoiceActivity | Partial | Final | VoiceWarning
