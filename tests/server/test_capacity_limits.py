"""Past its capacity the server turns newcomers away, and those who are there stay well."""

import asyncio

import pytest
from websockets.exceptions import InvalidStatus

from audio.recognizers.scripted import ScriptedEngine
from server.strain import Strain
from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.running import running

TALK = speech("two-utterances").samples.tobytes() + quiet(1.6)
WINDOW = {"resume_window_s": 20}


class Clock:
    """Time that the test makes."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def strain(clock):
    return Strain(clock)


def test_a_server_without_work_is_not_overloaded(strain):
    assert not strain.overloaded


def test_a_server_in_time_is_not_overloaded(strain):
    for late_s in (0.0, 0.2, 0.9, -4.0):
        strain.heard(late_s)
    assert not strain.overloaded


def test_one_slow_session_among_others_is_no_overload(strain):
    for late_s in (0.0, 1.5, 0.0):
        strain.heard(late_s)
    assert not strain.overloaded


def test_hearing_half_of_the_talk_late_is_overload(strain):
    for late_s in (0.0, 1.5, 0.1, 2.0):
        strain.heard(late_s)
    assert strain.overloaded


def test_overload_is_forgotten_once_it_is_over(strain, clock):
    strain.heard(3.0)
    clock.now += 4.9
    assert strain.overloaded
    clock.now += 0.2
    assert not strain.overloaded


def test_overload_ends_when_hearing_catches_up(strain, clock):
    for _ in range(10):
        strain.heard(3.0)
    clock.now += 4
    for _ in range(10):
        strain.heard(0.0)
    assert strain.overloaded
    strain.heard(0.0)
    assert not strain.overloaded


def strained(server):
    """Let the server believe that it hears everybody late, for as long as the test lasts."""
    strain = server.running.house.workers.strain = Strain(lambda: 0.0)
    for _ in range(1000):
        strain.heard(60.0)


async def refused(server, **options):
    with pytest.raises(InvalidStatus) as turned_away:
        async with server.client(**options):
            raise AssertionError("let in")
    return turned_away.value.response


async def test_an_overloaded_server_lets_nobody_in_and_hears_on(tmp_path, vosk):
    async with running(tmp_path, vosk) as server, server.client() as client:
        await client.start()
        await client.stream(TALK[: len(TALK) // 2])
        strained(server)
        response = await refused(server)
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "5"
        assert b"late already" in response.body
        await client.stream(TALK[len(TALK) // 2 :])
        await client.send({"type": "stop"})
        await client.rest()
        assert [final["text"] for final in client.of("final")] == ["hello thank you", "goodbye"]
        text = server.running.house.metrics.text().decode()
        assert 'earshot_sessions_refused_total{reason="overloaded"} 1.0' in text


async def test_who_is_waited_for_may_come_back_to_an_overloaded_server(tmp_path):
    async with running(tmp_path, ScriptedEngine(), session=WINDOW) as server:
        async with server.client() as client:
            ready = await client.start()
            client.socket.transport.abort()
            await client.rest()
        while server.running.voice.sessions:  # noqa: ASYNC110
            await asyncio.sleep(0)  # until the server knows that the line is lost; it tells nobody
        strained(server)
        async with server.client() as client:
            await client.resume(ready)
            assert (await client.until("ready"))["session_id"] == ready["session_id"]


async def test_a_full_server_turns_away_and_those_who_are_there_stay_well(tmp_path, vosk):
    async with running(tmp_path, vosk, server={"max_sessions": 2}) as server:
        async with server.client() as ann, server.client() as bob:
            for client in (ann, bob):
                await client.start()
            for at in range(0, len(TALK), len(TALK) // 4):
                assert (await refused(server)).headers["Retry-After"] == "5"
                for client in (ann, bob):
                    await client.stream(TALK[at : at + len(TALK) // 4])
            for client in (ann, bob):
                await client.send({"type": "stop"})
                await client.rest()
                assert [final["text"] for final in client.of("final")] == ["hello thank you", "goodbye"]
        await server.running.voice.deserted()
        async with server.client() as next_one:
            await next_one.start()


async def test_clients_that_start_and_vanish_are_not_all_waited_for(tmp_path):
    limits = {"max_sessions_per_address": 3}
    async with running(tmp_path, ScriptedEngine(), server=limits, session=WINDOW) as server:
        ready = []
        for _ in range(6):
            async with server.client() as client:
                ready.append(await client.start())
                client.socket.transport.abort()
                await client.rest()
        resume = {key: ready[-1][key] for key in ("session_id", "resume_token")}
        async with server.client() as client:  # the last is still waited for
            await client.send({"type": "resume", **resume})
            assert (await client.until("ready"))["session_id"] == ready[-1]["session_id"]
        resume = {key: ready[0][key] for key in ("session_id", "resume_token")}
        async with server.client() as client:  # the first isn't
            await client.send({"type": "resume", **resume})
            assert (await client.until("error"))["code"] == "not_resumable"
