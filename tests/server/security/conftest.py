"""A server to be attacked."""

import pytest

from audio.recognizers.scripted import ScriptedEngine
from tests.running import running


@pytest.fixture
async def server(tmp_path):
    async with running(tmp_path, ScriptedEngine(), session={"resume_window_s": 0.1}) as server:
        yield server


@pytest.fixture
async def guarded(tmp_path):
    """A server with tokens of several scopes."""
    tokens = tmp_path / "tokens"
    tokens.write_text("all-of-it\nstreams stream\nreads read\nexports read export\nerases read delete\n")
    async with running(tmp_path, ScriptedEngine(), server={"token_file": str(tokens)}) as server:
        yield server
