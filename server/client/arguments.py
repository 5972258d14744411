"""The command line: what is wanted, checked before anything is opened."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from audio.values import AudioFormat, Encoding
from server.client.errors import Mistake
from server.client.line import address
from server.client.options import make_parser
from server.validation import Invalid, convert
from server.wire.native_messages import Start


@dataclass(frozen=True, slots=True)
class Recording:
    """A file to play."""

    path: Path
    loop: int
    """Times; 0 is for ever."""


@dataclass(frozen=True, slots=True)
class Pipe:
    """Raw PCM on standard input."""

    format: AudioFormat


@dataclass(frozen=True, slots=True)
class Microphone:
    """A device to listen to."""

    device: int | str | None
    rate: int | None
    channels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user wants."""

    source: Recording | Pipe | Microphone
    url: str
    token: str | None
    wishes: Mapping[str, object]
    """Fields of the `start` message besides the audio's format."""
    speed: float
    """Times real time; infinite for as fast as the server takes it."""
    frame_ms: int
    resume_window_s: float
    """How long a lost line is dialled again; 0 is never."""
    partials: bool
    json: bool
    srt: Path | None
    vtt: Path | None
    txt: Path | None

    def start(self, audio_format: AudioFormat, *, partials: bool) -> Start:
        """Make the session's first message. Raises: Mistake naming the field and what is allowed."""
        fields = {
            "sample_rate": audio_format.sample_rate,
            "encoding": audio_format.encoding,
            "channels": audio_format.channels,
            "partials": partials,
        }
        try:
            start: Start = convert({"type": "start", **fields, **self.wishes}, Start)
        except Invalid as error:
            raise Mistake(str(error)) from None
        return start


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Options | None:
    """Read the command line; None where it asks for nothing but the list of devices. Raises: Mistake."""
    given = make_parser().parse_args(arguments)
    if given.list_devices:
        return None
    source = _source(given)
    paced = isinstance(source, Recording)
    speed = given.speed if given.speed is not None else float(paced)
    return Options(
        source=source,
        url=address(given.url),
        token=_token(given.token or environment.get("EARSHOT_TOKEN", "")),
        wishes=_wishes(given),
        speed=speed or math.inf,
        frame_ms=given.frame_ms,
        resume_window_s=given.resume_window,
        partials=given.partials,
        json=given.json,
        srt=given.srt,
        vtt=given.vtt,
        txt=given.txt,
    )


def _source(given: argparse.Namespace) -> Recording | Pipe | Microphone:
    if given.mic == (given.file is not None):
        raise Mistake("name what to hear, one of: FILE, - for standard input, --mic")
    if given.mic:
        _only(given, "--mic", "rate", "channels", "device")
        device = int(given.device) if (given.device or "").isdigit() else given.device
        return Microphone(device, given.rate, given.channels or 1)
    if given.file == "-":
        _only(given, "standard input", "rate", "channels", "encoding", "speed")
        encoding = Encoding(given.encoding or Encoding.PCM_S16LE)
        return Pipe(AudioFormat(given.rate or 16_000, encoding, given.channels or 1))
    _only(given, "a file", "loop", "speed")
    return Recording(Path(given.file), 1 if given.loop is None else given.loop)


def _only(given: argparse.Namespace, source: str, *allowed: str) -> None:
    """Refuse an option that would quietly do nothing. Raises: Mistake."""
    for name in ("rate", "channels", "encoding", "device", "loop", "speed"):
        if name not in allowed and getattr(given, name) is not None:
            raise Mistake(f"--{name} has no meaning with {source}")


def _wishes(given: argparse.Namespace) -> dict[str, object]:
    """Name what the user asked for; the server's own settings stand for the rest."""
    wishes = {
        "platform": "terminal",
        "user_id": given.user,
        "conversation_id": given.conversation,
        "language": given.language,
        "phrases": given.phrase,
        "silence_ms": given.silence_ms,
        # Subtitles are cut between words, so their times are needed.
        "words": given.words or bool(given.srt or given.vtt),
        "record": False if given.no_record else None,
        "training": False if given.no_training else None,
    }
    return {name: value for name, value in wishes.items() if value is not None}


def _token(token: str) -> str | None:
    """Check that a token fits into a header. Raises: Mistake, without repeating it."""
    if not token.isascii() or not token.isprintable() or " " in token:
        raise Mistake("the token holds what no token can: write it in printable ASCII without spaces")
    return token or None
