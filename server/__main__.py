"""`python -m server`: start Earshot, or one of its commands."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from server.config import Config, load
from server.errors import ConfigError

FAULT, OPERATOR = 1, 2
"""Exit codes: a fault of ours, a mistake of the operator's."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        if arguments[:1] == ["models"]:
            return _models(arguments[1:])
        options = _parser().parse_args(arguments)
        return _serve(load(_config_path(options.config), os.environ))
    except ConfigError as error:
        print(f"earshot: {error}", file=sys.stderr)
        return OPERATOR


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m server", description="Earshot, a self-hosted voice server."
    )
    parser.add_argument(
        "--config", type=Path, help="settings file (default: config.toml here, if there is one)"
    )
    parser.epilog = "Commands: python -m server models (list and fetch speech models)."
    return parser


def _config_path(given: Path | None) -> Path | None:
    if given:
        return given
    default = Path("config.toml")
    return default if default.exists() else None


def _serve(config: Config) -> int:
    from server.app import run

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(run(config, token=os.environ.get("EARSHOT_TOKEN"), announce=_say))
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


def _models(arguments: list[str]) -> int:
    from server import models

    return models.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
