"""The native protocol, `/v1/stream`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import msgspec.inspect as types
from hypothesis import strategies as st

from server.wire import native_messages
from tests.fuzz.documented import CLOSES, ERRORS, NATIVE
from tests.fuzz.tongue import Lose, Message, Step, Talk, Tongue, flat, web_socket
from tests.fuzz.values import AUDIO, NONSENSE, SPEECH, struct

_KINDS = {kind: types.type_info(kind) for kind in native_messages.ClientMessage.__args__}
_IDS = st.integers(1, 5)
_ANY = st.one_of(
    [
        struct(info, **dict.fromkeys(("message_id", "conversation_id"), _IDS))
        for info in _KINDS.values()
        if isinstance(info, types.StructType)
    ]
).map(json.dumps)
_START = st.fixed_dictionaries(
    {"type": st.just("start"), "silence_ms": st.just(200)},
    optional={
        "voice_events": st.booleans(),
        "partials": st.booleans(),
        "words": st.booleans(),
        "memories": st.booleans(),
        "user_id": st.sampled_from(["ann", "bob"]),
        "sample_rate": st.sampled_from([8000, 48_000]),
        "channels": st.sampled_from([1, 2]),
    },
).map(json.dumps)
_STEP: st.SearchStrategy[Any] = st.one_of(
    st.just(SPEECH), AUDIO, AUDIO, _ANY, _ANY, NONSENSE, st.builds(Lose)
)


@st.composite
def _said(draw: st.DrawFn) -> Sequence[Step]:
    without = draw(st.integers(0, 9)) == 9
    first: list[Step] = [] if without else [draw(_START)]
    return flat([*first, *draw(st.lists(_STEP, min_size=1, max_size=10))])


def _again(talk: Talk) -> Sequence[Message]:
    """Resume the last session, with the finals that the client has."""
    told = [json.loads(message) for message in talk.heard]
    ready = next((message for message in reversed(told) if message["type"] == "ready"), None)
    if ready is None:
        return ()
    known = [
        message["utterance"]
        for session, messages in _sessions(told)
        if session == ready["session_id"]
        for message in messages
        if message["type"] == "final"
    ]
    return [
        json.dumps(
            {
                "type": "resume",
                "session_id": ready["session_id"],
                "resume_token": ready["resume_token"],
                "after_utterance": max(known, default=0),
            }
        )
    ]


def _sessions(told: Sequence[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Part messages by the session they belong to; a resumed one has several parts."""
    current = ""
    parted = []
    for message in told:
        current = message["session_id"] if message["type"] == "ready" else current
        parted.append((current, message))
    return [(key, [m for _, m in group]) for key, group in groupby(parted, key=lambda pair: pair[0])]


def _check(talk: Talk) -> None:
    told = []
    for message in talk.heard:
        assert isinstance(message, str)
        told.append(json.loads(message, parse_constant=_no_number))
        _check_message(told[-1])
    sessions: dict[str, list[dict[str, Any]]] = {}
    for key, messages in _sessions(told):
        sessions.setdefault(key, []).extend(messages)
    for messages in sessions.values():
        _check_session(messages)
    assert talk.closed in CLOSES - {1011}, talk.closed
    if talk.closed != 1000:
        assert told[-1]["type"] == "stopped" or told[-1]["fatal"]


def _no_number(name: str) -> None:
    raise AssertionError(f"{name} isn't JSON")


def _check_message(message: dict[str, Any]) -> None:
    kind = message.pop("type")
    assert kind in NATIVE, f"{kind} isn't documented"
    undocumented = {name for name in message if name not in NATIVE[kind]}
    assert not undocumented, (kind, undocumented)
    if kind == "error":
        assert message["code"] in ERRORS, f"error {message['code']} isn't documented"
    message["type"] = kind


def _check_session(messages: Sequence[dict[str, Any]]) -> None:
    received = [m["received_samples"] for m in messages if m["type"] in ("ready", "ack", "stopped")]
    assert received == sorted(received), "samples were taken back"
    finals = Counter(m["utterance"] for m in messages if m["type"] == "final")
    assert set(finals.values()) <= {1}, "a final came twice"
    ended: set[int] = set()
    for message in messages:
        if message["type"] == "partial":
            assert message["utterance"] not in ended, "a partial after its final"
        elif message["type"] == "final":
            ended.add(message["utterance"])
    if messages[-1]["type"] == "stopped":
        promised = {m["utterance"] for m in messages if m["type"] == "partial"}
        assert promised <= ended, "a partial without a final"


NATIVE_TONGUE = Tongue(
    name="native",
    open=web_socket("/v1/stream"),
    said=_said(),
    farewell=('{"type": "stop"}',),
    check=_check,
    again=_again,
)
