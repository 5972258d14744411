"""A server with one conversation, and a client of its HTTP port."""

import httpx
import pytest

from audio.recognizers.scripted import ScriptedEngine
from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.running import running


@pytest.fixture
async def server(tmp_path):
    async with running(tmp_path, ScriptedEngine()) as server:
        yield server


@pytest.fixture
async def api(server):
    async with httpx.AsyncClient(base_url=server.http, trust_env=False, timeout=20) as client:
        yield client


@pytest.fixture
async def conversation(server):
    """A conversation of one spoken and one written turn, ended."""
    async with server.client() as client:
        ready = await client.start(user_id="ann", platform="test")
        await client.stream(speech("digits-16k").samples.tobytes() + quiet(1.3))
        await client.until("final")
        await client.send(
            {"type": "message", "role": "assistant", "content": "Hi there!", "processing_time": 1.2,
             "agent_outputs": {"intent": "greet"}, "memory_context": ["likes tea"]}
        )  # fmt: skip
        await client.until("message_saved")
        await client.send({"type": "stop"})
        await client.rest()
    return ready["conversation_id"]
