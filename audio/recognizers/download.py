"""Fetches a Vosk model from the project's site: once, whole or not at all.

The archive comes into a hidden folder beside the target, is compared with the site's list of models (size and MD5:
they show accidents, not forgery; that is TLS's part), unpacked, checked to be a model, and renamed. Two processes
that fetch the same model at once both succeed, and one copy stays.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

from tqdm import tqdm

from audio.recognizers.base import RecognizerError
from audio.recognizers.unpack import unpack
from audio.recognizers.vosk_model import EXPECTED, is_model

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

_PIECE = 1 << 16
"""Bytes read at a go."""

_CATALOG_BYTES = 1 << 20
"""Bytes of the site's list of models at most; it has some 20 KB."""

T = TypeVar("T")


class DownloadError(RecognizerError):
    """The model couldn't be fetched; the message names what went wrong."""


@dataclass(frozen=True, slots=True)
class ModelSite:
    """Where models come from, and how much is taken from there."""

    url: str = "https://alphacephei.com/vosk/models"
    """The Vosk project's own."""
    reach_s: float = 8.0
    """Seconds until a site that can't be reached is given up, names looked up and all."""
    stall_s: float = 15.0
    """Seconds without a byte after which a download is given up."""
    archive_bytes: int = 3_000_000_000
    """Largest archive taken: the largest published one has 2.3 GB."""
    unpacked_bytes: int = 8_000_000_000
    """Largest model taken, unpacked."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the site's list says about an archive; None where it doesn't."""

    size: int | None = None
    md5: str | None = None


def fetch(name: str, into: Path, *, site: ModelSite | None = None) -> Path:
    """Fetch the model of this name into a folder of models, unless it is there already; return its own folder.

    Shows a progress bar on a terminal. Nothing is left behind when it fails. Raises: DownloadError.
    """
    site = site or ModelSite()
    if not _NAME.fullmatch(name):
        raise DownloadError(f"{name!r} can't be a model's name; one looks like vosk-model-small-en-us-0.15")
    target = into / name
    if is_model(target):
        return target
    if target.exists():
        raise DownloadError(f"{target} is in the way: it isn't a Vosk model; remove it and try again")
    if urlsplit(site.url).scheme not in ("http", "https"):
        raise DownloadError(f"{site.url}: models come over http or https only")
    entry = _within(site.reach_s, lambda: _look_up(name, site), site)
    try:
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=into) as workshop:
            _build(name, Path(workshop), target, entry, site)
    except OSError as error:
        raise DownloadError(f"{into}: can't keep a model here: {error}") from error
    return target


def _build(name: str, workshop: Path, target: Path, entry: _Entry, site: ModelSite) -> None:
    """Fetch, compare, unpack, check; then put the model in its place."""
    archive, unpacked = workshop / "archive.zip", workshop / "unpacked"
    url = f"{site.url}/{name}.zip"
    try:
        md5 = _receive(url, archive, entry, site)
        if entry.md5 and entry.md5 != md5:
            raise DownloadError(f"its MD5 is {md5}, the site's list says {entry.md5}")
        unpacked.mkdir()
        unpack(archive, unpacked, limit=site.unpacked_bytes)
        model = _model_in(unpacked)
    except RecognizerError as error:
        raise DownloadError(f"{url}: {error}") from error
    try:
        model.rename(target)
    except OSError:
        if not is_model(target):  # else another process was faster, and its copy is as good
            raise


def _look_up(name: str, site: ModelSite) -> _Entry:
    """Ask the site's list of models about one. A site without a list is no obstacle."""
    try:
        with urlopen(f"{site.url}/model-list.json", timeout=site.reach_s) as answer:
            catalog = json.loads(answer.read(_CATALOG_BYTES))
        found = next(model for model in catalog if model["name"] == name)
        return _Entry(int(found["size"]), str(found["md5"]).lower())
    except HTTPError as error:
        error.close()
    except (ValueError, KeyError, TypeError, StopIteration):
        pass  # not a list that we know how to read
    return _Entry()


def _receive(url: str, archive: Path, entry: _Entry, site: ModelSite) -> str:
    """Write what the site sends into `archive`; return its MD5."""
    digest, size = hashlib.md5(usedforsecurity=False), 0
    try:
        with urlopen(url, timeout=site.stall_s) as answer, archive.open("wb") as file:
            declared = answer.headers.get("Content-Length", "")
            expected = int(declared) if declared.isdecimal() else entry.size
            _check_size(expected or 0, site)
            with tqdm(
                total=expected, unit="B", unit_scale=True, desc=url.rpartition("/")[2], disable=None
            ) as bar:
                while piece := answer.read(_PIECE):
                    size += len(piece)
                    _check_size(size, site)
                    digest.update(piece)
                    file.write(piece)
                    bar.update(len(piece))
    except HTTPError as error:
        with error:
            raise DownloadError(f"the site answers {error.code} {error.reason}") from error
    except (TimeoutError, http.client.HTTPException, OSError) as error:
        raise DownloadError(f"broken off after {size} bytes: {_why(error)}") from error
    if expected is not None and size != expected:
        raise DownloadError(f"broken off after {size} of {expected} bytes")
    return digest.hexdigest()


def _check_size(size: int, site: ModelSite) -> None:
    if size > site.archive_bytes:
        raise DownloadError(f"larger than the {site.archive_bytes} bytes allowed")


def _model_in(folder: Path) -> Path:
    """Find the model in what was unpacked: published archives hold one folder that holds it."""
    while not is_model(folder):
        inside = list(folder.iterdir())
        if len(inside) != 1 or not inside[0].is_dir():
            raise DownloadError(f"the archive holds no Vosk model; expected in it: {EXPECTED}")
        folder = inside[0]
    return folder


def _within(seconds: float, work: Callable[[], T], site: ModelSite) -> T:
    """Do network work for some seconds at most: a name server that is silent knows no other time-out."""
    outcome: SimpleQueue[T | Exception] = SimpleQueue()

    def run() -> None:
        try:
            outcome.put(work())
        except (OSError, http.client.HTTPException) as error:
            outcome.put(error)

    Thread(target=run, name="model site", daemon=True).start()
    try:
        result = outcome.get(timeout=seconds)
    except Empty:
        raise DownloadError(f"{site.url} can't be reached: no answer within {seconds:g} s") from None
    if isinstance(result, Exception):
        raise DownloadError(f"{site.url} can't be reached: {_why(result)}") from result
    return result


def _why(error: Exception) -> str:
    return str(getattr(error, "reason", error)) or type(error).__name__
