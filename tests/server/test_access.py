from hmac import compare_digest

import pytest

from server.access import Credentials, bearer, make_door, offered_token, only
from server.config import ServerSettings
from server.errors import ConfigError, Refused


def admitted(door, scope="stream", *, host="localhost:2700", origin=None, token=None):
    try:
        door.admit(Credentials(host, origin, token), scope)
    except Refused as refusal:
        return refusal.code
    return "admitted"


def test_loopback_asks_for_no_token():
    assert admitted(make_door(ServerSettings(), None)) == "admitted"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "earshot.example"])
def test_the_network_is_not_listened_to_without_a_token(host):
    with pytest.raises(ConfigError, match="a token is needed"):
        make_door(ServerSettings(host=host), None)
    assert make_door(ServerSettings(host=host), "secret").tokens


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:2700", "localhost", "[::1]:2701", "LOCALHOST:1", "localhost.:2700", "127.0.0.2", "[0:0::1]"],
)
def test_loopback_names_are_known(host):
    assert admitted(make_door(ServerSettings(), None), host=host) == "admitted"


@pytest.mark.parametrize(
    "host",
    [
        *(
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
        ),  # rebinding
        *("evil@localhost", "localhost@evil", "localhost/", "localhost#", "localhost\\", "localhost:1:2"),
        *("localhost..", "localhost:port", "localhost, evil", " localhost", "ｌocalhost", "[::2]", "::1"),
        *("", None, ".", "[", "[]", "a:b:c", ":2700"),
    ],
)
def test_other_names_are_refused(host):
    assert admitted(make_door(ServerSettings(), None), host=host) == "host_not_allowed"


def test_the_operator_can_add_names():
    door = make_door(ServerSettings(allowed_hosts=("Voice.example", "[FD00:0::5]")), None)
    for host in ("voice.example:2700", "VOICE.example.", "[fd00::5]:1", "[FD00::0:5]"):
        assert admitted(door, host=host) == "admitted"


@pytest.mark.parametrize(
    ("origin", "verdict"),
    [
        (None, "admitted"),
        ("http://localhost:2701", "admitted"),
        ("http://127.0.0.1:2701", "admitted"),
        ("https://evil.example", "origin_not_allowed"),
        ("null", "origin_not_allowed"),
        ("https://app.example", "admitted"),
        ("http://app.example", "origin_not_allowed"),
        ("https://APP.example", "admitted"),
        ("https://app.example:8443", "origin_not_allowed"),
        ("https://app.example.evil.example", "origin_not_allowed"),
        ("http://localhost.:2701", "admitted"),
        ("http://[::1]", "admitted"),
        ("http://evil@localhost", "origin_not_allowed"),
        ("http://localhost@evil.example", "origin_not_allowed"),
        ("http://localhost/page", "origin_not_allowed"),
        ("file://localhost", "origin_not_allowed"),
        ("localhost", "origin_not_allowed"),
        ("", "origin_not_allowed"),
    ],
)
def test_only_known_pages_may_connect(origin, verdict):
    door = make_door(ServerSettings(allowed_origins=("https://App.example/",)), None)
    assert admitted(door, origin=origin) == verdict


def test_a_token_opens_what_its_scopes_allow(tmp_path):
    path = tmp_path / "tokens"
    path.write_text("# comment\nall-of-it\nonly-reads read export\n\n")
    door = make_door(ServerSettings(host="0.0.0.0", token_file=str(path)), None)
    assert admitted(door, "delete", token="all-of-it") == "admitted"
    assert admitted(door, "export", token="only-reads") == "admitted"
    assert admitted(door, "stream", token="only-reads") == "token_not_allowed"
    assert admitted(door, "delete", token="only-reads") == "token_not_allowed"
    assert admitted(door, "stream", token="ünknown") == "token_unknown"
    assert admitted(door, "stream", token="\udcff") == "token_unknown"
    assert admitted(door, "stream") == "token_missing"


def test_who_is_unknown_is_told_so_and_who_may_not_is_told_that(tmp_path):
    path = tmp_path / "tokens"
    path.write_text("reader read\n")
    door = make_door(ServerSettings(token_file=str(path)), None)
    for token, status in ((None, 401), ("", 401), ("reade", 401), ("reader ", 401), ("reader", 403)):
        with pytest.raises(Refused) as refused:
            door.admit(Credentials("localhost", None, token), "stream")
        assert refused.value.status == status


def test_every_token_is_compared_in_constant_time(monkeypatch, tmp_path):
    path = tmp_path / "tokens"
    path.write_text("first\nsecond\nthird\n")
    door = make_door(ServerSettings(token_file=str(path)), None)
    compared = []

    def compare(known, given):
        compared.append(known)
        return compare_digest(known, given)

    monkeypatch.setattr("hmac.compare_digest", compare)
    for token in ("first", "third", "none"):
        admitted(door, token=token)
    assert compared == [b"first", b"second", b"third"] * 3


def test_a_header_that_two_readers_could_read_differently_is_refused():
    assert only(["localhost"], "Host") == "localhost"
    assert only([], "Host") is None
    with pytest.raises(Refused, match="Host came 2 times"):
        only(["localhost", "localhost"], "Host")


def test_a_token_that_no_header_could_carry_stops_the_start():
    for token in ("pass word", "ü", "a\tb"):
        with pytest.raises(ConfigError, match="printable ASCII"):
            make_door(ServerSettings(), token)


@pytest.mark.parametrize("text", ["", "# nothing\n", "token fly", "tökén"])
def test_a_useless_token_file_stops_the_start(tmp_path, text):
    path = tmp_path / "tokens"
    path.write_text(text)
    with pytest.raises(ConfigError):
        make_door(ServerSettings(token_file=str(path)), None)


def test_tokens_are_found_where_clients_put_them():
    assert bearer("Bearer abc") == bearer("Token abc") == "abc"
    assert bearer("Basic abc") is bearer(None) is bearer("Bearer ") is None
    assert offered_token(["earshot", "earshot.token.abc"]) == "abc"
    assert offered_token(["earshot"]) is None
