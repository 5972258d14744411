"""Finals as subtitles: cues of two short lines, in SubRip or WebVTT. Pure.

42 characters a line and two lines are what broadcasters agree on (EBU, BBC, Netflix style guides).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from server.client.messages import Final, Word
from server.client.wording import printable

_LINE, _LINES = 42, 2

_PAUSE_MS = 1500
"""Words this far apart don't belong on the screen together: the second would be read before it is said."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What is on the screen at once."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def cues(final: Final) -> list[Cue]:
    """Cut a final into cues; without word times they are spread evenly over its characters.

    The first cue begins with the final's first word, and the last one stays until the final's end.
    """
    words = final.words or _spread(final)
    found = [_cue(group) for run in _runs(words) for group in _grouped(_balanced(run))]
    if found:
        found[-1] = Cue(found[-1].start_ms, max(found[-1].end_ms, final.end_ms), found[-1].lines)
    return found


def srt(number: int, cue: Cue) -> str:
    """Write one cue as SubRip; numbers begin with 1."""
    return f"{number}\n{_time(cue.start_ms, ',')} --> {_time(cue.end_ms, ',')}\n{_text(cue)}\n\n"


VTT_HEAD = "WEBVTT\n\n"


def vtt(cue: Cue) -> str:
    """Write one cue as WebVTT, https://www.w3.org/TR/webvtt1/."""
    text = _text(cue).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"{_time(cue.start_ms, '.')} --> {_time(cue.end_ms, '.')}\n{text}\n\n"


def _time(milliseconds: int, point: str) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}{point}{thousandths:03}"


def _text(cue: Cue) -> str:
    return "\n".join(printable(line) for line in cue.lines)


def _cue(lines: Sequence[Sequence[Word]]) -> Cue:
    return Cue(lines[0][0].start_ms, lines[-1][-1].end_ms, tuple(_joined(line) for line in lines))


def _joined(words: Sequence[Word]) -> str:
    return " ".join(word.word for word in words)


def _spread(final: Final) -> list[Word]:
    """Give every word of a text the share of the time that it has of the characters."""
    texts = final.text.split()
    ends = list(itertools.accumulate(len(text) + 1 for text in texts))
    length = final.end_ms - final.start_ms
    at = [final.start_ms + length * end // ends[-1] for end in ends]
    return [Word(*timed) for timed in zip(texts, [final.start_ms, *at], at, strict=False)]


def _runs(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Part words where nobody speaks for long."""
    run: list[Word] = []
    for word in words:
        if run and word.start_ms - run[-1].end_ms >= _PAUSE_MS:
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _balanced(words: Sequence[Word]) -> list[Sequence[Word]]:
    """Break words into the fewest lines that fit, as even as possible (least squares of what is left free).

    A word longer than a line gets one of its own.
    """
    # best[i]: the cost of words[:i], first by count of lines, and where its last line begins
    best: list[tuple[int, int, int]] = [(0, 0, 0)]
    for end in range(1, len(words) + 1):
        options = []
        for begin in range(end - 1, -1, -1):
            free = _LINE - len(_joined(words[begin:end]))
            if free < 0 and begin < end - 1:
                break
            count, cost, _ = best[begin]
            options.append((count + 1, cost + free * free, begin))
        best.append(min(options))
    lines: list[Sequence[Word]] = []
    end = len(words)
    while end:
        begin = best[end][2]
        lines.append(words[begin:end])
        end = begin
    return lines[::-1]


def _grouped(lines: Sequence[Sequence[Word]]) -> Iterator[Sequence[Sequence[Word]]]:
    for start in range(0, len(lines), _LINES):
        yield lines[start : start + _LINES]
