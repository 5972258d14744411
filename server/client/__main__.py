"""`python -m server.client`: puts the client together and answers for it with an exit code."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from server.client.arguments import Options, parse
from server.client.backoff import Backoff
from server.client.choose_source import open_source
from server.client.client import connect
from server.client.display import Display, JsonLines, Lines, Live
from server.client.errors import ClientError
from server.client.files import writers
from server.client.messages import Final, Heard
from server.client.pacing import Pacer
from server.client.talking import Talk
from server.client.tally import Tally

_DONE, _FAILED, _INTERRUPTED = 0, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    try:
        options = parse(sys.argv[1:] if arguments is None else arguments, os.environ)
        if options is None:
            return _list_devices()
        asyncio.run(_run(options))
    except ClientError as error:
        print(f"earshot: {error}", file=sys.stderr)
        return error.exit_code
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _INTERRUPTED
    except BrokenPipeError:  # whoever read our output has left; Python's exit would complain once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    return _DONE


def _list_devices() -> int:
    from server.client import microphone

    print(microphone.list_devices(microphone.load()))
    return _DONE


async def _run(options: Options) -> None:
    display, tally = _display(options), Tally()
    now = asyncio.get_running_loop().time
    with ExitStack() as stack:
        stack.callback(display.close)
        source = stack.enter_context(open_source(options, display.remark))
        start = options.start(source.format, partials=options.json or options.partials or sys.stdout.isatty())
        write = stack.enter_context(writers(srt=options.srt, vtt=options.vtt, txt=options.txt))

        def hear(heard: Heard) -> None:
            display.hear(heard)
            tally.hear(heard)
            if isinstance(heard.message, Final):
                write(heard.message)

        back = Backoff(options.resume_window_s, now=now, sleep=asyncio.sleep)
        async with connect(options.url, start, back=back, tell=display.remark, token=options.token) as client:
            pacer = Pacer(source.format.sample_rate * options.speed, now=now, sleep=asyncio.sleep)
            talk = Talk(client, source, pacer, hear, now=now)
            with _interruptible(talk, display):
                try:
                    await talk.run()
                finally:
                    display.remark(tally.summary(talk, now()))


def _display(options: Options) -> Display:
    out, err = sys.stdout, sys.stderr
    for stream in (out, err):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # an old terminal shows ? rather than end the session
    if options.json:
        return JsonLines(out, err)
    if out.isatty() and os.environ.get("TERM") != "dumb":
        colour = not os.environ.get("NO_COLOR")  # https://no-color.org
        return Live(out, err, width=lambda: shutil.get_terminal_size().columns, colour=colour)
    return Lines(out, err, partials=options.partials)


@contextmanager
def _interruptible(talk: Talk, display: Display) -> Iterator[None]:
    """Let the first Ctrl-C (or SIGTERM) end the talk politely, and the second one at once."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    asked = False

    def interrupted() -> None:
        nonlocal asked
        if asked and task:
            task.cancel()
            return
        asked = True
        display.remark("stopping, waiting for the last final; Ctrl-C once more leaves at once")
        talk.hush()

    signals = (signal.SIGINT, signal.SIGTERM)
    with suppress(NotImplementedError):  # Windows: Ctrl-C leaves at once
        for number in signals:
            loop.add_signal_handler(number, interrupted)
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            for number in signals:
                loop.remove_signal_handler(number)


if __name__ == "__main__":
    sys.exit(main())
