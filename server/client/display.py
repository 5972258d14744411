"""Shows on standard output what the server says; remarks go to standard error, so that a pipe carries transcripts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Protocol, TextIO

from server.client.messages import Final, Heard, Partial
from server.client.wording import details, printable, remark, span

_CLEAR = "\r\x1b[K"
"""To the line's beginning, and erase to its end (ECMA-48)."""
_GREY, _PLAIN = "\x1b[90m", "\x1b[0m"


class Display(Protocol):
    """A way to show what is heard."""

    def hear(self, heard: Heard) -> None:
        """Show one message."""

    def remark(self, text: str) -> None:
        """Show a line of our own, on standard error."""

    def close(self) -> None:
        """Leave a clean line behind."""


class JsonLines:
    """Every message of the server as it came, a line each."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out = out
        self._err = err

    def hear(self, heard: Heard) -> None:
        """See `Display`."""
        print(heard.text, file=self._out, flush=True)

    def remark(self, text: str) -> None:
        """See `Display`."""
        print(text, file=self._err, flush=True)

    def close(self) -> None:
        """See `Display`."""


class Lines:
    """For files and pipes: a line for every final, and for every partial where they are wanted."""

    def __init__(self, out: TextIO, err: TextIO, *, partials: bool) -> None:
        self._out = out
        self._err = err
        self._partials = partials

    def hear(self, heard: Heard) -> None:
        """See `Display`."""
        match heard.message:
            case Final(text=text, start_ms=start, end_ms=end) as final if text:
                self._print(f"{span(start, end)} {text}  {details(final)}")
            case Partial(text=text, start_ms=start) if self._partials:
                self._print(f"{span(start)} {text}")
            case message:
                if said := remark(message):
                    self.remark(said)

    def remark(self, text: str) -> None:
        """See `Display`."""
        print(text, file=self._err, flush=True)

    def close(self) -> None:
        """See `Display`."""

    def _print(self, line: str) -> None:
        print(printable(line.rstrip()), file=self._out, flush=True)


class Live:
    """For a terminal: the words so far in grey on the last line, finals above it."""

    def __init__(self, out: TextIO, err: TextIO, *, width: Callable[[], int], colour: bool) -> None:
        """`width` gives the terminal's columns, which may change at any time."""
        self._out = out
        self._err = err
        self._width = width
        self._grey, self._plain = (_GREY, _PLAIN) if colour else ("", "")
        self._partial = ""

    def hear(self, heard: Heard) -> None:
        """See `Display`."""
        match heard.message:
            case Partial(text=text, start_ms=start):
                self._partial = printable(f"{span(start)} {text}")
                self._draw()
            case Final(text=text, start_ms=start, end_ms=end) as final:
                self._partial = ""
                line = f"{span(start, end)} {printable(text)}  {self._faint(details(final))}\n"
                self._write(f"{_CLEAR}{line if text else ''}")
            case message:
                if said := remark(message):
                    self.remark(said)

    def remark(self, text: str) -> None:
        """See `Display`; the partial moves down a line."""
        self._write(_CLEAR)
        print(text, file=self._err, flush=True)
        self._draw()

    def close(self) -> None:
        """See `Display`."""
        self._partial = ""
        self._write(_CLEAR)

    def _draw(self) -> None:
        # The last column stays free: writing there makes some terminals begin a new line.
        shown = tail(self._partial, self._width() - 1)
        self._write(f"{_CLEAR}{self._faint(shown)}")

    def _faint(self, text: str) -> str:
        return f"{self._grey}{text}{self._plain}" if text else ""

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def tail(text: str, columns: int) -> str:
    """Cut `text` to what fits into `columns`, keeping its end: that is where the new words are."""
    if _columns(text) <= columns:
        return text
    kept, used = len(text), 1  # the ellipsis
    while kept and used + _columns(text[kept - 1]) <= columns:
        kept -= 1
        used += _columns(text[kept])
    return f"…{text[kept:]}"


def _columns(text: str) -> int:
    """Count the columns that a terminal gives to `text`: two to wide East Asian characters, none to accents."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )
