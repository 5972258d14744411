"""The Python package wyoming, unmodified: its client connects where docs/clients.md says."""

import asyncio
import logging
import re
import signal
import sqlite3
from contextlib import asynccontextmanager, closing
from pathlib import Path

import numpy as np
import pytest
import soxr

from audio.recognizers.scripted import ScriptedEngine
from tests.fixtures.speech_files import speech
from tests.process import started
from tests.quiet import quiet
from tests.running import DEADLINE_S, running
from tests.wyoming_package import (
    AsyncClient,
    AsyncTcpClient,
    AudioChunk,
    AudioStart,
    AudioStop,
    Describe,
    Error,
    Info,
    Ping,
    Pong,
    Transcribe,
    Transcript,
    TranscriptChunk,
    TranscriptStart,
    TranscriptStop,
    VoiceStarted,
    VoiceStopped,
    chunks,
    frame,
    told,
)

CLIENTS = Path(__file__).parents[3] / "docs" / "clients.md"
CLIP = speech("digits-16k")
SAID = CLIP.samples.tobytes()
TYPES = (VoiceStarted, VoiceStopped, Transcript, TranscriptStart, TranscriptChunk, TranscriptStop, Error)
HEARING = {"wyoming": True, "wyoming_port": 0}


@asynccontextmanager
async def listening(folder, engine, **sections):
    """A server whose Wyoming port is open."""
    sections["server"] = HEARING | sections.get("server", {})
    async with running(folder, engine, **sections) as server:
        yield server


def port(server):
    return server.running.wyoming.port


@asynccontextmanager
async def connected(server):
    async with AsyncTcpClient("127.0.0.1", port(server), read_timeout=DEADLINE_S) as client:
        yield client


async def say(client, *events):
    for event in events:
        await client.write_event(event.event())


async def until(client, kind):
    """All events up to the first of that type, as the package's own types; None is the end of the connection."""
    seen = []
    while not seen or (seen[-1] is not None and not isinstance(seen[-1], kind)):
        event = await client.read_event()
        known = [found for found in TYPES if event and found.is_type(event.type)]
        seen.append(known[0].from_event(event) if known else event)
    return seen


async def rest(client):
    """All events until the server closes."""
    return (await until(client, type(None)))[:-1]


async def transcribe(client, data, rate=16000, asked=None):
    """A stream, as Home Assistant sends one; return what was told."""
    await say(client, asked or Transcribe(), AudioStart(rate, 2, 1), *chunks(data, rate), AudioStop())
    return await until(client, TranscriptStop)


def text(events):
    [transcript] = [event for event in events if isinstance(event, Transcript)]
    return transcript.text


def rows(server, what, table="conversations"):
    with closing(sqlite3.connect(server.database)) as connection:
        return connection.execute(f"SELECT {what} FROM {table} ORDER BY id").fetchall()


async def natively(server, data, rate):
    async with server.client() as client:
        await client.start(sample_rate=rate)
        await client.stream(data)
        await client.send({"type": "stop"})
        await client.rest()
        return " ".join(final["text"] for final in client.of("final"))


async def test_the_address_in_the_document_is_one_that_the_package_takes(tmp_path, vosk):
    [address] = set(re.findall(r"tcp://127\.0\.0\.1:\d+", CLIENTS.read_text("utf-8")))
    async with listening(tmp_path, vosk) as server:
        client = AsyncClient.from_uri(address.replace("10300", str(port(server))), read_timeout=DEADLINE_S)
        async with client:
            await say(client, Describe())
            info = Info.from_event(await client.read_event())
    [program] = info.asr
    [model] = program.models
    told_natively = vosk.info
    assert (model.name, model.languages) == (told_natively.model, [told_natively.language])
    assert program.supports_transcript_streaming


@pytest.mark.parametrize(
    "name", ["digits-16k", "digits-8k", "two-utterances", "pauses-inside", "abrupt-end", "real-printing"]
)
async def test_the_text_is_that_of_the_native_protocol(tmp_path, vosk, name):
    clip = speech(name)
    data = clip.samples.tobytes()
    async with listening(tmp_path, vosk) as server:
        native = await natively(server, data, clip.rate)
        async with connected(server) as client:
            events = await transcribe(client, data, clip.rate)
    assert text(events) == native
    if name != "real-printing":
        assert text(events) == clip.text


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
async def test_other_rates_and_two_channels_are_heard(tmp_path, vosk, rate, channels):
    mono = soxr.resample(CLIP.samples, 16000, rate)
    data = np.repeat(mono, channels).astype("<i2").tobytes()
    async with listening(tmp_path, vosk) as server, connected(server) as client:
        audio = [AudioChunk(rate, 2, channels, data[at : at + 4096]) for at in range(0, len(data), 4096)]
        await say(client, AudioStart(rate, 2, channels), *audio, AudioStop())
        assert text(await until(client, TranscriptStop)) == CLIP.text


async def test_words_come_typed_while_they_are_spoken(tmp_path, vosk):
    """Each word is waited for before more is said, so that nothing but a partial can have told it."""
    said = CLIP.samples[: int(CLIP.end * 16000)].tobytes()
    async with listening(tmp_path, vosk) as server, connected(server) as client:
        await say(client, Transcribe(), AudioStart(16000, 2, 1), *chunks(said))
        early = await until(client, TranscriptChunk)
        await say(client, *chunks(quiet(1.5)))
        spoken = early + await until(client, VoiceStopped)
        await say(client, AudioStop())
        last = await until(client, TranscriptStop)
    assert [type(event) for event in early] == [VoiceStarted, TranscriptStart, TranscriptChunk]
    assert [type(event) for event in last] == [Transcript, TranscriptStop]
    assert "".join(e.text for e in spoken if isinstance(e, TranscriptChunk)) == text(last) == CLIP.text
    assert early[0].timestamp == pytest.approx(1000 * CLIP.onset, abs=350)
    assert spoken[-1].timestamp == pytest.approx(1000 * CLIP.end, abs=350)


async def test_streams_follow_one_another_each_with_its_own_format_and_clock(tmp_path, vosk):
    other = speech("digits-8k")
    async with listening(tmp_path, vosk) as server, connected(server) as client:
        first = await transcribe(client, SAID)
        second = await transcribe(client, other.samples.tobytes(), other.rate)
        third = await transcribe(client, b"")
        async with asyncio.timeout(DEADLINE_S):
            await say(client, Ping("still there"))
            pong = await client.read_event()
        assert [text(told) for told in (first, second, third)] == [CLIP.text, other.text, ""]
        assert [event.timestamp for event in (first[0], second[0])] == pytest.approx(
            [1000 * CLIP.onset, 1000 * other.onset], abs=350
        )
        assert Pong.from_event(pong).text == "still there"
        assert len(rows(server, "id")) == 3


async def test_streams_may_be_sent_before_the_first_is_answered(tmp_path, vosk):
    stream = [Transcribe(), AudioStart(16000, 2, 1), *chunks(SAID), AudioStop()]
    async with listening(tmp_path, vosk) as server, connected(server) as client:
        await say(client, *stream, *stream, Describe())
        told = [text(await until(client, TranscriptStop)) for _ in range(2)]
        assert told == [CLIP.text, CLIP.text]
        assert Info.is_type((await client.read_event()).type)


async def test_what_is_heard_is_kept_and_told_with_the_transcript(tmp_path, vosk):
    async with listening(tmp_path, vosk) as server:
        async with connected(server) as client:
            await say(client, Transcribe(name="large"), *chunks(SAID), AudioStop())
            while not Transcript.is_type((event := await client.read_event()).type):
                pass
        [conversation] = rows(server, "platform, metadata, is_active")
        [message] = rows(server, "id, content, voice_pitch", "messages")
    own = event.data["earshot"]
    assert conversation == ("wyoming", '{"name":"large"}', 0)
    assert message == (own["message_id"], CLIP.text, pytest.approx(own["voice"]["pitch_hz"], abs=0.1))
    assert {"uid", "text", "words", "voice", "reason", "latency_ms"} <= own.keys()


async def test_what_is_asked_for_and_not_done_is_said_once_in_the_log(tmp_path, vosk, caplog):
    asked = Transcribe(language="fr", context={"id": 1}, transcript_names=["Ann"])
    async with listening(tmp_path, vosk) as server, connected(server) as client:
        with caplog.at_level(logging.WARNING, "server.opening"):
            events = await transcribe(client, SAID, asked=asked)
    [line] = [record.message for record in caplog.records if "isn't done" in record.message]
    assert line == "a wyoming client asked for what isn't done: context, transcript_names"
    assert text(events) == CLIP.text


async def test_a_language_that_is_not_installed_is_a_warning_with_the_transcript(tmp_path, vosk):
    async with listening(tmp_path, vosk) as server, connected(server) as client:
        await say(client, Transcribe(language="fr"), *chunks(SAID), AudioStop())
        while not Transcript.is_type((event := await client.read_event()).type):
            pass
    [warning] = event.data["earshot"]["warnings"]
    assert "'fr' isn't installed" in warning


async def test_names_and_terms_reach_the_recognizer_where_that_is_asked_for(tmp_path, vosk):
    """The tiny model says that it can't do with phrases; who doesn't hand them over never hears of that."""
    wanted = {"transcript_names": ["three"], "transcript_terms": ["nine"]}
    for context, warnings in (({}, 0), ({"earshot": {"phrases": "only"}}, 1)):
        async with listening(tmp_path, vosk) as server, connected(server) as client:
            await say(client, Transcribe(**wanted, context=context), *chunks(SAID), AudioStop())
            while not Transcript.is_type((event := await client.read_event()).type):
                pass
        assert len(event.data["earshot"].get("warnings", [])) == warnings


async def test_a_mistake_is_a_typed_error_and_the_end(tmp_path):
    async with listening(tmp_path, ScriptedEngine()) as server, connected(server) as client:
        await say(client, AudioStart(96_000, 2, 1))
        [error] = await rest(client)
    assert isinstance(error, Error)
    assert error.code == "invalid"
    assert "send rates of 8000 to 48000 Hz" in error.text


async def test_an_error_reaches_a_client_that_goes_on_sending(tmp_path):
    """What the server doesn't read any more mustn't reset the connection before the error is read."""
    async with listening(tmp_path, ScriptedEngine()) as server, connected(server) as client:
        await say(client, AudioStart(16000, 2, 1), AudioStart(8000, 2, 1), *chunks(bytes(400_000)))
        [error] = await rest(client)
    assert "can't change within a stream" in error.text


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "invalid"),
        (b"x" * 70_000, "too_large"),
        (b'{"type":"t","data_length":70000}\n', "too_large"),
        (b'{"type":"t","payload_length":2000000}\n' + bytes(1000), "too_large"),
    ],
)
async def test_what_is_no_event_or_too_large_is_told_and_closed(tmp_path, data, code):
    """A page that posts to the port from a browser gets no further than its first line."""
    async with listening(tmp_path, ScriptedEngine()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", port(server))
        writer.write(data + frame(AudioStop()))
        async with asyncio.timeout(DEADLINE_S):
            [error] = told(await reader.read())
        writer.close()
        assert Error.from_event(error).code == code
        assert rows(server, "id") == []


async def test_what_a_client_said_before_it_vanished_is_kept(tmp_path, vosk):
    async with listening(tmp_path, vosk) as server:
        async with connected(server) as client:
            await say(client, AudioStart(16000, 2, 1), *chunks(SAID))
            await until(client, TranscriptChunk)
        async with asyncio.timeout(DEADLINE_S):
            await server.running.voice.deserted()
        assert rows(server, "content", "messages") == [(CLIP.text,)]
        assert rows(server, "is_active") == [(0,)]


async def test_a_client_that_vanishes_amid_an_event_is_gone(tmp_path, vosk):
    async with listening(tmp_path, vosk) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", port(server))
        writer.write(b"".join(map(frame, chunks(SAID))) + frame(next(chunks(SAID)))[:-1])
        writer.close()
        await server.running.voice.deserted()
        assert rows(server, "content", "messages") == [(CLIP.text,)]


async def test_a_stopping_server_keeps_what_was_said_and_tells_no_half_transcript(tmp_path, vosk):
    async with listening(tmp_path, vosk) as server:
        idle, client = [AsyncTcpClient("127.0.0.1", port(server), read_timeout=DEADLINE_S) for _ in range(2)]
        await idle.connect()
        await client.connect()
        await transcribe(idle, b"")
        await say(client, AudioStart(16000, 2, 1), *chunks(SAID))
        await until(client, TranscriptChunk)
        left = asyncio.gather(rest(client), rest(idle))
    events, told_idle = await left
    assert Error("the server is stopping", "going_away") in events
    assert [event for event in events if isinstance(event, Transcript | TranscriptStop)] == []
    assert told_idle == [Error("the server is stopping", "going_away")]
    assert rows(server, "content", "messages") == [(CLIP.text,)]
    await client.disconnect()
    await idle.disconnect()


async def test_places_are_counted_over_both_ports(tmp_path):
    brief = {"resume_window_s": 0}
    async with listening(tmp_path, ScriptedEngine(), server={"max_sessions": 2}, session=brief) as server:
        async with server.client() as native, connected(server) as client:
            await native.start()
            await say(client, Ping())
            await client.read_event()
            assert server.running.voice.sessions == 2
            async with connected(server) as third:
                assert await rest(third) == [Error("all places are taken; try again later", "full")]
        await server.running.voice.deserted()
        async with connected(server) as again:
            await say(again, Ping())
            assert Pong.is_type((await again.read_event()).type)


async def test_one_address_cannot_take_all_places(tmp_path):
    async with (
        listening(tmp_path, ScriptedEngine(), server={"max_sessions_per_address": 1}) as server,
        connected(server) as client,
        connected(server) as second,
    ):
        await say(client, Ping())
        await client.read_event()
        assert [error.code for error in await rest(second)] == ["full"]


async def test_an_idle_client_is_told_and_closed(tmp_path):
    async with (
        listening(tmp_path, ScriptedEngine(), session={"idle_timeout_s": 1}) as server,
        connected(server) as client,
    ):
        assert await rest(client) == [Error("nothing was sent for 1 s", "idle")]


async def test_without_a_word_in_the_settings_there_is_no_such_port(tmp_path):
    async with running(tmp_path, ScriptedEngine()) as server:
        assert server.running.wyoming is None


async def test_a_port_that_is_open_to_others_is_named_in_the_log(tmp_path, caplog):
    with caplog.at_level(logging.WARNING, "server.ports.wyoming"):
        async with listening(tmp_path, ScriptedEngine()) as server:
            pass
        assert caplog.messages == []
        async with listening(tmp_path, ScriptedEngine(), server={"wyoming_host": "0.0.0.0"}) as server:
            number = port(server)
    assert caplog.messages == [
        f"port {number} is open to whoever reaches 0.0.0.0: Wyoming knows no token and no TLS"
    ]


async def test_the_server_as_its_operator_runs_it(tmp_path):
    """Its event loop is another than that of the tests."""
    with started(tmp_path, EARSHOT_SERVER_WYOMING="true", EARSHOT_SERVER_WYOMING_PORT="0") as process:
        [(word, address)] = [line.split() for line in process.lines]
        assert word == "wyoming"
        async with AsyncClient.from_uri(address, read_timeout=DEADLINE_S) as client:
            assert text(await transcribe(client, SAID)) == CLIP.text
            await say(client, AudioStart(16000, 2, 1), AudioStart(8000, 2, 1), *chunks(bytes(400_000)))
            [error] = await rest(client)
        assert error.code == "invalid"
        async with AsyncClient.from_uri(address, read_timeout=DEADLINE_S) as client:
            await say(client, *chunks(SAID))
            await until(client, TranscriptChunk)
            process.popen.send_signal(signal.SIGTERM)
            assert Error("the server is stopping", "going_away") in await rest(client)
        assert await asyncio.to_thread(process.popen.wait, DEADLINE_S) == 0
    with closing(sqlite3.connect(tmp_path / "earshot.db")) as connection:
        assert connection.execute("SELECT content FROM messages").fetchall() == [(CLIP.text,)] * 2
