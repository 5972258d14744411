"""openai-python, unmodified: changed by nothing but the line that docs/clients.md gives."""

import asyncio
import base64
import io
import json
import re
import sqlite3
from contextlib import asynccontextmanager, closing
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
import soundfile
import soxr
from openai import OpenAI
from openai.types.realtime import (
    ConversationItemAdded,
    ConversationItemDone,
    ConversationItemInputAudioTranscriptionCompletedEvent,
    ConversationItemInputAudioTranscriptionDeltaEvent,
    InputAudioBufferClearedEvent,
    InputAudioBufferCommittedEvent,
    InputAudioBufferSpeechStartedEvent,
    InputAudioBufferSpeechStoppedEvent,
    RealtimeErrorEvent,
    SessionCreatedEvent,
    SessionUpdatedEvent,
)
from websockets.exceptions import ConnectionClosed, InvalidStatus

from server.wire import realtime_messages as messages
from tests.fixtures.speech_files import speech
from tests.golden.conversation import read
from tests.quiet import quiet
from tests.running import DEADLINE_S, running
from tests.server.wire.openai_rules import check

CLIENTS = (Path(__file__).parents[3] / "docs" / "clients.md").read_text("utf-8")
SECTION = CLIENTS.partition("## OpenAI")[2].partition("\n## ")[0]
INTENT = {"intent": "transcription"}
RATE = 24_000
PIECE = 4800
"""Bytes of 100 ms."""


def documented(server, key="any"):
    """Run the lines of the document against this server; return the client that they make."""
    made = {}
    exec(addressed(re.search(r"```python\n(.*?)```", SECTION, re.DOTALL)[1], server, key), made)
    return made["client"]


def documented_beta(server):
    """The same for the beta, with what the document wants added."""
    more = re.search(r"`(websocket_base_url=.*?)`", SECTION)[1]
    return documented(server).with_options(**eval(addressed(f"dict({more})", server, "any")))


def addressed(lines, server, key):
    return lines.replace("127.0.0.1:2700", urlsplit(server.voice).netloc).replace("your Earshot token", key)


def at_24k(clip):
    return soxr.resample(clip.samples, clip.rate, RATE).astype("<i2").tobytes()


class Stream:
    """A connection of the library, and what came over it."""

    def __init__(self, connection):
        self.connection = connection
        self.seen = []

    async def settle(self, *, include=None, **sound):
        session = {"type": "transcription", "audio": {"input": sound}}
        await self.connection.session.update(session=session | ({"include": include} if include else {}))
        return await self.until("session.updated")

    async def speak(self, data, size=PIECE):
        for position in range(0, len(data), size):
            audio = base64.b64encode(data[position : position + size]).decode()
            await self.connection.input_audio_buffer.append(audio=audio)

    async def commit(self):
        await self.connection.input_audio_buffer.commit()

    async def until(self, kind, count=1):
        """Read on until so many more messages of a kind have come; return the last."""
        async with asyncio.timeout(DEADLINE_S):
            while count:
                self.seen.append(await self.connection.recv())
                count -= self.seen[-1].type == kind
        return self.seen[-1]

    def of(self, kind):
        return [event for event in self.seen if isinstance(event, kind)]

    @property
    def transcripts(self):
        return [done.transcript for done in self.of(ConversationItemInputAudioTranscriptionCompletedEvent)]


@asynccontextmanager
async def streaming(server, key="any"):
    async with documented(server, key).realtime.connect(extra_query=INTENT) as connection:
        stream = Stream(connection)
        await stream.until("session.created")
        yield stream


@asynccontextmanager
async def beta_streaming(server):
    beta = documented_beta(server).beta.realtime
    async with beta.connect(model="gpt-4o-transcribe", extra_query=INTENT) as connection:
        stream = Stream(connection)
        await stream.until("transcription_session.created")
        yield stream


async def natively(server, data, **wishes):
    """The finals of the native protocol on the same sound."""
    async with server.client() as client:
        await client.start(sample_rate=RATE, **wishes)
        await client.stream(data)
        await client.send({"type": "stop"})
        await client.rest()
        return [final["text"] for final in client.of("final")]


def kept(server, columns="content"):
    with closing(sqlite3.connect(server.database)) as connection:
        joined = "messages m JOIN conversations c ON c.id = m.conversation_id"
        return connection.execute(f"SELECT {columns} FROM {joined} ORDER BY m.id").fetchall()


def test_the_document_tells_every_message_and_setting():
    told = {
        message["type"] for name in ("openai", "openai-commits") for who, message in read(name) if who == "<"
    }
    said = {msgspec.inspect.type_info(kind).tag for kind in messages.ClientMessage.__args__}
    fields = {
        field
        for part in (messages.Input, messages.Transcription, messages.ServerVad, messages.SemanticVad)
        for field in part.__struct_fields__
    }
    for name in (*told, *said, *fields):
        assert f"`{name}`" in SECTION or f"`.{name.rpartition('.')[2]}`" in SECTION, name


# ---------------------------------------------------------------- words


@pytest.mark.parametrize("silence_ms", [500, 1000])
@pytest.mark.parametrize(
    "name", ["digits-16k", "digits-8k", "commands-8k", "two-utterances", "pauses-inside"]
)
async def test_the_servers_turns_are_the_utterances_of_the_native_protocol(tmp_path, vosk, name, silence_ms):
    data = at_24k(speech(name)) + quiet(1.5, RATE)
    turns = {"type": "server_vad", "silence_duration_ms": silence_ms}
    async with running(tmp_path, vosk) as server:
        native = await natively(server, data, silence_ms=silence_ms)
        async with streaming(server) as stream:
            await stream.settle(turn_detection=turns)
            await stream.speak(data)
            await stream.until("conversation.item.done", len(native))
    assert stream.transcripts == native
    if silence_ms == 1000:
        assert " ".join(native) == speech(name).text


@pytest.mark.parametrize(
    "name", ["digits-16k", "commands-8k", "two-utterances", "pauses-inside", "abrupt-end"]
)
async def test_what_the_client_commits_has_the_words_of_the_native_protocol(tmp_path, vosk, name):
    data = at_24k(speech(name))
    async with running(tmp_path, vosk) as server:
        native = await natively(server, data)
        async with streaming(server) as stream:
            await stream.settle(turn_detection=None)
            await stream.speak(data)
            await stream.commit()
            await stream.until("conversation.item.done")
    assert stream.transcripts == [" ".join(native)]
    assert stream.transcripts == [speech(name).text]


async def test_turns_may_change_hands_while_somebody_speaks(tmp_path, vosk):
    data = at_24k(speech("digits-16k"))
    async with running(tmp_path, vosk) as server, streaming(server) as stream:
        await stream.speak(data)
        await stream.settle(turn_detection=None)
        await stream.speak(quiet(2, RATE))
        await stream.commit()
        await stream.until("conversation.item.done")
        assert stream.transcripts == [speech("digits-16k").text]
        assert not stream.of(InputAudioBufferSpeechStoppedEvent)
        await stream.speak(data)
        await stream.settle(turn_detection={"type": "server_vad"})
        await stream.speak(quiet(1, RATE))
        await stream.until("conversation.item.done")
        assert stream.transcripts == [speech("digits-16k").text] * 2
        assert len(stream.of(InputAudioBufferSpeechStoppedEvent)) == 1


@pytest.mark.parametrize(("kind", "law"), [("audio/pcmu", "ULAW"), ("audio/pcma", "ALAW")])
async def test_telephone_sound_is_heard_as_it_comes(tmp_path, vosk, kind, law):
    clip = speech("digits-8k")
    sound = io.BytesIO()
    soundfile.write(sound, clip.samples, clip.rate, format="RAW", subtype=law)
    async with running(tmp_path, vosk) as server, streaming(server) as stream:
        await stream.settle(format={"type": kind}, turn_detection=None)
        await stream.speak(sound.getvalue(), 800)
        await stream.commit()
        await stream.until("conversation.item.done")
    assert stream.transcripts == [clip.text]


# ---------------------------------------------------------------- events


async def test_events_come_typed_and_in_openais_order(tmp_path, vosk):
    data = at_24k(speech("two-utterances")) + quiet(1, RATE)
    async with running(tmp_path, vosk) as server, streaming(server) as stream:
        await stream.settle(transcription={"model": "gpt-4o-transcribe", "language": "en"})
        await stream.speak(data)
        await stream.until("conversation.item.done", 2)
    turn = [
        InputAudioBufferSpeechStartedEvent,
        InputAudioBufferSpeechStoppedEvent,
        InputAudioBufferCommittedEvent,
        ConversationItemAdded,
        ConversationItemInputAudioTranscriptionCompletedEvent,
        ConversationItemDone,
    ]
    told = [
        event
        for event in stream.seen
        if not isinstance(event, ConversationItemInputAudioTranscriptionDeltaEvent)
    ]
    assert [type(event) for event in told] == [SessionCreatedEvent, SessionUpdatedEvent, *turn, *turn]
    for event in stream.seen:
        check(event.to_dict(mode="json"))
    first, second = stream.of(InputAudioBufferCommittedEvent)
    assert (first.previous_item_id, second.previous_item_id) == (None, first.item_id)
    for done in stream.of(ConversationItemDone):
        deltas = stream.of(ConversationItemInputAudioTranscriptionDeltaEvent)
        text = "".join(event.delta for event in deltas if event.item_id == done.item.id)
        assert text == done.item.content[0].transcript


async def test_a_mistake_is_a_typed_error_and_the_session_goes_on(tmp_path, vosk):
    async with running(tmp_path, vosk) as server, streaming(server) as stream:
        await stream.commit()
        await stream.connection.send({"type": "response.create", "event_id": "mine"})
        await stream.connection.response.create()
        await stream.until("error", 3)
        await stream.speak(quiet(0.2, RATE))
        await stream.commit()
        await stream.until("conversation.item.done")
    empty, unknown, _ = stream.of(RealtimeErrorEvent)
    assert empty.error.code == "input_audio_buffer_commit_empty"
    assert (unknown.error.event_id, unknown.error.param) == ("mine", "type")
    assert stream.transcripts == [""]


async def test_log_probabilities_come_typed(tmp_path, vosk):
    async with running(tmp_path, vosk) as server, streaming(server) as stream:
        await stream.settle(turn_detection=None, include=["item.input_audio_transcription.logprobs"])
        await stream.speak(at_24k(speech("digits-16k")))
        await stream.commit()
        await stream.until("conversation.item.done")
    [completed] = stream.of(ConversationItemInputAudioTranscriptionCompletedEvent)
    assert "".join(one.token for one in completed.logprobs) == completed.transcript
    assert all(one.logprob <= 0 and bytes(one.bytes).decode() == one.token for one in completed.logprobs)


async def test_events_reach_handlers(tmp_path, vosk):
    heard = []
    async with running(tmp_path, vosk) as server, streaming(server) as stream:
        await stream.settle(turn_detection=None)
        await stream.speak(at_24k(speech("digits-16k")))
        await stream.commit()
        stream.connection.on("conversation.item.input_audio_transcription.completed", heard.append)
        stream.connection.on("conversation.item.done", lambda _: stream.connection.close())
        async with asyncio.timeout(DEADLINE_S):
            await stream.connection.dispatch_events()
    assert [event.transcript for event in heard] == [speech("digits-16k").text]


# ---------------------------------------------------------------- the beta


async def test_the_beta_client_is_served_in_its_own_words(tmp_path, vosk):
    data = at_24k(speech("digits-16k")) + quiet(1, RATE)
    wishes = {
        "input_audio_format": "pcm16",
        "input_audio_transcription": {"model": "gpt-4o-transcribe", "language": "en"},
        "turn_detection": {"type": "server_vad", "silence_duration_ms": 500},
    }
    async with running(tmp_path, vosk) as server, beta_streaming(server) as stream:
        await stream.connection.transcription_session.update(session=wishes)
        await stream.until("transcription_session.updated")
        await stream.speak(data)
        await stream.until("conversation.item.input_audio_transcription.completed")
    assert stream.seen[-1].transcript == speech("digits-16k").text
    assert [event.type for event in stream.seen if "delta" not in event.type] == [
        "transcription_session.created",
        "transcription_session.updated",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.created",
        "conversation.item.input_audio_transcription.completed",
    ]
    for event in stream.seen:
        check(event.to_dict(mode="json"), is_beta=True)
    assert stream.seen[1].session.input_audio_transcription.model == "gpt-4o-transcribe"


async def test_the_beta_client_may_commit_itself(tmp_path, vosk):
    async with running(tmp_path, vosk) as server, beta_streaming(server) as stream:
        await stream.connection.transcription_session.update(session={"turn_detection": None})
        await stream.speak(at_24k(speech("abrupt-end")))
        await stream.commit()
        await stream.until("conversation.item.input_audio_transcription.completed")
    assert stream.seen[-1].transcript == speech("abrupt-end").text


# ---------------------------------------------------------------- keeping


async def test_what_is_heard_is_kept_and_told_with_the_transcript(tmp_path, vosk):
    asked = {"model": "gpt-4o-transcribe", "language": "en", "prompt": "digits"}
    async with running(tmp_path, vosk) as server, streaming(server) as stream:
        await stream.settle(transcription=asked, turn_detection=None)
        await stream.speak(at_24k(speech("digits-16k")))
        await stream.commit()
        await stream.until("conversation.item.done")
        columns = "m.id, uid, content, platform, user_id, language, c.metadata, voice_pitch, voice_emotion"
        [row] = kept(server, columns)
    [completed] = stream.of(ConversationItemInputAudioTranscriptionCompletedEvent)
    own = completed.earshot
    assert row[:6] == (own["message_id"], own["uid"], completed.transcript, "openai", None, "en")
    session = stream.seen[0].session.id
    assert json.loads(row[6]) == {"session": session, **asked}
    assert own["voice"]["pitch_hz"] == pytest.approx(row[7], abs=0.1)
    assert own["voice"]["emotion"]["label"] == row[8]
    assert 0 <= own["voice"]["audio_quality"] <= 1


async def test_what_is_cleared_is_not_kept(tmp_path, vosk):
    async with running(tmp_path, vosk) as server, streaming(server) as stream:
        await stream.settle(turn_detection=None)
        await stream.speak(at_24k(speech("digits-16k")))
        await stream.connection.input_audio_buffer.clear()
        await stream.speak(at_24k(speech("abrupt-end")))
        await stream.commit()
        await stream.until("conversation.item.done")
        assert kept(server) == [(speech("abrupt-end").text,)]
    assert len(stream.of(InputAudioBufferClearedEvent)) == 1
    assert stream.transcripts == [speech("abrupt-end").text]


async def test_what_was_not_committed_when_the_line_broke_is_kept(tmp_path, vosk):
    async with running(tmp_path, vosk) as server, streaming(server) as stream:
        await stream.settle(turn_detection=None)
        await stream.speak(at_24k(speech("abrupt-end")))
    assert kept(server, "content, reason") == [(speech("abrupt-end").text, "disconnect")]


async def test_a_stopping_server_tells_what_it_kept_and_closes_with_1001(tmp_path, vosk):
    async with running(tmp_path, vosk) as server:
        context = streaming(server)
        stream = await context.__aenter__()
        await stream.speak(at_24k(speech("abrupt-end")))
        await stream.until("conversation.item.input_audio_transcription.delta")
    await stream.until("conversation.item.done")
    assert stream.transcripts == [speech("abrupt-end").text]
    with pytest.raises(ConnectionClosed) as closed:
        await stream.until("anything")
    assert closed.value.rcvd.code == 1001
    await context.__aexit__(None, None, None)


# ---------------------------------------------------------------- coming in


async def test_the_api_key_is_the_token(tmp_path, vosk):
    tokens = tmp_path / "tokens"
    tokens.write_text("secret stream\n")
    async with running(tmp_path, vosk, server={"token_file": str(tokens)}) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with streaming(server, "wrong"):
                raise AssertionError("let in")
        assert refused.value.response.status_code == 401
        assert json.loads(refused.value.response.body)["error"]["code"] == "invalid_api_key"
        async with streaming(server, "secret") as stream:
            assert isinstance(stream.seen[0], SessionCreatedEvent)


async def test_who_wants_a_conversation_is_refused_with_the_reason(tmp_path, vosk):
    async with running(tmp_path, vosk) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with documented(server).realtime.connect(model="gpt-realtime"):
                raise AssertionError("let in")
    response = refused.value.response
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/json")
    assert "intent=transcription" in json.loads(response.body)["error"]["message"]


async def test_a_browser_brings_its_key_among_the_subprotocols(tmp_path, vosk):
    tokens = tmp_path / "tokens"
    tokens.write_text("secret stream\n")
    offered = ["realtime", "openai-insecure-api-key.secret", "openai-beta.realtime-v1"]
    path = "/v1/realtime?intent=transcription"
    async with running(tmp_path, vosk, server={"token_file": str(tokens)}) as server:
        async with server.client(path, subprotocols=offered) as client:
            assert client.socket.subprotocol == "realtime"
            await client.until("transcription_session.created")
        async with server.client(path, subprotocols=offered[:2]) as client:
            await client.until("session.created")


@pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager:DeprecationWarning")
async def test_the_blocking_client_hears_the_same(tmp_path, vosk):
    clip = speech("digits-16k")

    def blocking(url):
        with OpenAI(api_key="any", base_url=url).realtime.connect(extra_query=INTENT) as connection:
            settled = {"type": "transcription", "audio": {"input": {"turn_detection": None}}}
            connection.session.update(session=settled)
            connection.input_audio_buffer.append(audio=base64.b64encode(at_24k(clip)).decode())
            connection.input_audio_buffer.commit()
            completed = "conversation.item.input_audio_transcription.completed"
            return next(event.transcript for event in connection if event.type == completed)

    async with running(tmp_path, vosk) as server:
        url = f"http://{urlsplit(server.voice).netloc}/v1"
        assert await asyncio.to_thread(blocking, url) == clip.text


async def test_a_message_that_the_socket_does_not_take_closes_with_1009(tmp_path, vosk):
    async with running(tmp_path, vosk) as server, streaming(server) as stream:
        await stream.speak(bytes(780_000), 780_000)
        await stream.commit()
        await stream.until("conversation.item.done")
        await stream.speak(bytes(790_000), 790_000)
        with pytest.raises(ConnectionClosed) as closed:
            await stream.until("anything")
    assert closed.value.rcvd.code == 1009
