"""What can be told without a server is told in one line, with an exit code."""

import socket
import sys

import pytest

from server.client.__main__ import main
from tests.fixtures.speech_files import speech

TWO = speech("two-utterances")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.wav"], "earshot: missing.wav: No such file or directory"),
        (["tests/fixtures/speech/transcripts.tsv"], "not a sound file"),
        ([], "name what to hear"),
        ([TWO.path, "--srt", "nowhere/a.srt"], "nowhere/a.srt can't be written"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments, said, capsys):
    assert main([str(argument) for argument in arguments]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert said in printed.err


def test_without_a_pipe_standard_input_is_a_mistake(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", None)  # as under `<&-`
    assert main(["-"]) == 2
    assert capsys.readouterr().err == (
        "earshot: nothing is piped into standard input; name a FILE, or pipe raw PCM\n"
    )


@pytest.mark.parametrize("option", ["--mic", "--list-devices"])
def test_a_microphone_that_cannot_be_had_is_a_mistake(option, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert main([option]) == 2
    assert "pip install sounddevice" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_one_line_and_exit_code_1(capsys):
    with socket.socket() as nobody:  # bound, but not listening
        nobody.bind(("127.0.0.1", 0))
        assert main([str(TWO.path), "--url", "ws://{}:{}".format(*nobody.getsockname())]) == 1
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert "nothing listens at" in printed.err
