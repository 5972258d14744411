"""The house keeps its walls: who may import what, and one importer per dependency."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("audio", "storage", "server")

FORBIDDEN = {
    "audio": {"server", "storage", "asyncio", "tests"},
    "storage": {"server", "audio", "tests"},
    "server": {"tests"},
    "server/wire": {"asyncio", "time", "socket", "storage", "websockets", "starlette"},
    "server/session.py": {"asyncio", "time", "socket", "storage", "websockets"},
    "server/events.py": {"asyncio", "time", "socket", "storage", "websockets"},
    "server/commands.py": {"asyncio", "time", "socket", "storage", "websockets"},
}

ONE_IMPORTER = (
    "vosk",
    "webrtcvad",
    "aiosqlite",
    "soxr",
    "uvicorn",
    "uvloop",
    "sounddevice",
    "prometheus_client",
)
"""Their errors and oddities are translated where they are imported, once."""


def modules(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.suffix else sorted(path.rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("place", FORBIDDEN)
def test_no_module_looks_over_its_wall(place):
    seen = {path.relative_to(ROOT).as_posix(): imported(path) & FORBIDDEN[place] for path in modules(place)}
    assert {path: names for path, names in seen.items() if names} == {}
    assert seen


def test_a_dependency_has_one_importer():
    importers = defaultdict(list)
    for package in PACKAGES:
        for path in modules(package):
            for name in imported(path) & set(ONE_IMPORTER):
                importers[name].append(path.relative_to(ROOT).as_posix())
    assert {name: paths for name, paths in importers.items() if len(paths) > 1} == {}
    assert set(importers) == set(ONE_IMPORTER)


def test_a_file_fits_one_idea():
    longest = {
        path.relative_to(ROOT).as_posix(): lines
        for package in PACKAGES
        for path in modules(package)
        if (lines := path.read_text("utf-8").count("\n")) > 250
    }
    assert longest == {}


SWALLOWS_ALL = {"server/ports/guests.py": "the task of one client ends there, and it logs"}
"""Every other handler of everything must raise."""


def test_only_the_end_of_a_task_swallows_everything():
    found = set()
    for package in PACKAGES:
        for path in modules(package):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ExceptHandler) and catches_all(node) and not raises(node):
                    found.add(path.relative_to(ROOT).as_posix())
    assert found == set(SWALLOWS_ALL)


def catches_all(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or ast.unparse(handler.type) in {"Exception", "BaseException"}


def raises(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) for node in ast.walk(handler))
