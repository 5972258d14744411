"""Wyoming, Home Assistant's protocol: every stream has its transcript, or an error and the end of the connection."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec.inspect as types
from hypothesis import strategies as st
from wyoming.event import async_read_event

from server.wire import wyoming_events
from tests.fuzz.tongue import Line, Lose, Message, Step, Talk, Tongue, flat
from tests.fuzz.values import AUDIO, JSON, NONSENSE, SPEECH, TEXT, struct
from tests.running import Server
from tests.wyoming_package import AudioStart, AudioStop, Describe, Event, Ping, Transcribe, chunks, frame

_CLIENTS = (Path(__file__).parents[2] / "docs" / "clients.md").read_text("utf-8")
_DOCUMENT = _CLIENTS.split("\n## Home Assistant\n")[1].split("\n## ")[0]
_KINDS = set(re.findall(r"`([a-z-]+)`", _DOCUMENT))
_CODES = set(
    re.findall(
        r"`([a-z_]+)`", " ".join(re.findall(r"^\|[^|]*", _DOCUMENT.split("| `code` |")[1], re.MULTILINE))
    )
)
_FIELDS = {
    "transcript": {"text", "language", "earshot"},
    "transcript-start": {"language"},
    "transcript-chunk": {"text"},
    "transcript-stop": set(),
    "voice-started": {"timestamp"},
    "voice-stopped": {"timestamp"},
    "error": {"text", "code"},
    "pong": {"text"},
    "info": {"asr", "tts", "handle", "intent", "wake", "mic", "snd"},
}


def _like(kind: str, of: type) -> st.SearchStrategy[bytes]:
    """Events whose data the type allows, or almost."""
    info = types.type_info(of)
    assert isinstance(info, types.StructType)
    return st.builds(
        lambda data, payload: frame(Event(kind, data, payload)), struct(info), st.binary(max_size=99)
    )


_START = st.sampled_from([(16000, 2, 1), (8000, 2, 2), (48_000, 4, 1), (22_050, 1, 1)]).map(
    lambda sound: frame(AudioStart(*sound))
)
SPEECH_EVENTS = [frame(chunk) for piece in SPEECH for chunk in chunks(piece)]
"""Speech and the pause that ends it."""
_ASKED = st.sampled_from([Describe(), Ping("x"), Transcribe(language="en"), Transcribe(name="x")]).map(frame)


@st.composite
def _chunk(draw: st.DrawFn) -> bytes:
    """Audio of any size. Not mapped: hypothesis would write all of it down."""
    return b"".join(map(frame, chunks(draw(AUDIO), size=65_536))) or frame(Ping("x"))


@st.composite
def _broken(draw: st.DrawFn) -> bytes:
    """What is no event."""
    said = draw(NONSENSE)
    line = said.encode(errors="replace") if isinstance(said, str) else said
    endless = b'{"type":"t","payload_length":9}\n', b'{"type":"t","data_length":70000}\n', b"x" * 70_000
    return draw(st.sampled_from([line + b"\n", *endless]))


_STEP: st.SearchStrategy[Any] = st.one_of(
    st.builds(lambda: SPEECH_EVENTS),
    _chunk(),
    _ASKED,
    _ASKED,
    st.just(frame(AudioStop())),
    st.just(frame(AudioStop())),
    _like("audio-chunk", wyoming_events.Sound),
    _like("transcribe", wyoming_events.Transcribe),
    st.builds(lambda kind, data: frame(Event(kind, data)), TEXT, st.dictionaries(TEXT, JSON, max_size=3)),
    _broken(),
    st.builds(Lose),
)


@st.composite
def _said(draw: st.DrawFn) -> Sequence[Step]:
    first = draw(_START | _ASKED | _chunk())
    return flat([first, *draw(st.lists(_STEP, max_size=10))])


class _Line:
    """The client's end; saying nothing at all is saying that this was all."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, message: Message) -> bool:
        assert isinstance(message, bytes)
        try:
            if message:
                self._writer.write(message)
                await self._writer.drain()
            else:
                self._writer.write_eof()
        except OSError:
            return False
        return True

    async def hear(self) -> Message | None:
        try:
            event = await async_read_event(self._reader)
        except (OSError, asyncio.IncompleteReadError):
            return None
        return json.dumps({"type": event.type, "data": event.data}) if event else None

    closed = None

    def cut(self) -> None:
        self._writer.transport.abort()


@asynccontextmanager
async def _opened(server: Server) -> AsyncIterator[Line]:
    assert server.running.wyoming
    reader, writer = await asyncio.open_connection("127.0.0.1", server.running.wyoming.port)
    yield _Line(reader, writer)
    writer.transport.abort()


def _check(talk: Talk) -> None:
    told = [json.loads(message) for message in talk.heard]
    for event in told:
        assert event["type"] in _KINDS & _FIELDS.keys(), f"{event['type']} isn't documented"
        assert event["data"].keys() <= _FIELDS[event["type"]], event
        assert event["type"] != "error" or event["data"]["code"] in _CODES, event
    if not any(isinstance(step, Lose) for step in talk.sent):
        _check_connection([event["type"] for event in told])


def _check_connection(kinds: list[str]) -> None:
    assert "error" not in kinds[:-1], "something after an error"
    streams: list[list[str]] = [[]]
    for kind in kinds:
        streams[-1].append(kind)
        if kind == "transcript-stop":
            streams.append([])
    for stream in streams[:-1]:
        assert stream.count("transcript-start") == stream.count("transcript") == 1
        assert stream[-2:] == ["transcript", "transcript-stop"]
        voice = [kind for kind in stream if kind.startswith("voice")]
        assert voice == ["voice-started", "voice-stopped"] * (len(voice) // 2)
    assert "transcript" not in streams[-1]


WYOMING_TONGUE = Tongue(
    name="wyoming",
    open=_opened,
    said=_said(),
    farewell=(frame(AudioStop()), b""),
    check=_check,
)
