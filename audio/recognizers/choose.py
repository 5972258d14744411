"""Chooses the recognizer: the only place that knows them all.

`auto` takes the Vosk model that the operator names, else the first one found, else fetches a small one, else takes
PocketSphinx and says so. The adapters are imported when chosen: libvosk alone takes a quarter of a second.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from audio.recognizers.base import Engine, RecognizerError
from audio.recognizers.download import DownloadError, ModelSite, fetch
from audio.recognizers.installed import PUBLISHED, Published, installed, speaks
from audio.recognizers.vosk_model import EXPECTED

ENGINES = ("auto", "vosk", "pocketsphinx", "scripted")

_log = logging.getLogger(__name__)


def choose(
    engine: str = "auto",
    *,
    model: str = "",
    language: str = "",
    folders: Sequence[Path] = (),
    download: Path | None = None,
    site: ModelSite | None = None,
) -> Engine:
    """Load a recognizer.

    `model` is a Vosk model's folder, or the name of one in `folders`; "" takes the first one found there that
    speaks `language` ("" for any). Where there is none, one is fetched from `site` into `download`, unless that is
    None. Raises: RecognizerError, fit for the operator.
    """
    match engine:
        case "auto" | "vosk":
            return _vosk_or_demo(engine, model, language, folders, download, site)
        case "pocketsphinx":
            return _pocketsphinx(language)
        case "scripted":
            from audio.recognizers.scripted import ScriptedEngine

            return ScriptedEngine()
        case _:
            raise RecognizerError(f"recognizer {engine!r}; choose from {', '.join(ENGINES)}")


def find(model: str, language: str, folders: Sequence[Path]) -> Path | None:
    """Return the folder of the model that `choose` would load without a download; None where there is none."""
    if not model:
        usable = (found.folder for found in installed(folders) if speaks(found.language, language))
        return next(usable, None)
    if Path(model).name != model or Path(model).is_dir():
        return Path(model).expanduser()
    return next((found.folder for found in installed(folders) if found.folder.name == model), None)


def published_for(language: str) -> Published | None:
    """Return the model that is fetched for a language; None where we know of none."""
    return next((offer for offer in PUBLISHED if speaks(offer.language, language)), None)


def _vosk_or_demo(
    engine: str,
    model: str,
    language: str,
    folders: Sequence[Path],
    download: Path | None,
    site: ModelSite | None,
) -> Engine:
    folder = find(model, language, folders)
    try:
        folder = folder or _fetched(model, language, folders, download, site)
    except DownloadError as error:
        if engine == "vosk":
            raise
        demo = _pocketsphinx(language)
        _log.warning("No Vosk model: %s. %s", error, demo.info.note)
        return demo
    from audio.recognizers.vosk import VoskEngine

    return VoskEngine(folder, language=language)


def _fetched(
    model: str, language: str, folders: Sequence[Path], download: Path | None, site: ModelSite | None
) -> Path:
    offer = published_for(language)
    name = model or (offer.name if offer else "")
    if not name:
        raise RecognizerError(
            f"language {language!r}: no Vosk model is known for it; name one as recognizer.model"
        )
    if download is None:
        looked = ", ".join(map(str, folders)) or "no folder"
        raise DownloadError(
            f"none in {looked} (a model is a folder with {EXPECTED}), and none may be downloaded"
        )
    _log.info("Fetching %s into %s", name, download)
    return fetch(name, download, site=site)


def _pocketsphinx(language: str) -> Engine:
    if not speaks("en-us", language):
        offer = published_for(language)
        advice = f"; install one with: python -m server models fetch {offer.name}" if offer else ""
        raise RecognizerError(
            f"language {language!r} needs a Vosk model, PocketSphinx hears English only{advice}"
        )
    from audio.recognizers.pocketsphinx import PocketSphinxEngine

    return PocketSphinxEngine()
