"""The JSON that an OpenAI Realtime client sends, as types: what they don't allow is refused with the field's name.

Shapes as of openai-python 3.54, `types/realtime` and `types/beta/realtime`. Only what is present changes a session:
UNSET is "not mentioned", None is JSON's null, which puts back the default. Fields that aren't named here are ignored:
clients of tomorrow will send more of them.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server.bodies import LanguageOrNone

_Milliseconds = Annotated[int, Meta(ge=0, le=60_000)]
_Padding = Annotated[int, Meta(ge=0, le=5000)]
"""Audio before the speech stays in memory."""


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """What all parts of a message share; msgspec hands the options down."""


class Pcm(_Part, frozen=True, kw_only=True, tag_field="type", tag="audio/pcm"):
    rate: Annotated[int, Meta(ge=8000, le=48_000)] | None = None
    """OpenAI's is always 24000."""


class Pcmu(_Part, frozen=True, kw_only=True, tag_field="type", tag="audio/pcmu"):
    pass


class Pcma(_Part, frozen=True, kw_only=True, tag_field="type", tag="audio/pcma"):
    pass


Format = Pcm | Pcmu | Pcma

FLAT_FORMATS: dict[str, Format] = {"pcm16": Pcm(), "g711_ulaw": Pcmu(), "g711_alaw": Pcma()}
"""The beta's names."""


class Transcription(_Part, frozen=True, kw_only=True):
    model: str | UnsetType | None = UNSET
    language: LanguageOrNone | UnsetType | None = UNSET
    prompt: str | UnsetType | None = UNSET
    keywords: tuple[str, ...] | UnsetType | None = UNSET


class ServerVad(_Part, frozen=True, kw_only=True, tag_field="type", tag="server_vad"):
    threshold: Annotated[float, Meta(ge=0, le=1)] | UnsetType | None = UNSET
    prefix_padding_ms: _Padding | UnsetType | None = UNSET
    silence_duration_ms: _Milliseconds | UnsetType | None = UNSET


class SemanticVad(_Part, frozen=True, kw_only=True, tag_field="type", tag="semantic_vad"):
    eagerness: Literal["low", "medium", "high", "auto"] | None = None


class NoiseReduction(_Part, frozen=True, kw_only=True):
    """Nothing is done about it, so nothing is asked of it."""


class Input(_Part, frozen=True, kw_only=True):
    """What may be said of the sound a session hears."""

    format: Format | UnsetType | None = UNSET
    transcription: Transcription | UnsetType | None = UNSET
    turn_detection: ServerVad | SemanticVad | UnsetType | None = UNSET
    noise_reduction: NoiseReduction | UnsetType | None = UNSET


class Sound(_Part, frozen=True, kw_only=True):
    input: Input | None = None


class Session(_Part, frozen=True, kw_only=True):
    type: Literal["transcription"]
    audio: Sound | None = None
    include: tuple[str, ...] | UnsetType | None = UNSET


class FlatSession(_Part, frozen=True, kw_only=True):
    """The beta's."""

    input_audio_format: Literal["pcm16", "g711_ulaw", "g711_alaw"] | UnsetType | None = UNSET
    input_audio_transcription: Transcription | UnsetType | None = UNSET
    turn_detection: ServerVad | SemanticVad | UnsetType | None = UNSET
    input_audio_noise_reduction: NoiseReduction | UnsetType | None = UNSET
    include: tuple[str, ...] | UnsetType | None = UNSET

    @property
    def input(self) -> Input:
        """The same as it is said since."""
        named = self.input_audio_format
        return Input(
            format=FLAT_FORMATS[named] if isinstance(named, str) else named,
            transcription=self.input_audio_transcription,
            turn_detection=self.turn_detection,
            noise_reduction=self.input_audio_noise_reduction,
        )


class _Message(_Part, frozen=True, kw_only=True, tag_field="type"):
    event_id: str | None = None
    """The client's own, told again in an error."""


class SessionUpdate(_Message, frozen=True, kw_only=True, tag="session.update"):
    session: Session


class FlatSessionUpdate(_Message, frozen=True, kw_only=True, tag="transcription_session.update"):
    session: FlatSession


class Append(_Message, frozen=True, kw_only=True, tag="input_audio_buffer.append"):
    audio: bytes
    """Base64 on the wire."""


class Commit(_Message, frozen=True, kw_only=True, tag="input_audio_buffer.commit"):
    pass


class Clear(_Message, frozen=True, kw_only=True, tag="input_audio_buffer.clear"):
    pass


ClientMessage = SessionUpdate | FlatSessionUpdate | Append | Commit | Clear
