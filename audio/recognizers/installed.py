"""Which Vosk models are on this machine, and which ones are worth fetching."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from audio.recognizers.vosk_model import is_model, language_of


@dataclass(frozen=True, slots=True)
class Installed:
    """A model on disk."""

    folder: Path
    language: str
    """BCP 47, guessed from the name; "und" where it doesn't say."""


@dataclass(frozen=True, slots=True)
class Published:
    """A model that the Vosk project offers."""

    name: str
    language: str
    """BCP 47."""
    megabytes: int
    """Of the archive, as the project states it."""


PUBLISHED = (
    Published("vosk-model-small-en-us-0.15", "en-us", 40),
    Published("vosk-model-en-us-0.22-lgraph", "en-us", 128),
    Published("vosk-model-en-us-0.22", "en-us", 1800),
    Published("vosk-model-small-en-in-0.4", "en-in", 36),
    Published("vosk-model-small-cn-0.22", "zh", 42),
    Published("vosk-model-small-cs-0.4-rhasspy", "cs", 44),
    Published("vosk-model-small-de-0.15", "de", 45),
    Published("vosk-model-small-es-0.42", "es", 39),
    Published("vosk-model-small-fr-0.22", "fr", 41),
    Published("vosk-model-small-hi-0.22", "hi", 42),
    Published("vosk-model-small-it-0.22", "it", 48),
    Published("vosk-model-small-ja-0.22", "ja", 48),
    Published("vosk-model-small-ko-0.22", "ko", 82),
    Published("vosk-model-small-nl-0.22", "nl", 39),
    Published("vosk-model-small-pl-0.22", "pl", 51),
    Published("vosk-model-small-pt-0.3", "pt", 31),
    Published("vosk-model-small-ru-0.22", "ru", 45),
    Published("vosk-model-small-tr-0.3", "tr", 35),
    Published("vosk-model-small-vn-0.4", "vi", 32),
)
"""The best small model of each language, first the one for who doesn't say; any other is fetched by its name too."""


def standard_folders(own: Path) -> tuple[Path, ...]:
    """Return the folders where models are looked for: the operator's word, our own, then Vosk's."""
    named = os.environ.get("VOSK_MODEL_PATH")
    return (*([Path(named)] if named else []), own, Path.home() / ".cache/vosk", Path("/usr/share/vosk"))


def installed(folders: Iterable[Path]) -> list[Installed]:
    """List the models in these folders, in their order, then by name. A folder may be a model itself."""
    found: dict[Path, Installed] = {}
    for folder in folders:
        for place in (folder, *_subfolders(folder)):
            if is_model(place):
                found.setdefault(place.resolve(), Installed(place, language_of(place.resolve().name)))
    return list(found.values())


def speaks(model: str, wanted: str) -> bool:
    """Tell whether a model's language serves the wanted one: "en-us" serves "en-GB", "und" might serve anything."""
    return not wanted or model in ("und", wanted) or _primary(model) == _primary(wanted)


def _primary(language: str) -> str:
    return language.lower().replace("_", "-").partition("-")[0]


def _subfolders(folder: Path) -> list[Path]:
    try:
        return sorted(
            place for place in folder.iterdir() if place.is_dir() and not place.name.startswith(".")
        )
    except OSError:  # not there, or not ours to read: nothing to find either way
        return []
