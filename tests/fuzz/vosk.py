"""vosk-server's protocol, `/`: one reply for each message but `config`, or its clients hang."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.documented import CLOSES
from tests.fuzz.tongue import Lose, Step, Talk, Tongue, flat, web_socket
from tests.fuzz.values import AUDIO, JSON, NONSENSE, SPEECH, TEXT

_CONFIG = st.fixed_dictionaries(
    {},
    optional={
        "sample_rate": st.sampled_from([8000, 16000, 48000, 16000.5]),
        "words": st.booleans() | st.sampled_from([0, 1, "true", "no"]),
        "max_alternatives": st.integers(0, 3),
        "phrase_list": st.lists(TEXT, max_size=3),
        "other": JSON,
    },
).map(lambda config: json.dumps({"config": config}))
_NASTY_CONFIG = JSON.map(lambda config: json.dumps({"config": config}))
_STEP: st.SearchStrategy[Any] = st.one_of(
    st.just(SPEECH), AUDIO, AUDIO, _CONFIG, st.just('{"reset": 1}'), _NASTY_CONFIG, NONSENSE, st.builds(Lose)
)
_CLOSES = CLOSES - {1002, 1011} | {1003}
_SHAPES = ({"partial"}, {"text"}, {"result", "text"}, {"alternatives"})


def _check(talk: Talk) -> None:
    told = [json.loads(message) for message in talk.heard]
    assert all(set(message) in _SHAPES for message in told), "a reply that vosk-server doesn't give"
    assert len(told) <= _due(talk.sent)
    assert talk.closed in _CLOSES, talk.closed
    if talk.closed == 1000:
        assert "partial" not in told[-1], "the end wasn't answered with a final"
        assert Lose() in talk.sent or len(told) == _due(talk.sent), "not one reply a message"


def _due(sent: Sequence[Step]) -> int:
    """Count the messages that ask for a reply."""
    return sum(
        isinstance(step, bytes) or (isinstance(step, str) and "config" not in _keys(step)) for step in sent
    )


def _keys(text: str) -> set[Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return set()
    return set(said) if isinstance(said, dict) else set()


VOSK_TONGUE = Tongue(
    name="vosk",
    open=web_socket("/"),
    said=st.lists(_STEP, max_size=10).map(flat),
    farewell=('{"eof" : 1}',),
    check=_check,
)
