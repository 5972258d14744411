"""`python -m server`: start Earshot, or one of its commands."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from server.config import Config, load, models_folder
from server.errors import ConfigError
from server.operate.logs import set_up

OPERATOR = 2
"""Exit code: a mistake of the operator's. Python's own for an uncaught fault of ours is 1."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = _parser().parse_args(argv)
    read = partial(load, _config_path(options.config), os.environ)
    try:
        config = read()
        set_up(config.log)
        match options.command:
            case []:
                return _serve(config, read)
            case ["models", *arguments]:
                return _models(config, arguments)
            case ["export", *arguments]:
                return _export(config, arguments)
            case ["health"]:
                return _health(config)
            case [unknown, *_]:
                raise ConfigError(
                    f"unknown command {unknown!r}; choose from models, export, health, or none to serve"
                )
    except ConfigError as error:
        print(f"earshot: {error}", file=sys.stderr)
    return OPERATOR


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m server",
        description="Earshot, a self-hosted voice server. Without a command it starts and serves.",
        epilog="commands: models (list and fetch speech models), export (training data into a file), "
        "health (is the server up that is configured here?)",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--config", type=Path, help="settings file (default: config.toml here, if there is one)"
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, help="models …, export … or health; none: serve")
    return parser


def _config_path(given: Path | None) -> Path | None:
    if given:
        return given
    default = Path("config.toml")
    return default if default.exists() else None


def _serve(config: Config, read: Callable[[], Config]) -> int:
    from server.app import run

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(run(config, token=os.environ.get("EARSHOT_TOKEN"), announce=_say, reread=read))
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    """uvloop takes a third off the cost of a stream; where it can't be had, asyncio serves as well."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.Loop


def _models(config: Config, arguments: list[str]) -> int:
    from server.models import main as models

    chosen = config.recognizer
    return models(
        arguments,
        models=models_folder(config),
        engine=chosen.engine,
        model=chosen.model,
        language=chosen.language,
    )


def _export(config: Config, arguments: list[str]) -> int:
    from server.export import main as export

    return export(arguments, settings=config.storage)


def _health(config: Config) -> int:
    from server.operate.health import main as health

    return health(config.server)


if __name__ == "__main__":
    sys.exit(main())
