"""Whatever befalls the line and the server, every sample is heard once and every utterance is one final and one row."""

import os
from itertools import pairwise

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from audio.recognizers.scripted import ScriptedEngine
from server.config import Config
from tests.fixtures.speech_files import speech
from tests.quiet import quiet
from tests.schedules.virtual import run
from tests.schedules.world import Blow, World, talk

DATA = speech("two-utterances").samples.tobytes() + quiet(1.6)
MANY = int(os.environ.get("EARSHOT_FUZZ_EXAMPLES", "0"))
CONFIG = msgspec.convert({"session": {"resume_window_s": 30}, "audio": {"max_lag_s": 60}}, Config)
SCRIPTED = ScriptedEngine(("one", "two", "three", "four", "five"), samples_per_word=1600)
"""A word each tenth of a second heard: a sample lost or heard twice changes the text."""

schedules = settings(
    max_examples=MANY or 60,
    derandomize=not MANY,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # to make a schedule shorter takes longer than to read it
    database=None,
    suppress_health_check=list(HealthCheck),
)
sizes = st.sampled_from([160, 640, 641, 3200, 9_999, 32_000])
paces = st.sampled_from([1, 4, 50])
delays = st.sampled_from([0.0, 0.03, 0.4])
works = st.sampled_from([0.0, 0.02, 0.2])
ENGINES = st.sampled_from(["scripted", "vosk"])


def blows(*kinds, most):
    blow = st.builds(Blow, st.integers(0, len(DATA)), st.sampled_from(kinds))
    return st.lists(blow, min_size=1, max_size=most)


def lived(folder, engine, happened, size, pace, delay_s, work_s):
    """What the client was told, and what was kept."""

    async def main():
        world = World(folder, engine, CONFIG, delay_s=delay_s, work_s=work_s)
        world.begin()
        finals = await talk(world, DATA, happened, size=size, pace=pace)
        await world.end()
        assert world.journals == []
        return finals, world.keeper

    return run(main())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, vosk):
    """The same talk when nothing happens, by engine."""

    def tell(engine):
        finals, keeper = lived(tmp_path_factory.mktemp("undisturbed"), engine, [], 3200, 1, 0.03, 0.01)
        return told(finals), keeper.messages

    return {"scripted": tell(SCRIPTED), "vosk": tell(vosk)}.__getitem__


def told(finals):
    """The finals as far as they don't depend on when they came."""
    return [
        {k: v for k, v in final.items() if k not in ("latency_ms", "message_id", "uid")} for final in finals
    ]


def heard_to_the_sample(rows):
    """The sound of a row is what was sent, exactly, from its start to its end."""
    for row in rows:
        span = slice(32 * row.start_ms, 32 * row.end_ms)
        assert row.audio.pcm == DATA[span], (row.start_ms, row.end_ms)


@given(ENGINES, blows("drop", "half_open", "message", "twice", most=4), sizes, paces, delays, works)
@schedules
def test_a_broken_line_changes_nothing(
    tmp_path_factory, vosk, undisturbed, engine, happened, size, pace, delay_s, work_s
):
    folder = tmp_path_factory.mktemp("lines")
    finals, keeper = lived(
        folder, SCRIPTED if engine == "scripted" else vosk, happened, size, pace, delay_s, work_s
    )
    expected, rows = undisturbed(engine)
    assert told(finals) == expected
    assert [(row.content, row.start_ms, row.end_ms) for row in keeper.of(1)] == [
        (row.content, row.start_ms, row.end_ms) for row in rows
    ]
    heard_to_the_sample(keeper.messages)


@given(ENGINES, blows("drop", "half_open", "message", "twice", "kill", most=4), sizes, paces, delays, works)
@schedules
def test_a_killed_server_loses_nothing_and_doubles_nothing(
    tmp_path_factory, vosk, undisturbed, engine, happened, size, pace, delay_s, work_s
):
    folder = tmp_path_factory.mktemp("kills")
    finals, keeper = lived(
        folder, SCRIPTED if engine == "scripted" else vosk, happened, size, pace, delay_s, work_s
    )
    _, expected = undisturbed(engine)
    rows = keeper.messages
    heard_to_the_sample(rows)
    for earlier, later in pairwise(rows):
        assert earlier.end_ms <= later.start_ms
    assert sorted(final["uid"] for final in finals) == sorted(row.uid for row in rows)
    if (
        engine == "scripted"
    ):  # which names every piece of sound, so that a row tells of every piece that was heard
        for row in expected:
            silent = sum(
                min(row.end_ms, part.end_ms) - max(row.start_ms, part.start_ms)
                for part in rows
                if part.start_ms < row.end_ms and row.start_ms < part.end_ms
            )
            assert row.end_ms - row.start_ms - silent <= 400, (row, rows)
