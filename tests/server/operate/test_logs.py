"""The log: one line a record whatever a client sends, in either form, and nothing of what was said."""

import asyncio
import json
import logging
import signal
import warnings

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from server.config import LogSettings
from server.operate import logs
from tests.fixtures.speech_files import speech
from tests.process import logged
from tests.quiet import quiet
from tests.running import Client


def record(message, *arguments, error=None):
    trouble = (type(error), error, None) if error else None
    return logging.LogRecord("server.app", logging.WARNING, __file__, 1, message, arguments, trouble)


def test_a_record_is_one_json_object():
    told = json.loads(logs.Json().format(record("%s\n%s", "two", 'line"s')))
    assert told.pop("time").endswith("+00:00")
    assert told == {"level": "warning", "logger": "server.app", "message": 'two\nline"s'}


def test_a_fault_has_its_traceback_on_the_same_line():
    line = logs.Json().format(record("it failed", error=ValueError("why")))
    assert "\n" not in line
    assert "ValueError: why" in json.loads(line)["traceback"]


async def test_what_happens_in_a_session_is_told_with_its_id():
    async def one(name):
        logs.session.set(name)
        return logs.Text().format(record("late")), json.loads(logs.Json().format(record("late")))["session"]

    first, second = await asyncio.gather(one("a-1"), one("b-2"))
    assert first[0].endswith("server.app: session a-1: late")
    assert second[0].endswith("server.app: session b-2: late")
    assert (first[1], second[1]) == ("a-1", "b-2")
    assert "session" not in logs.Json().format(record("late"))


@pytest.mark.parametrize("control", ["\n", "\r", "\x1b[31m", "\x85", "\u2028", "\x00"])
def test_a_client_cannot_begin_a_line_or_command_a_terminal(control):
    line = logs.Text().format(record("%s failed", f"/path{control}2026-01-01 INFO all is well"))
    assert len(line.splitlines()) == 1
    assert line.isprintable()


@pytest.fixture
def root():
    """The root logger, put back after the test."""
    logger = logging.getLogger()
    handlers, level = list(logger.handlers), logger.level
    levels = {name: logging.getLogger(name).level for name in ("server", "audio", "storage")}
    yield logger
    logging.captureWarnings(False)
    logger.handlers[:] = handlers
    logger.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


def messages(capsys):
    return [json.loads(line)["message"] for line in capsys.readouterr().err.splitlines()]


def test_libraries_log_the_same_way_but_only_what_matters(root, capsys):
    logs.set_up(LogSettings(level="debug", format="json"))
    for name in ("websockets.server", "aiosqlite", "asyncio"):
        logging.getLogger(name).warning("%s warns", name)
        logging.getLogger(name).debug("%s tells what goes through it", name)
    logging.getLogger("server.connection").debug("our own detail")
    assert messages(capsys) == [
        "websockets.server warns",
        "aiosqlite warns",
        "asyncio warns",
        "our own detail",
    ]


def test_setting_it_up_again_replaces_what_was(root, capsys):
    logs.set_up(LogSettings(level="error"))
    logs.set_up(LogSettings(level="warning", format="json"))
    logging.getLogger("server.app").info("unsaid")
    logging.getLogger("server.app").warning("said once")
    assert messages(capsys) == ["said once"]


def test_a_warning_of_python_is_a_record_too(root, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logs.set_up(LogSettings(format="json"))
        warnings.warn("this goes away", stacklevel=1)
        logging.captureWarnings(False)
    [told] = messages(capsys)
    assert "this goes away" in told


async def test_at_its_most_talkative_a_server_logs_neither_words_nor_tokens(tmp_path):
    settings = {"EARSHOT_LOG_LEVEL": "debug", "EARSHOT_LOG_FORMAT": "json", "EARSHOT_TOKEN": "topsecret"}
    with logged(tmp_path, **settings) as server:
        url = f"{server.voice}/v1/stream?token=topsecret"
        async with connect(url, compression=None) as socket:
            client = Client(socket)
            await client.start(user_id="someone", platform="elsewhere")
            await client.send({"type": "message", "role": "assistant", "content": "written words"})
            await client.stream(speech("two-utterances").samples.tobytes() + quiet(1.1))
            said = (await client.until("final"))["text"]
        with pytest.raises(InvalidStatus):
            await connect(f"{server.voice}/v1/stream?token=wrongsecret")
        server.popen.send_signal(signal.SIGTERM)
        _, log = server.popen.communicate(timeout=60)
    records = [json.loads(line) for line in log.splitlines()]
    assert any(record["message"].startswith("stopping") for record in records)
    assert said
    for content in (said, "topsecret", "wrongsecret", "someone", "elsewhere", "written words"):
        assert content not in log
