"""The formats by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module

from storage import door
from storage.errors import StorageError
from storage.exports.columns import Dialogue
from storage.exports.selection import Options
from storage.exports.sounds import Sounds

Render = Callable[[Iterable[Dialogue], Options, Sounds], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Format:
    """How an export is written."""

    name: str
    media_type: str
    suffix: str
    """Of a file's name, with its dot."""
    render: Render
    fits: Callable[[Dialogue], bool]
    """Whether a conversation has anything for this format; what hasn't is neither written nor counted nor marked."""
    talk_only: bool
    """Whether it shows what was said and nothing else."""


# Format to module; loaded when asked for, because pyarrow alone takes longer to import than all the rest.
_MODULES = {
    "json": "seed",
    "jsonl": "jsonl",
    "openai": "openai",
    "sharegpt": "sharegpt",
    "csv": "csvtable",
    "parquet": "parquet",
    "audiofolder": "audiofolder",
    "nemo": "nemo",
}
FORMATS = tuple(_MODULES)


def format_of(name: str) -> Format:
    """Return the format of this name. Raises: Invalid, and StorageError where what it needs isn't installed."""
    door.choice("format", name, FORMATS)
    try:
        module = import_module(f"storage.exports.{_MODULES[name]}")
    except ModuleNotFoundError as error:
        raise StorageError(
            f"the {name} format needs {error.name}, which is not installed: make install"
        ) from error
    return Format(
        name,
        module.MEDIA_TYPE,
        module.SUFFIX,
        module.render,
        getattr(module, "fits", _anything),
        talk_only=name in ("openai", "sharegpt"),
    )


def _anything(dialogue: Dialogue) -> bool:
    return True
