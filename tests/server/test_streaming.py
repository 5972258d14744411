"""The native protocol through a real server: sound in, transcript out, row kept."""

import sqlite3

import pytest
from websockets.exceptions import InvalidStatus

from audio.recognizers.scripted import ScriptedEngine
from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.running import running

TWO = speech("two-utterances").samples.tobytes() + quiet(1.6)


def rows(database, query):
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(query)]
    finally:
        connection.close()


async def test_speech_becomes_finals_rows_and_statistics(tmp_path, vosk):
    async with running(tmp_path, vosk) as server, server.client() as client:
        ready = await client.start(user_id="ann", platform="test", words=True)
        await client.stream(TWO)
        await client.send({"type": "stop"})
        await client.rest()
        finals = client.of("final")
        assert [final["text"] for final in finals] == ["hello thank you", "goodbye"]
        assert [final["reason"] for final in finals] == ["silence", "silence"]
        assert finals[0]["words"][0]["word"] == "hello"
        stopped = client.seen[-1]
        assert stopped["type"] == "stopped"
        assert stopped["received_samples"] == len(TWO) // 2
        assert stopped["utterances"] == 2
        assert client.socket.close_code == 1000
        kept = rows(server.database, "SELECT * FROM messages ORDER BY id")
        assert [row["id"] for row in kept] == [final["message_id"] for final in finals]
        assert [row["content"] for row in kept] == ["hello thank you", "goodbye"]
        for row, final in zip(kept, finals, strict=True):
            assert row["role"] == "user"
            assert row["conversation_id"] == ready["conversation_id"]
            assert abs(row["voice_pitch"] - final["voice"]["pitch_hz"]) < 0.1
            assert 0 < row["audio_quality"] <= 1
            assert (row["start_ms"], row["end_ms"]) == (final["start_ms"], final["end_ms"])
        [conversation] = rows(server.database, "SELECT * FROM conversations")
        assert conversation["session_id"] == ready["session_id"]
        assert (conversation["user_id"], conversation["platform"]) == ("ann", "test")
        assert conversation["total_messages"] == 2
        assert conversation["is_active"] == 0
        assert conversation["ended_at"]


async def test_partials_come_before_their_final_and_acks_along_the_way(tmp_path, vosk):
    async with running(tmp_path, vosk) as server, server.client() as client:
        await client.start()
        await client.stream(TWO, 640)
        await client.send({"type": "stop"})
        await client.rest()
    kinds = [message["type"] for message in client.seen]
    assert kinds.index("speech_started") < kinds.index("partial") < kinds.index("final")
    acked = [message["received_samples"] for message in client.of("ack")]
    assert acked == sorted(set(acked))
    assert acked[-1] == len(TWO) // 2


async def test_a_muted_client_that_stops_sending_still_gets_its_final(tmp_path, vosk):
    clip = speech("abrupt-end")
    async with running(tmp_path, vosk) as server, server.client() as client:
        await client.start(silence_ms=300)
        await client.stream(clip.samples.tobytes())
        final = await client.until("final")
        assert (final["text"], final["reason"]) == (clip.text, "stalled")


async def test_a_hang_up_in_mid_speech_is_kept(tmp_path, vosk):
    clip = speech("abrupt-end")
    async with running(tmp_path, vosk, session={"resume_window_s": 0.1}) as server:
        async with server.client() as client:
            await client.start()
            await client.stream(clip.samples.tobytes())
            client.socket.transport.abort()
        await server.running.voice.deserted()
        kept = rows(server.database, "SELECT content, reason FROM messages")
    assert kept == [{"content": clip.text, "reason": "disconnect"}]


async def test_finalize_ends_the_utterance_and_the_session_goes_on(tmp_path, vosk):
    clip = speech("digits-16k")
    async with running(tmp_path, vosk) as server, server.client() as client:
        await client.start()
        for number in (1, 2):
            await client.stream(clip.samples.tobytes())
            await client.send({"type": "finalize"})
            final = await client.until("final")
            assert (final["utterance"], final["text"], final["reason"]) == (number, clip.text, "finalize")


async def test_the_assistants_turn_and_the_users_stars_are_kept(tmp_path, vosk):
    async with running(tmp_path, vosk) as server, server.client() as client:
        await client.start()
        await client.send(
            {
                "type": "message",
                "role": "assistant",
                "content": "Grüß dich 🙂",
                "processing_time": 1.2,
                "agent_outputs": {"intent": "greet"},
            }
        )
        saved = await client.until("message_saved")
        await client.send({"type": "feedback", "message_id": saved["message_id"], "rating": 4})
        await client.until("feedback_saved")
        [row] = rows(server.database, "SELECT * FROM messages")
        assert row["uid"] == saved["uid"]
        assert row["content"] == "Grüß dich 🙂"
        assert row["agent_outputs"] == '{"intent":"greet"}'
        assert row["user_feedback"] == 4
        [conversation] = rows(server.database, "SELECT * FROM conversations")
        assert conversation["user_satisfaction"] == 4
        assert conversation["avg_response_time"] == 1.2


async def test_feedback_on_a_message_of_somebody_else_is_refused(tmp_path, vosk):
    async with running(tmp_path, vosk) as server, server.client() as ann, server.client() as bob:
        await ann.start()
        await bob.start()
        await ann.send({"type": "message", "role": "assistant", "content": "for ann"})
        saved = await ann.until("message_saved")
        await bob.send({"type": "feedback", "message_id": saved["message_id"], "rating": 1})
        error = await bob.until("error")
        assert error["code"] == "not_saved"
        assert not error["fatal"]
        assert rows(server.database, "SELECT user_feedback FROM messages") == [{"user_feedback": None}]


async def test_a_conversation_can_be_gone_on_with(tmp_path, vosk):
    async with running(tmp_path, vosk) as server:
        async with server.client() as client:
            first = await client.start()
            await client.send({"type": "stop"})
            await client.rest()
        async with server.client() as client:
            second = await client.start(conversation_id=first["conversation_id"])
            assert second["session_id"] == first["session_id"]
        async with server.client() as client:
            await client.send({"type": "start", "conversation_id": 99})
            error = await client.until("error")
            assert error["fatal"]
            assert "99" in error["message"]


async def test_a_session_may_decline_to_be_recorded_or_trained_on(tmp_path, vosk):
    clip = speech("digits-16k").samples.tobytes() + quiet(1.6)
    async with running(tmp_path, vosk) as server:
        for record in (False, True):
            async with server.client() as client:
                await client.start(record=record, training=record)
                await client.stream(clip)
                await client.send({"type": "stop"})
                await client.rest()
        declined, agreed = rows(server.database, "SELECT * FROM messages ORDER BY id")
        assert declined["audio_path"] is None
        assert declined["training_flag"] == 0
        assert agreed["audio_path"]
        assert agreed["training_flag"] == 1
        assert len(list((tmp_path / "audio").rglob("*.flac"))) == 1


async def test_ten_thousand_tiny_messages_are_one_stream(tmp_path):
    async with running(tmp_path, ScriptedEngine()) as server, server.client() as client:
        await client.start()
        await client.stream(bytes(20_000), 2)
        await client.send({"type": "stop"})
        await client.rest()
        assert client.seen[-1]["received_samples"] == 10_000


async def test_odd_bytes_are_no_samples(tmp_path):
    async with running(tmp_path, ScriptedEngine()) as server, server.client() as client:
        await client.start()
        await client.stream(bytes(1001), 7)
        await client.send({"type": "stop"})
        await client.rest()
        assert client.seen[-1]["received_samples"] == 500


@pytest.mark.parametrize(
    ("sent", "code", "close_code"),
    [
        ("x" * 70_000, "too_large", 1009),
        (b"audio before the start", "not_started", 1002),
        ('{"type": "finalize"}', "not_started", 1002),
    ],
)
async def test_what_cannot_go_on_is_told_before_the_close(tmp_path, sent, code, close_code):
    async with running(tmp_path, ScriptedEngine()) as server, server.client() as client:
        await client.socket.send(sent)
        [error] = await client.rest()
        assert (error["type"], error["code"], error["fatal"]) == ("error", code, True)
        assert client.socket.close_code == close_code


async def test_a_message_of_more_than_a_mebibyte_closes_with_1009(tmp_path):
    async with running(tmp_path, ScriptedEngine()) as server, server.client() as client:
        await client.start()
        await client.socket.send(bytes((1 << 20) + 1))
        await client.rest()
        assert client.socket.close_code == 1009


@pytest.mark.parametrize(
    "text", ["nonsense", "{}", '{"type": "dance"}', '{"type": "start", "rate": 1}', "[1]"]
)
async def test_a_mistake_is_answered_and_the_session_goes_on(tmp_path, text):
    async with running(tmp_path, ScriptedEngine()) as server, server.client() as client:
        await client.socket.send(text)
        error = await client.until("error")
        assert not error["fatal"]
        await client.start()
        await client.socket.send(text)
        await client.until("error")
        await client.send({"type": "ping"})
        await client.until("pong")


async def test_an_unknown_path_is_404_before_the_upgrade(tmp_path):
    async with running(tmp_path, ScriptedEngine()) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with server.client("/v2/stream"):
                raise AssertionError("let in")
        assert refused.value.response.status_code == 404
        assert b"/v1/stream" in refused.value.response.body


async def test_a_full_server_says_when_to_come_back(tmp_path):
    async with running(tmp_path, ScriptedEngine(), server={"max_sessions": 1}) as server, server.client():
        with pytest.raises(InvalidStatus) as refused:
            async with server.client():
                raise AssertionError("let in")
        assert refused.value.response.status_code == 503
        assert refused.value.response.headers["Retry-After"] == "5"


async def test_an_idle_client_is_dismissed_with_a_reason(tmp_path):
    async with (
        running(tmp_path, ScriptedEngine(), session={"idle_timeout_s": 1}) as server,
        server.client() as client,
    ):
        await client.start()
        await client.rest()
        [error] = client.of("error")
        assert error["code"] == "idle"
        assert client.seen[-1]["type"] == "stopped"
        assert client.socket.close_code == 1000


async def test_a_stopping_server_keeps_open_utterances_and_tells_its_clients(tmp_path, vosk):
    clip = speech("abrupt-end")
    async with running(tmp_path, vosk) as server:
        client_context = server.client()
        client = await client_context.__aenter__()
        await client.start()
        await client.stream(clip.samples.tobytes())
        await client.until("partial")
    await client.rest()
    [final] = client.of("final")
    assert final["text"] == clip.text
    assert client.socket.close_code == 1001
    assert rows(server.database, "SELECT content FROM messages") == [{"content": clip.text}]
    await client_context.__aexit__(None, None, None)


async def test_memories_and_agent_logs_are_kept_and_told_with_finals(tmp_path, vosk):
    clip = speech("digits-16k").samples.tobytes()
    async with running(tmp_path, vosk) as server, server.client() as client:
        await client.start(user_id="ann", memories=True)
        for content in ("likes tea", "likes tea", "has a cat"):
            await client.send({"type": "memory", "content": content, "tier": "long_term", "tags": ["home"]})
        saved = [await client.until("memory_saved") for _ in range(3)]
        assert [memory["existed"] for memory in saved] == [False, True, False]
        await client.send({"type": "agent_log", "agent_name": "planner", "output_data": {"plan": [1]}})
        await client.until("agent_log_saved")
        await client.stream(clip)
        await client.send({"type": "finalize"})
        final = await client.until("final")
        assert {memory["content"] for memory in final["memories"]} == {"likes tea", "has a cat"}
        [row] = rows(server.database, "SELECT agent_name, output_data FROM agent_logs")
        assert row == {"agent_name": "planner", "output_data": '{"plan":[1]}'}


async def test_a_memory_without_a_user_is_refused(tmp_path):
    async with running(tmp_path, ScriptedEngine()) as server, server.client() as client:
        await client.start()
        await client.send({"type": "memory", "content": "likes tea"})
        assert "user_id" in (await client.until("error"))["message"]
