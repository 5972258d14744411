"""The pitch of what is kept."""

import asyncio

import numpy as np
import pytest

from audio.values import RATE
from server.http.pitch_curve import pitch_curve
from storage.rows import NewConversation, NewMessage, Recording
from tests.server.http.answers import code


def buzz(hertz: float, seconds: float) -> np.ndarray:
    """A voice-like tone: a row of pulses has all harmonics."""
    time = np.arange(int(seconds * RATE)) / RATE
    wave = np.sum([np.cos(2 * np.pi * hertz * n * time) / n for n in range(1, 20)], axis=0)
    return (2500 * wave).astype(np.int16)


SOUND = np.concatenate([np.zeros(RATE // 2, np.int16), buzz(180, 1), np.zeros(RATE // 2, np.int16)])


def test_a_curve_has_a_value_every_10_ms_and_none_where_there_is_no_voice():
    curve = pitch_curve(SOUND, start_ms=700)
    assert (curve.start_ms, curve.hop_ms, len(curve.pitch_hz)) == (700, 10, 200)
    assert set(curve.pitch_hz[:40]) == set(curve.pitch_hz[-40:]) == {None}
    assert curve.pitch_hz[60:140] == pytest.approx([180] * 80, rel=0.02)


def test_an_empty_recording_has_an_empty_curve():
    assert pitch_curve(SOUND[:0], start_ms=0).pitch_hz == []


async def test_a_heard_message_has_the_curve_of_its_sound(api, conversation):
    [spoken, written] = (await api.get(f"/api/conversations/{conversation}/messages")).json()["items"]
    curve = (await api.get(f"/api/messages/{spoken['id']}/pitch")).json()
    assert curve["start_ms"] == spoken["start_ms"]
    assert curve["hop_ms"] == 10
    assert len(curve["pitch_hz"]) == -(-spoken["audio_ms"] // 10)
    voiced = [hz for hz in curve["pitch_hz"] if hz is not None]
    assert np.median(voiced) == pytest.approx(spoken["voice_pitch"], rel=0.03)
    refused = await api.get(f"/api/messages/{written['id']}/pitch")
    assert code(refused) == (404, "not_found")
    assert "recording" in refused.json()["error"]["message"]
    assert code(await api.get("/api/messages/999/pitch")) == (404, "not_found")


async def test_damaged_sound_is_a_fault_that_is_named(api, server):
    store = server.running.store
    opened = await store.open_conversation(NewConversation(session_id="s", record=True))
    saved = await store.add_message(
        NewMessage(conversation_id=opened.id, role="user", content="x", audio=Recording(pcm=SOUND.tobytes()))
    )
    [path] = await asyncio.to_thread(lambda: list((server.database.parent / "audio").rglob("*.flac")))
    path.write_bytes(b"fLaC of old")
    answer = await api.get(f"/api/messages/{saved.message_id}/pitch")
    assert code(answer) == (500, "storage")
    assert "damaged" in answer.json()["error"]["message"]
