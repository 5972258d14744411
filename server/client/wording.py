"""How messages read to a person, in one line each."""

from __future__ import annotations

import unicodedata

from server.client.messages import Caution, Final, Ready, ServerMessage, Trouble, Voice


def clock(milliseconds: int) -> str:
    """Write a time: 83456 is "1:23.4", 3723400 is "1:02:03.4"."""
    tenths = milliseconds // 100
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02}" if hours else str(minutes)
    return f"{head}:{rest // 10:02}.{rest % 10}"


def span(start_ms: int, end_ms: int | None = None) -> str:
    """Write when something was said; without an end it still is."""
    return f"[{clock(start_ms)}–{'…' if end_ms is None else clock(end_ms)}]"


def details(final: Final) -> str:
    """Write what is known besides the words: "(182 Hz, neutral 62 %, quality 0.81, 45 ms)", or nothing."""
    known = [*_voice(final.voice), *([f"{final.latency_ms} ms"] if final.latency_ms is not None else [])]
    return f"({', '.join(known)})" if known else ""


def _voice(voice: Voice) -> list[str]:
    said = []
    if voice.pitch_hz is not None:
        said.append(f"{voice.pitch_hz:.0f} Hz")
    if voice.emotion is not None:
        said.append(f"{printable(voice.emotion.label)} {voice.emotion.confidence:.0%}")
    if voice.audio_quality is not None:
        said.append(f"quality {voice.audio_quality:.2f}")
    return said


def remark(message: ServerMessage) -> str | None:
    """Write what isn't a transcript but should be read, None where there is nothing to say."""
    match message:
        case Ready(conversation_id=conversation, recognizer=by):
            text = f"conversation {conversation}, heard by {by.engine}, model {by.model}, {by.language}"
            return printable(f"{text}; {by.note}" if by.note else text)
        case Caution(message=text):
            return printable(f"warning: {text}")
        case Trouble(message=text, fatal=False):
            return printable(f"trouble: {text}")
        case _:
            return None


def gone(ready: Ready, where: str) -> str:
    """Say that the server has forgotten the session, and that the new one of `ready` goes on at `where`."""
    return (
        "the line is back, but the server no longer has the session. A new one goes on with conversation "
        f"{ready.conversation_id} at {where}; what was said shortly before may be missing here"
    )


def over(ready: Ready) -> str:
    """Say that the line was lost in the last moment of the session that `ready` began."""
    return (
        "the line was lost after everything was sent, and the session is over: "
        f"what conversation {ready.conversation_id} heard last may be missing here"
    )


def printable(text: str) -> str:
    """Make text safe for a terminal: what would move its cursor or change its colours becomes a space."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
