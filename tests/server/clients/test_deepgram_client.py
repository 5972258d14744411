"""deepgram-sdk, unmodified: changed by nothing but the lines that docs/clients.md gives."""

import asyncio
import hashlib
import json
import re
import sqlite3
from contextlib import asynccontextmanager, closing
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from deepgram import DeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.core.events import EventType
from deepgram.listen.v1.types import (
    ListenV1Configure,
    ListenV1ConfigureFailure,
    ListenV1Metadata,
    ListenV1Results,
    ListenV1SpeechStarted,
    ListenV1UtteranceEnd,
)
from websockets.exceptions import InvalidStatus

from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.running import DEADLINE_S, running

pytestmark = pytest.mark.filterwarnings("ignore:websockets.*is deprecated:DeprecationWarning")
"""The SDK takes names of the library's that are on their way out."""

CLIENTS = Path(__file__).parents[3] / "docs" / "clients.md"
ASKED = {"model": "nova-3", "encoding": "linear16", "sample_rate": 16000}
PIECE = 640
"""Bytes of 20 ms."""


def documented(server, key="any"):
    """Run the lines of the document against this server; return what they make."""
    section = CLIENTS.read_text("utf-8").partition("## Deepgram")[2]
    lines = re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]
    made = {}
    address = urlsplit(server.voice).netloc
    exec(lines.replace("127.0.0.1:2700", address).replace("your Earshot token", key), made)
    return made


class Stream:
    """A connection of the SDK, and what came over it."""

    def __init__(self, connection):
        self.connection = connection
        self.seen = []

    async def speak(self, data):
        for position in range(0, len(data), PIECE):
            await self.connection.send_media(data[position : position + PIECE])

    async def until(self, wanted):
        """Read on until a message is `wanted`."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                self.seen.append(await self.connection.recv())
                if wanted(self.seen[-1]):
                    return self.seen[-1]

    async def close(self):
        """Say that this is all, and read what is still to come."""
        await self.connection.send_close_stream()
        async with asyncio.timeout(DEADLINE_S):
            self.seen += [message async for message in self.connection]

    def of(self, kind):
        return [message for message in self.seen if isinstance(message, kind)]

    @property
    def finals(self):
        return [result for result in self.of(ListenV1Results) if result.is_final]

    @property
    def text(self):
        return " ".join(filter(None, map(transcript, self.finals)))


def transcript(result):
    return result.channel.alternatives[0].transcript


@asynccontextmanager
async def streaming(server, **options):
    async with documented(server)["client"].listen.v1.connect(**{**ASKED, **options}) as connection:
        yield Stream(connection)


async def natively(server, data, rate, **wishes):
    """The finals of the native protocol."""
    async with server.client() as client:
        await client.start(sample_rate=rate, words=True, **wishes)
        await client.stream(data)
        await client.send({"type": "stop"})
        await client.rest()
        return client.of("final")


@pytest.mark.parametrize("endpointing", [300, 1000])
@pytest.mark.parametrize("name", ["digits-16k", "digits-8k", "two-utterances", "pauses-inside", "abrupt-end"])
async def test_words_and_their_times_are_those_of_the_native_protocol(tmp_path, vosk, name, endpointing):
    clip = speech(name)
    data = clip.samples.tobytes() + (b"" if name == "abrupt-end" else quiet(1.2, clip.rate))
    asked = {"sample_rate": clip.rate, "interim_results": True, "endpointing": endpointing}
    async with running(tmp_path, vosk) as server:
        native = await natively(server, data, clip.rate, silence_ms=endpointing)
        async with streaming(server, **asked) as stream:
            await stream.speak(data)
            await stream.close()
    assert stream.text == " ".join(final["text"] for final in native)
    heard = [word for result in stream.finals for word in result.channel.alternatives[0].words]
    expected = [word for final in native for word in final["words"]]
    assert [(w.word, round(1000 * w.start), round(1000 * w.end)) for w in heard] == [
        (w["word"], w["start_ms"], w["end_ms"]) for w in expected
    ]
    assert [w.confidence for w in heard] == pytest.approx([w["confidence"] for w in expected], abs=0.001)
    if endpointing == 1000:
        assert stream.text == clip.text


async def test_events_come_typed_and_in_their_order(tmp_path, vosk):
    clip = speech("two-utterances")
    asked = {"interim_results": True, "vad_events": True, "utterance_end_ms": 1000, "endpointing": 500}
    async with running(tmp_path, vosk) as server, streaming(server, **asked) as stream:
        await stream.speak(clip.samples.tobytes() + quiet(1.5))
        await stream.close()
    [first, second] = stream.of(ListenV1SpeechStarted)
    assert first.timestamp == pytest.approx(clip.words[0].start, abs=0.2)
    assert second.timestamp == pytest.approx(clip.words[-1].start, abs=0.2)
    [hello, goodbye] = stream.of(ListenV1UtteranceEnd)
    assert hello.last_word_end == pytest.approx(clip.words[-2].end, abs=0.2)
    assert goodbye.last_word_end == pytest.approx(clip.words[-1].end, abs=0.2)
    ends = [result for result in stream.finals if result.speech_final]
    assert [transcript(result) for result in ends] == ["hello thank you", "goodbye"]
    order = [first, ends[0], hello, second, ends[1], goodbye, stream.seen[-1]]
    assert sorted(order, key=stream.seen.index) == order
    interims = [transcript(result) for result in stream.of(ListenV1Results) if not result.is_final]
    assert interims


async def test_finals_tile_the_stream(tmp_path, vosk):
    clip = speech("two-utterances")
    data = quiet(9) + clip.samples.tobytes() + quiet(9)
    async with running(tmp_path, vosk) as server, streaming(server) as stream:
        await stream.speak(data)
        await stream.close()
    edge = 0.0
    for result in stream.finals:
        assert result.start == pytest.approx(edge)
        edge = result.start + result.duration
        words = result.channel.alternatives[0].words
        assert all(result.start <= word.start <= word.end <= edge for word in words)
    assert edge == pytest.approx(len(data) / 32000, abs=0.001)
    assert len([result for result in stream.finals if not transcript(result)]) >= 3


async def test_metadata_is_the_last_message(tmp_path, vosk):
    data = speech("digits-16k").samples.tobytes()
    async with running(tmp_path, vosk) as server, streaming(server) as stream:
        await stream.speak(data)
        await stream.close()
    metadata = stream.seen[-1]
    assert isinstance(metadata, ListenV1Metadata)
    assert metadata.request_id == stream.finals[0].metadata.request_id
    assert metadata.sha256 == hashlib.sha256(data).hexdigest()
    assert metadata.duration == pytest.approx(len(data) / 32000, abs=0.001)
    assert metadata.channels == 1


async def test_a_finalize_is_answered_with_what_was_said(tmp_path, vosk):
    clip = speech("digits-16k")
    said = clip.samples[: int(clip.end * clip.rate)].tobytes()
    async with running(tmp_path, vosk) as server, streaming(server, endpointing=False) as stream:
        await stream.connection.send_finalize()
        nothing = await stream.until(lambda message: message.from_finalize)
        await stream.speak(said)
        await stream.connection.send_finalize()
        digits = await stream.until(lambda message: message.from_finalize)
        await stream.speak(said)
        await stream.close()
    assert transcript(nothing) == ""
    assert (transcript(digits), digits.is_final, digits.speech_final) == (clip.text, True, False)
    assert stream.text == f"{clip.text} {clip.text}"


async def test_what_cannot_change_is_refused_typed(tmp_path, vosk):
    async with running(tmp_path, vosk) as server, streaming(server) as stream:
        await stream.connection.send_keep_alive()
        await stream.connection.send_configure(ListenV1Configure(keyterms=["Earshot"]))
        failure = await stream.until(lambda _: True)
        assert isinstance(failure, ListenV1ConfigureFailure)
        assert failure.code == "CONFIGURE_KEYTERMS_NOT_SUPPORTED"
        await stream.close()


async def test_what_is_heard_is_kept_and_told_with_the_result(tmp_path, vosk):
    clip = speech("digits-16k")
    asked = {"tag": ["a", "b"], "extra": "order:7", "mip_opt_out": True, "keyterm": ["goodbye"]}
    async with running(tmp_path, vosk) as server:
        async with streaming(server, **asked) as stream:
            await stream.speak(clip.samples.tobytes())
            await stream.close()
        [result] = [result for result in stream.finals if transcript(result)]
        with closing(sqlite3.connect(server.database)) as connection:
            joined = "FROM messages m JOIN conversations c ON c.id=conversation_id"
            [row] = connection.execute(
                f"SELECT m.id, content, platform, user_id, c.metadata, voice_pitch, training_flag {joined}"
            )
    assert row[:4] == (result.earshot["message_id"], clip.text, "deepgram", None)
    assert json.loads(row[4]) == {
        "request_id": result.metadata.request_id,
        "model": "nova-3",
        "tag": ["a", "b"],
        "extra": {"order": "7"},
    }
    assert result.earshot["voice"]["pitch_hz"] == pytest.approx(row[5], abs=0.1)
    assert row[6] == 0, "mip_opt_out is a no to training"
    assert {"uid", "voice", "reason", "latency_ms"} <= set(result.earshot)


async def test_a_key_opens_and_another_is_an_api_error(tmp_path, vosk):
    tokens = tmp_path / "tokens"
    tokens.write_text("secret stream\n")
    async with running(tmp_path, vosk, server={"token_file": str(tokens)}) as server:
        with pytest.raises(ApiError) as refused:
            async with streaming(server):
                raise AssertionError("let in")
        assert refused.value.status_code == 401
        async with documented(server, "secret")["client"].listen.v1.connect(**ASKED) as connection:
            stream = Stream(connection)
            await stream.close()
        assert isinstance(stream.seen[-1], ListenV1Metadata)


async def test_what_cannot_be_had_is_an_api_error(tmp_path, vosk):
    async with running(tmp_path, vosk) as server:
        with pytest.raises(ApiError) as refused:
            async with streaming(server, encoding="opus"):
                raise AssertionError("let in")
        assert refused.value.status_code == 400


async def test_a_browser_brings_its_key_beside_a_subprotocol(tmp_path, vosk):
    tokens = tmp_path / "tokens"
    tokens.write_text("secret stream\n")
    path = "/v1/listen?encoding=linear16&sample_rate=16000"
    async with running(tmp_path, vosk, server={"token_file": str(tokens)}) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with server.client(path, subprotocols=["token", "wrong"]):
                raise AssertionError("let in")
        answer = refused.value.response
        assert answer.headers["dg-error"] == json.loads(answer.body)["err_msg"]
        assert answer.headers["dg-request-id"] == json.loads(answer.body)["request_id"]
        assert answer.headers["Content-Type"] == "application/json"
        async with server.client(path, subprotocols=["token", "secret"]) as client:
            assert client.socket.subprotocol == "token"
            await client.socket.send(b"")
            [metadata] = await client.rest()
            assert metadata["request_id"] == client.socket.response.headers["dg-request-id"]
            assert client.socket.close_code == 1000


async def test_channels_are_heard_and_kept_on_their_own(tmp_path, vosk):
    first, second = speech("digits-16k"), speech("abrupt-end")
    length = max(len(first.samples), len(second.samples))
    sides = [np.pad(clip.samples, (0, length - len(clip.samples))) for clip in (first, second)]
    asked = {"channels": 2, "multichannel": True, "endpointing": 1000, "interim_results": True}
    async with running(tmp_path, vosk) as server:
        async with streaming(server, **asked) as stream:
            await stream.speak(np.stack(sides, axis=1).tobytes())
            await stream.connection.send_finalize()
            await stream.close()
        with closing(sqlite3.connect(server.database)) as connection:
            kept = dict(connection.execute("SELECT content, voice FROM messages"))
    for channel, clip in enumerate((first, second)):
        mine = [result for result in stream.finals if result.channel_index == [channel, 2]]
        assert " ".join(filter(None, map(transcript, mine))) == clip.text
        assert sum(result.from_finalize for result in mine) == 1
        assert json.loads(kept[clip.text])["channel"] == channel
    assert stream.seen[-1].channels == 2


async def test_a_wav_file_needs_no_encoding(tmp_path, vosk):
    clip = speech("digits-8k")
    async with (
        running(tmp_path, vosk) as server,
        documented(server)["client"].listen.v1.connect(model="nova-3") as connection,
    ):
        stream = Stream(connection)
        await stream.speak(clip.path.read_bytes())
        await stream.close()
    assert stream.text == clip.text


async def test_audio_that_cannot_be_decoded_is_told_and_closes(tmp_path, vosk):
    async with running(tmp_path, vosk) as server, server.client("/v1/listen?model=nova-3") as client:
        await client.socket.send(b"OggS" + bytes(1000))
        [error] = await client.rest()
        assert (error["type"], error["variant"]) == ("Error", "DATA-0000")
        assert client.socket.close_code == 1008
        assert client.socket.close_reason.startswith("DATA-0000")


async def test_a_stopping_server_keeps_what_was_said_and_closes_with_1001(tmp_path, vosk):
    clip = speech("abrupt-end")
    async with running(tmp_path, vosk) as server:
        context = server.client("/v1/listen?encoding=linear16&sample_rate=16000&interim_results=true")
        client = await context.__aenter__()
        await client.stream(clip.samples.tobytes())
        await client.until("Results")
    await client.rest()
    texts = [m["channel"]["alternatives"][0]["transcript"] for m in client.of("Results") if m["is_final"]]
    assert " ".join(filter(None, texts)) == clip.text
    assert client.seen[-1]["type"] == "Metadata"
    assert client.socket.close_code == 1001
    await context.__aexit__(None, None, None)


async def test_the_blocking_client_hears_the_same(tmp_path, vosk):
    clip = speech("digits-16k")

    def blocking(environment):
        seen = []
        with DeepgramClient(api_key="any", environment=environment).listen.v1.connect(**ASKED) as connection:
            connection.on(EventType.MESSAGE, seen.append)
            connection.send_media(clip.samples.tobytes())
            connection.send_close_stream()
            connection.start_listening()
        return seen

    async with running(tmp_path, vosk) as server:
        seen = await asyncio.to_thread(blocking, documented(server)["here"])
    texts = [transcript(message) for message in seen if isinstance(message, ListenV1Results)]
    assert " ".join(filter(None, texts)) == clip.text
