"""Conversations on record, `tests/golden/*.jsonl`: one line per message, `>` from the client and `<` from the server.

    python -m tests.golden.conversation deepgram

says the client's lines again and writes down what the server tells now: for a change that is meant, to be read in the
diff. Audio, 16 kHz PCM16, stands as `{"speech": NAME, "from_ms", "to_ms"}` or `{"quiet_ms"}`: as one message, or in a
message where Base64 belongs. How a voice sounded is left out: it is measured elsewhere, to digits that depend on the
processor. Wyoming's events stand as `{"type", "data"?, "payload"?}`, with audio as the payload.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from audio.recognizers.scripted import ScriptedEngine
from server.wire.base import Wire
from server.wire.deepgram import DeepgramDialect
from server.wire.dialect import Request
from server.wire.realtime_dialect import RealtimeDialect
from server.wire.wyoming import WyomingWire
from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.talk import Talk, in_json
from tests.wyoming_package import Event, frame, told

FOLDER = Path(__file__).parent

ENGINE = ScriptedEngine(("three", "one", "four", "one", "five"))
"""A word per half second of speech, the same on any machine."""

Line = tuple[str, Any]


def deepgram() -> Wire:
    query = "encoding=linear16 sample_rate=16000 interim_results=true vad_events=true endpointing=300"
    pairs = [pair.split("=") for pair in f"{query} utterance_end_ms=1000".split()]
    return DeepgramDialect().welcome(Request("request-1", {name: [value] for name, value in pairs})).wire


def openai() -> Wire:
    asked = Request("01a202fa-7bc9-72dd-81d3-01082e506d8a", {"intent": ["transcription"]})
    return RealtimeDialect().welcome(asked).wire


def wyoming() -> Wire:
    return WyomingWire(ENGINE.info)


WIRES: dict[str, Callable[[], Wire]] = {
    "deepgram": deepgram,
    "openai": openai,
    "openai-commits": openai,
    "wyoming": wyoming,
}


def read(name: str) -> list[Line]:
    """The lines on record: who says it, and what."""
    text = (FOLDER / f"{name}.jsonl").read_text("utf-8")
    return [(line[0], json.loads(line[2:])) for line in text.splitlines()]


def replay(name: str, said: Sequence[Any]) -> list[Line]:
    """Say the client's side to a fresh session; return the whole conversation."""
    write, read = (_event, _events) if name == "wyoming" else (_message, in_json)
    session = Talk(WIRES[name](), ENGINE, write=write, read=read)
    lines: list[Line] = [("<", one) for one in session.told]
    for message in said:
        lines.append((">", message))
        lines += [("<", _without_voice(one)) for one in session.say(message)]
    if session.closed:
        lines.append(("<", {"close": session.closed[0], "reason": session.closed[1]}))
    return lines


def _message(said: dict[str, Any]) -> str | bytes:
    match said:
        case {"audio": dict(audio)}:
            return json.dumps({**said, "audio": base64.b64encode(_audio(audio)).decode()})
        case {"type": _}:
            return json.dumps(said)
        case _:
            return _audio(said)


def _event(said: dict[str, Any]) -> bytes:
    payload = _audio(said["payload"]) if "payload" in said else None
    return frame(Event(said["type"], said.get("data", {}), payload))


def _events(text: str) -> list[Any]:
    return [event.to_dict() for event in told(text)]


def _audio(said: dict[str, Any]) -> bytes:
    match said:
        case {"speech": name, "from_ms": first, "to_ms": last}:
            samples = speech(name).samples
            return samples[first * 16 : last * 16].tobytes()
        case {"quiet_ms": length}:
            return quiet(length / 1000)
        case _:
            raise ValueError(f"{said}: neither speech nor quiet")


def _without_voice(message: dict[str, Any]) -> dict[str, Any]:
    own = message.get("data", message).get("earshot", {})
    for part in (own, *own.get("parts", ())):
        part.pop("voice", None)
    return message


def main() -> None:
    name = sys.argv[1]
    said = [message for who, message in read(name) if who == ">"]
    lines = [f"{who} {json.dumps(message, ensure_ascii=False)}" for who, message in replay(name, said)]
    (FOLDER / f"{name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
