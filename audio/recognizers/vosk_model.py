"""What a Vosk model looks like on disk: its files, its language, whether it takes phrases.

Models come in two layouts, and libvosk takes the newer one where `am/final.mdl` and `conf/model.conf` exist
(https://github.com/alphacep/vosk-api, src/model.cc).
"""

from __future__ import annotations

import re
from pathlib import Path

from audio.recognizers.base import RecognizerError

EXPECTED = "am/final.mdl, conf/model.conf and graph/HCLG.fst (or graph/HCLr.fst with graph/Gr.fst)"
"""What messages call a Vosk model; the older layout has the same files without folders."""

_LANGUAGES = {"cn": "zh", "kz": "kk", "ua": "uk", "vn": "vi"}
"""Vosk names some languages by their country; BCP 47 by these."""

_NAME = re.compile(r"vosk-(?:model-)?(?:small-|tiny-)?([a-z]{2,3})(?:-(us|gb|in|ph|gr))?(?![a-z])")


def is_model(folder: Path) -> bool:
    """Tell whether a folder holds a Vosk model of either layout."""
    if (folder / "am/final.mdl").is_file() and (folder / "conf/model.conf").is_file():
        return _has_graph(folder / "graph")
    return (folder / "final.mdl").is_file() and (folder / "mfcc.conf").is_file() and _has_graph(folder)


def check_model(folder: Path) -> None:
    """Make sure that libvosk can take this folder. Raises: RecognizerError naming the path and what's wanted."""
    if not folder.is_dir():
        raise RecognizerError(f"{folder}: no such folder; a Vosk model is a folder with {EXPECTED}")
    if not is_model(folder):
        raise RecognizerError(f"{folder}: not a Vosk model; expected in it: {EXPECTED}")
    settings = folder / "conf/model.conf"
    # Without this setting libvosk aborts the whole process at the first audio instead of raising an error.
    if settings.is_file() and "--endpoint.silence-phones=" not in settings.read_text(errors="replace"):
        raise RecognizerError(f"{settings}: the setting --endpoint.silence-phones is missing")


def has_runtime_graph(folder: Path) -> bool:
    """Tell whether the graph is composed at run time, so that phrases can narrow it down."""
    for place in (folder / "graph", folder):
        if (place / "HCLG.fst").is_file():
            return False  # libvosk prefers the static graph where both are there
        if (place / "HCLr.fst").is_file():
            return True
    return False


def language_of(name: str) -> str:
    """Guess a model's language (BCP 47) from its name; "und" where the name doesn't say."""
    found = _NAME.match(name)
    if not found:
        return "und"
    language, region = found.groups()
    language = _LANGUAGES.get(language, language)
    return f"{language}-{region}" if region else language


def _has_graph(folder: Path) -> bool:
    files = {file for file in ("HCLG.fst", "HCLr.fst", "Gr.fst") if (folder / file).is_file()}
    return "HCLG.fst" in files or {"HCLr.fst", "Gr.fst"} <= files
