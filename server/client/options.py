"""The options of the command line, as `--help` lists them."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from audio.values import Encoding
from server.client.errors import Mistake
from server.client.source import HIGHEST_RATE, LOWEST_RATE

_URL = "ws://127.0.0.1:2700"

_WINDOW_S = 30.0
"""The server's own default (`session.resume_window_s`): longer, and there is nothing left to come back to."""

_FASTEST = 1000.0
"""Times real time; above it, 0 is what is meant."""

_EPILOG = """exit codes: 0 done; 1 the server or the line failed; 2 the command can't work as it was given; \
130 left with a second Ctrl-C (the first one waits for the last final)"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, as every other mistake; the base class would print the whole usage."""
        raise Mistake(f"{message}; --help explains")


def make_parser() -> argparse.ArgumentParser:
    """Make a parser that raises Mistake. What isn't given is None, so that it can be told from a default."""
    parser = _Parser(
        prog="python -m server.client",
        description="Let Earshot hear a recording, a microphone or a pipe, and show what it makes of it.",
        epilog=_EPILOG,
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="a sound file, or - for raw PCM by pipe")
    _add_sound(parser.add_argument_group("sound"))
    _add_session(parser.add_argument_group("session"))
    _add_output(parser.add_argument_group("output"))
    return parser


def _add_sound(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--mic", action="store_true", help="listen to a microphone")
    add("--device", help="which microphone, by number or part of its name")
    add("--list-devices", action="store_true", help="name the microphones and leave")
    rate = _within(int, LOWEST_RATE, HIGHEST_RATE)
    add("--rate", type=rate, metavar="HZ", help="of raw PCM (16000) or the microphone (its own)")
    add("--encoding", choices=[str(encoding) for encoding in Encoding], help="of raw PCM (pcm_s16le)")
    add("--channels", type=_within(int, 1, 2), metavar="N", help="of raw PCM or the microphone (1)")
    speed = (
        "times real time; 0: as fast as the server takes it (1 for a file, 0 for a pipe: it has its own pace)"
    )
    add("--speed", type=_within(float, 0, _FASTEST), metavar="X", help=speed)
    add("--loop", type=_within(int, 0, 1_000_000), metavar="N", help="play the file N times; 0: for ever")
    add("--frame-ms", type=_within(int, 5, 1000), default=20, metavar="MS", help="sound per message (20)")


def _add_session(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--url", default=_URL, help=f"the server ({_URL})")
    add("--token", help="what lets you in; better in EARSHOT_TOKEN, where no process list shows it")
    add("--user", metavar="ID", help="who speaks")
    add("--conversation", type=int, metavar="ID", help="go on with this conversation")
    add("--language", metavar="TAG", help="for example en-us")
    add("--phrase", action="append", metavar="TEXT", help="a phrase to expect; may be repeated")
    add("--silence-ms", type=int, metavar="MS", help="silence that ends an utterance")
    add("--words", action="store_true", help="ask for the times of words, see --json")
    window = (
        f"when the line is lost, try to come back for this long ({_WINDOW_S:g}, as the server does); 0: never"
    )
    add("--resume-window", type=_within(float, 0, 86_400), default=_WINDOW_S, metavar="S", help=window)
    add("--no-record", action="store_true", help="let the server keep no sound of this session")
    add("--no-training", action="store_true", help="keep this session out of training data")


def _add_output(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--json", action="store_true", help="print every message of the server, a line each")
    add("--partials", action="store_true", help="print partials even where output isn't a terminal")
    add("--srt", type=Path, metavar="FILE", help="write subtitles as SubRip")
    add("--vtt", type=Path, metavar="FILE", help="write subtitles as WebVTT")
    add("--txt", type=Path, metavar="FILE", help="write the transcript, a line per utterance")


def _within(kind: Callable[[str], float], low: float, high: float) -> Callable[[str], float]:
    """Make a type for argparse: a number in a range."""

    def number(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!r}; from {low:g} to {high:g} is allowed")
        return value

    return number
