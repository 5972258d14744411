"""`python -m audio FILE`: what Earshot hears in a sound file, without a server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from audio.analysis import NoWords, analyse
from audio.errors import AudioError
from audio.recognizers.base import Engine, Recognizer, RecognizerSettings
from audio.report import json_lines, lines
from audio.values import from_ms

_SHORTEST_MS, _LONGEST_MS = 200, 5000
"""The silence that a session may ask for."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code, 2 where the file or an option is no good."""
    options = _parser().parse_args(argv)
    try:
        _run(options)
    except AudioError as error:
        print(f"python -m audio: {error}", file=sys.stderr)
        return 2
    return 0


def _run(options: argparse.Namespace) -> None:
    engine = _engine(options.model)
    recognizer: Recognizer = engine.recognizer(RecognizerSettings()) if engine else NoWords()
    analysis = analyse(options.file, recognizer, silence=from_ms(options.silence_ms))
    for line in json_lines(analysis) if options.json else lines(analysis):
        print(line)
    if options.plot:
        # Drawing needs an extra, and half a second to import.
        from audio.plot import save

        save(analysis, options.plot)


def _engine(model: Path | None) -> Engine | None:
    if model is None:
        return None
    from audio.recognizers.vosk import VoskEngine  # libvosk takes a quarter of a second

    return VoskEngine(model)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m audio",
        description="Hear a sound file as a session would: utterances with pitch, emotion, audio quality and "
        "warnings. docs/voice.md says what the figures mean and when not to trust them.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="WAV, FLAC, Ogg, MP3: what libsndfile reads")
    parser.add_argument("--plot", type=Path, metavar="OUT.png", help="draw it too (needs matplotlib)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument(
        "--silence-ms",
        type=_milliseconds,
        default=1000,
        metavar="N",
        help="what ends an utterance (default 1000)",
    )
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="a Vosk model, to hear the words too")
    return parser


def _milliseconds(text: str) -> int:
    milliseconds = int(text)
    if not _SHORTEST_MS <= milliseconds <= _LONGEST_MS:
        raise argparse.ArgumentTypeError(f"{text}; choose from {_SHORTEST_MS} to {_LONGEST_MS}")
    return milliseconds


if __name__ == "__main__":
    sys.exit(main())
