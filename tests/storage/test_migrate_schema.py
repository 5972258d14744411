"""The command, both ways of calling it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.storage.old_files import make

ROOT = Path(__file__).parents[2]
WAYS = {
    "module": (["-m", "storage.migrate_schema"], ROOT),
    "path": ([str(ROOT / "storage" / "migrate_schema.py")], Path("/")),
}


def run(way, *arguments):
    command, folder = WAYS[way]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, *command, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("way", WAYS)
def test_it_upgrades_tells_and_has_nothing_to_do_the_second_time(way, path):
    make(path, "bare")
    dry = run(way, "--db", str(path), "--dry-run")
    assert dry.stdout.splitlines()[-1] == "version 0 would become 1: nothing was changed"
    done = run(way, "--db", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("copied first to ")
    assert "column messages.quality_score added" in lines
    assert lines[-1] == "version 0 is now 1"
    again = run(way, "--db", str(path))
    assert (again.returncode, again.stdout) == (0, "version 1: nothing to do\n")


def test_it_makes_no_copy_when_told_not_to(path):
    make(path, "bare")
    assert run("module", "--db", str(path), "--no-backup").returncode == 0
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("content", [None, b"no database at all, but long enough to look into it"])
def test_what_it_cannot_upgrade_it_tells_in_one_line(path, content):
    path.parent.mkdir()
    if content:
        path.write_bytes(content)
    done = run("path", "--db", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{path}: ")
    assert done.stderr.count("\n") == 1
