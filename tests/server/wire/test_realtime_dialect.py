import json

import pytest

from server.errors import Refused
from server.wire.dialect import Request
from server.wire.realtime_dialect import RealtimeDialect

DIALECT = RealtimeDialect()
INTENT = {"intent": ["transcription"]}


def request(**said):
    return Request(id="01a202fa-7bc9-72dd-81d3-01082e506d8a", **{"query": INTENT, **said})


def session_of(welcome):
    [greeting] = welcome.wire.greet()
    return json.loads(greeting.text)


@pytest.mark.parametrize(
    ("said", "token"),
    [
        ({"authorization": "Bearer sk-1"}, "sk-1"),
        ({"subprotocols": ["realtime", "openai-insecure-api-key.sk-2", "openai-beta.realtime-v1"]}, "sk-2"),
        ({"authorization": "Bearer sk-1", "subprotocols": ["openai-insecure-api-key.sk-2"]}, "sk-1"),
        ({"subprotocols": ["realtime"]}, None),
        ({}, None),
    ],
)
def test_the_api_key_is_the_token(said, token):
    assert DIALECT.token(request(**said)) == token


def test_only_the_protocol_is_echoed_never_the_key():
    offered = ["openai-insecure-api-key.sk-2", "realtime"]
    assert DIALECT.welcome(request(subprotocols=offered)).subprotocol == "realtime"
    assert DIALECT.welcome(request(subprotocols=offered[:1])).subprotocol is None


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({}, "session.created"),
        ({"headers": {"openai-beta": "realtime=v1"}}, "transcription_session.created"),
        ({"headers": {"openai-beta": "assistants=v2"}}, "session.created"),
        ({"subprotocols": ["realtime", "openai-beta.realtime-v1"]}, "transcription_session.created"),
    ],
)
def test_a_beta_client_is_known_by_its_header_or_subprotocol(said, kind):
    assert session_of(DIALECT.welcome(request(**said)))["type"] == kind


def test_the_session_is_named_after_the_request():
    welcome = DIALECT.welcome(request(query={**INTENT, "model": ["whisper-1"]}))
    session = session_of(welcome)["session"]
    assert session["id"] == "sess_01a202fa7bc972dd81d301082e506d8a"
    assert session["audio"]["input"]["transcription"]["model"] == "whisper-1"
    assert welcome.headers == {"x-request-id": "01a202fa-7bc9-72dd-81d3-01082e506d8a"}


@pytest.mark.parametrize("query", [{}, {"intent": ["conversation"]}, {"model": ["gpt-realtime"]}])
def test_who_wants_answers_is_told_that_this_server_only_transcribes(query):
    asked = request(query=query)
    with pytest.raises(Refused) as caught:
        DIALECT.welcome(asked)
    refusal = DIALECT.refuse(asked, caught.value)
    assert caught.value.status == 400
    assert refusal.headers["Content-Type"] == "application/json"
    error = json.loads(refusal.body)["error"]
    assert error.pop("message").endswith("connect to /v1/realtime?intent=transcription")
    assert error == {"type": "invalid_request_error", "param": "intent", "code": "invalid_intent"}


@pytest.mark.parametrize(
    ("refused", "kind", "code"),
    [
        (Refused(401, "token_missing", "send a token"), "invalid_request_error", "invalid_api_key"),
        (Refused(403, "origin_not_allowed", "no"), "invalid_request_error", "origin_not_allowed"),
        (Refused(503, "full", "all places are taken"), "server_error", "full"),
    ],
)
def test_a_refusal_is_worded_as_openais(refused, kind, code):
    error = json.loads(DIALECT.refuse(request(), refused).body)["error"]
    assert error == {"message": str(refused), "type": kind, "param": None, "code": code}
