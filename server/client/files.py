"""Transcripts and subtitles on disk, written with every final: what was heard survives whatever comes next."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from server.client import subtitles
from server.client.errors import Mistake
from server.client.messages import Final
from server.client.wording import printable

Write = Callable[[Final], None]


@contextmanager
def writers(*, srt: Path | None, vtt: Path | None, txt: Path | None) -> Iterator[Write]:
    """Open the files that are wanted, over what they held. Raises: Mistake where one can't be written."""
    with ExitStack() as stack:
        found: list[Write] = []
        for path, make in ((srt, _srt), (vtt, _vtt), (txt, _txt)):
            if path is not None:
                found.append(make(stack.enter_context(_opened(path))))

        def write(final: Final) -> None:
            for one in found:
                one(final)

        yield write


def _opened(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8", buffering=1)
    except OSError as error:
        raise Mistake(f"{path} can't be written: {error.strerror}") from None


def _srt(file: TextIO) -> Write:
    numbers = itertools.count(1)

    def write(final: Final) -> None:
        for cue in subtitles.cues(final):
            file.write(subtitles.srt(next(numbers), cue))

    return write


def _vtt(file: TextIO) -> Write:
    file.write(subtitles.VTT_HEAD)

    def write(final: Final) -> None:
        for cue in subtitles.cues(final):
            file.write(subtitles.vtt(cue))

    return write


def _txt(file: TextIO) -> Write:
    def write(final: Final) -> None:
        if final.text:
            file.write(f"{printable(final.text)}\n")

    return write
