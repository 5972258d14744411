"""What a Deepgram client asks for in its query: https://developers.deepgram.com/reference/speech-to-text/listen-streaming

What is done here is checked, and refused where it can't be had. What isn't done is left out and named in the log:
clients ask for much that they can do without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from audio.values import AudioFormat, Encoding
from server.errors import Refused
from server.events import Start
from server.validation import Invalid, convert

_ENCODINGS = {
    "linear16": Encoding.PCM_S16LE,
    "linear32": Encoding.PCM_F32LE,
    "mulaw": Encoding.MULAW,
    "alaw": Encoding.ALAW,
}

_TELEPHONE_HZ = 8000
"""What G.711 is sampled at where nobody says."""

_SHORTEST_MS, _LONGEST_MS = 200, 5000
"""Silences that can end an utterance. Inside a word a "t" or "p" alone takes up to 150 ms."""

_STALL_MS = 1000
"""A line may hiccup for this long: Deepgram's clients count silence in audio, not by the clock on the wall."""

_LISTS = ("keyterm", "keywords", "tag", "extra")

UNDONE = {
    *(
        "callback",
        "callback_method",
        "detect_entities",
        "diarize",
        "diarize_model",
        "dictation",
        "filler_words",
    ),
    *(
        "keyterm",
        "keywords",
        "language_hint",
        "numerals",
        "profanity_filter",
        "punctuate",
        "redact",
        "replace",
    ),
    *("search", "smart_format"),
}
"""Deepgram's parameters that aren't done. Key terms are where nothing else is to be heard."""

ONLY_KEYTERMS = "keyterms:only"
"""Our own word, an `extra`. Deepgram's key terms are favoured; a Vosk model given phrases hears nothing else, which
nobody may get who didn't ask for it."""

_Text = Annotated[str, Meta(max_length=200)]
_Language = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z]{2,5}([-_][A-Za-z0-9]{2,8})*$",
        description="a language tag such as en or de-DE, or multi",
    ),
]


class Query(msgspec.Struct, frozen=True):
    """The parameters that are done; others are ignored."""

    encoding: Literal["linear16", "linear32", "mulaw", "alaw"] | None = None
    sample_rate: Annotated[int, Meta(ge=8000, le=48_000)] | None = None
    channels: Literal[1, 2] = 1
    multichannel: bool = False
    interim_results: bool = False
    endpointing: bool | Annotated[int, Meta(ge=0, le=_LONGEST_MS)] = True
    utterance_end_ms: Annotated[int, Meta(ge=_SHORTEST_MS, le=_LONGEST_MS)] | None = None
    vad_events: bool = False
    mip_opt_out: bool = False
    model: _Text | None = None
    language: _Language | None = None
    keyterm: tuple[_Text, ...] = ()
    keywords: tuple[_Text, ...] = ()
    tag: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    @property
    def endpointing_ms(self) -> int | None:
        """How long a silence ends speech; None where it never does."""
        if self.endpointing is False:
            return None
        return max(_SHORTEST_MS, int(self.endpointing))

    @property
    def silence_ms(self) -> int | None:
        """How long a silence ends an utterance; None leaves it to the server."""
        return self.endpointing_ms or self.utterance_end_ms

    @property
    def only_keyterms(self) -> bool:
        """Whether nothing but the key terms is to be heard."""
        return ONLY_KEYTERMS in self.extra

    @property
    def phrases(self) -> tuple[str, ...]:
        """The key terms; older models take them with a weight, as `term:2.5`."""
        found = (*self.keyterm, *(word.partition(":")[0] for word in self.keywords))
        return tuple(phrase for phrase in found if phrase.strip())

    @property
    def format(self) -> AudioFormat:
        """How the audio comes. Raises: Invalid where nobody could know."""
        if self.encoding is None:
            return AudioFormat()
        rate = self.sample_rate or (_TELEPHONE_HZ if self.encoding in ("mulaw", "alaw") else None)
        if rate is None:
            raise Invalid(f"sample_rate is missing; {self.encoding} needs it, from 8000 to 48000")
        return AudioFormat(rate, _ENCODINGS[self.encoding], self.channels)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a client wants, read and found possible."""

    start: Start
    raw: bool
    """Whether the audio comes as `start` says. Else it brings a header that tells."""
    vad_events: bool
    endpointing: bool
    """Whether silence ends speech; else it only ends utterances."""
    utterance_end_ms: int | None


def read(query: Mapping[str, Sequence[str]], *, request_id: str) -> Wishes:
    """Read a query. Raises: Refused with 400, naming what is allowed."""
    values = {name: found if name in _LISTS else found[-1] for name, found in query.items()}
    try:
        asked: Query = convert(values, Query, text_numbers=True)
        start = _start(asked, request_id, _ignored(values, keyterms=asked.only_keyterms))
    except Invalid as error:
        raise Refused(400, "bad_request", str(error)) from None
    return Wishes(
        start,
        raw=asked.encoding is not None,
        vad_events=asked.vad_events,
        endpointing=asked.endpointing_ms is not None,
        utterance_end_ms=asked.utterance_end_ms,
    )


def _start(asked: Query, request_id: str, ignored: tuple[str, ...]) -> Start:
    return Start(
        format=asked.format,
        each_channel=asked.multichannel,
        platform="deepgram",
        language=None if asked.language == "multi" else asked.language,
        phrases=asked.phrases if asked.only_keyterms else (),
        silence_ms=asked.silence_ms,
        stall_ms=asked.silence_ms and max(_STALL_MS, asked.silence_ms),
        empty_finals=True,
        partials=asked.interim_results,
        words=True,
        activity=True,
        training=False if asked.mip_opt_out else None,
        metadata=msgspec.json.encode(_metadata(asked, request_id)),
        ignored=ignored,
    )


def _metadata(asked: Query, request_id: str) -> dict[str, Any]:
    """Keep with the conversation what only its client can make sense of."""
    extra = dict(pair.partition(":")[::2] for pair in asked.extra)
    told = {"model": asked.model, "tag": asked.tag, "extra": extra}
    return {"request_id": request_id, **{name: value for name, value in told.items() if value}}


def _ignored(values: Mapping[str, Any], *, keyterms: bool) -> tuple[str, ...]:
    """Name what is asked for and not done; who says false asks for nothing."""
    done = {"keyterm", "keywords"} if keyterms else set()
    undone = (UNDONE - done) & {name.partition("[")[0] for name, value in values.items() if value != "false"}
    return tuple(sorted(undone))
