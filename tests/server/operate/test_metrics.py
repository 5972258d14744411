"""What is counted and timed: a meter by itself, and a whole server's /metrics."""

import asyncio

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import InvalidStatus

from audio.recognizers.base import RecognizerInfo
from audio.recognizers.scripted import ScriptedEngine
from audio.values import RATE, AudioChunk, Final, Partial, Reason, SpeechStarted, VoiceWarning
from server.arrivals import Arrivals
from server.commands import Align, Close, End, Feed, Flush, Reply
from server.events import Opened, Receipt
from server.operate.meter import Meter
from server.operate.metrics import Metrics
from server.replies import Ready, Transcript, Trouble
from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.running import running

TWO = speech("two-utterances").samples.tobytes() + quiet(1.6)
INFO = RecognizerInfo("scripted", "model", "en-us")
READY = Reply(Ready(Opened("id", 1, "token", RATE, 1000, INFO)))


def samples(text):
    """Every sample that isn't zero, by its name and labels."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.value and not sample.name.endswith("_bucket"):
                found[(sample.name.removeprefix("earshot_"), *sample.labels.values())] = sample.value
    return found


class Watched:
    """A session whose time and commands the test makes."""

    def __init__(self):
        self.metrics = Metrics()
        self.now = 100.0
        self.arrivals = Arrivals(self.metrics.lag.observe)
        self.meter = Meter(self.metrics, lambda: self.now, self.arrivals)

    def did(self, command, *, clock_s=0.0):
        self.meter.did(command, clock=round(clock_s * RATE))

    @property
    def figures(self):
        return samples(self.metrics.text().decode())


def told(utterance, *, end_s=0.0, reason=Reason.SILENCE, text="words"):
    final = Final(utterance, text, start=0, end=round(end_s * RATE), reason=reason)
    return Reply(Transcript(final, Receipt(1, "uid"), latency_ms=0))


def test_the_first_partial_is_timed_from_the_onset_of_speech():
    session = Watched()
    session.arrivals.note(100.0)  # the audio up to 2.0 s came at 100.0
    session.did(Reply(SpeechStarted(round(1.5 * RATE))), clock_s=2.0)
    session.now = 100.2
    session.did(Reply(Partial(1, "wor", 0)), clock_s=2.0)
    session.now = 100.9
    session.did(Reply(Partial(1, "words", 0)), clock_s=2.5)
    assert session.figures["first_partial_seconds_count",] == 1
    assert session.figures["first_partial_seconds_sum",] == pytest.approx(0.7)


def test_a_final_is_timed_from_the_end_of_speech_and_from_what_ended_it():
    session = Watched()
    session.arrivals.note(100.0)
    session.now = 100.05
    session.did(told(1, end_s=2.0), clock_s=3.0)
    assert session.figures["speech_to_final_seconds_sum",] == pytest.approx(1.05)
    assert session.figures["final_seconds_sum",] == pytest.approx(0.05)
    assert session.figures["utterances_total", "silence"] == 1


def test_only_a_silence_tells_when_speech_ended():
    session = Watched()
    session.did(told(1, reason=Reason.FINALIZE))
    assert session.figures["final_seconds_count",] == 1
    assert ("speech_to_final_seconds_count",) not in session.figures


def test_a_final_that_is_told_again_counts_once():
    session = Watched()
    for command in (told(1), told(2), Align(), told(1), told(2), told(3)):
        session.did(command)
    assert session.figures["utterances_total", "silence"] == 3
    assert session.figures["final_seconds_count",] == 3
    assert session.figures["sessions_resumed_total",] == 1


def test_an_utterance_without_words_is_no_utterance():
    session = Watched()
    session.did(told(1, text=""))
    assert ("utterances_total", "silence") not in session.figures


def test_audio_is_counted_as_it_came_and_as_it_was_heard():
    session = Watched()
    session.did(Feed(AudioChunk(bytes(8000))), clock_s=0.5)
    session.did(Feed(AudioChunk(bytes(8000))), clock_s=1.0)
    assert session.figures["audio_bytes_total",] == 16_000
    assert session.figures["audio_seconds_total",] == 1.0


@pytest.mark.parametrize(
    ("commands", "reason"),
    [
        ([Flush(Reason.STOP, last=True), End(), Close(1000, "stopped")], "stop"),
        ([Flush(Reason.DISCONNECT, last=True), End()], "disconnect"),
        ([Reply(Trouble("idle", "", fatal=True)), Flush(Reason.STOP, last=True), End()], "idle"),
        ([Reply(Trouble("invalid", "")), Flush(Reason.STOP, last=True), End()], "stop"),
    ],
)
def test_a_session_ends_for_one_reason(commands, reason):
    session = Watched()
    for command in (READY, READY, *commands):
        session.did(command)
    ended = {key: value for key, value in session.figures.items() if key[0].startswith("sessions_")}
    assert ended == {("sessions_opened_total",): 1, ("sessions_ended_total", reason): 1}


def test_a_session_that_never_opened_was_refused():
    session = Watched()
    session.did(Reply(Trouble("unavailable", "no recognizer", fatal=True)))
    session.did(Close(1002, "no recognizer"))
    assert session.figures["sessions_refused_total", "unavailable"] == 1
    assert session.figures["errors_total", "unavailable"] == 1
    assert ("sessions_ended_total", "") not in session.figures


def test_warnings_are_counted_by_code():
    session = Watched()
    session.did(Reply(VoiceWarning("clipping", "the microphone is too loud")))
    assert session.figures["warnings_total", "clipping"] == 1


@pytest.mark.parametrize("breaks", [True, False])
def test_an_export_is_whole_only_at_its_end(breaks):
    metrics = Metrics()
    with pytest.raises(ConnectionError) if breaks else metrics.exporting("json"):
        if breaks:
            with metrics.exporting("json"):
                raise ConnectionError
    outcome = "broken" if breaks else "whole"
    exports = {k: v for k, v in samples(metrics.text().decode()).items() if k[0].startswith("export")}
    assert exports == {("exports_total", "json", outcome): 1}


async def figures(server):
    async with httpx.AsyncClient(base_url=server.http, trust_env=False, timeout=20) as client:
        answer = await client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return samples(answer.text), answer.text


async def test_a_server_tells_what_it_did_and_nothing_of_what_was_said(tmp_path, vosk):
    async with running(tmp_path, vosk) as server:
        async with server.client() as client:
            await client.start(user_id="ann", platform="somewhere")
            await client.stream(TWO)
            while len(client.of("final")) < 2:
                await client.receive()
            now, _ = await figures(server)
            assert now["sessions",] == 1
            await client.send({"type": "no such message"})
            await client.send({"type": "stop"})
            await client.rest()
        await server.running.voice.deserted()
        after, text = await figures(server)
    assert after["sessions_opened_total",] == after["sessions_ended_total", "stop"] == 1
    assert ("sessions",) not in after
    assert after["utterances_total", "silence"] == 2
    assert after["errors_total", "invalid"] == 1
    assert after["audio_bytes_total",] == len(TWO)
    assert after["audio_seconds_total",] == pytest.approx(len(TWO) / 2 / RATE, abs=0.02)  # a frame
    assert after["final_seconds_count",] == after["speech_to_final_seconds_count",] == 2
    assert after["first_partial_seconds_count",] == after["commit_seconds_count",] == 2
    assert after["queue_seconds_count",] == after["job_seconds_count",] >= 2
    assert after["lag_seconds_count",] >= 1
    assert after["recognizer_info", "false", "vosk", "en", "vosk-tiny-en"] == 1
    for content in ("hello", "goodbye", "ann", "somewhere", "no such message"):
        assert content not in text


async def test_refusals_are_counted_by_their_reason(tmp_path):
    async with running(tmp_path, ScriptedEngine(), server={"max_sessions": 1}) as server:
        async with server.client() as client:
            await client.start()
            for path in ("/v1/stream", "/nowhere"):
                with pytest.raises(InvalidStatus):
                    async with asyncio.timeout(20), server.client(path):
                        pass
        now, _ = await figures(server)
    assert now["sessions_refused_total", "full"] == now["sessions_refused_total", "not_found"] == 1


async def test_exports_are_counted_with_their_bytes(tmp_path):
    async with running(tmp_path, ScriptedEngine()) as server:
        async with httpx.AsyncClient(base_url=server.http, trust_env=False, timeout=20) as client:
            answer = await client.post("/api/training/export", json={"format": "json"})
        now, _ = await figures(server)
    assert now["exports_total", "json", "whole"] == 1
    assert now["export_bytes_total",] == len(answer.content)
