import math

import pytest

from server.client.pacing import Pacer

LATE_S = 0.0011
"""A sleep returns this much too late, as they do."""


class Clock:
    """Time that passes only by sleeping, and a bit more than asked for."""

    def __init__(self):
        self.now_s = 100.0
        self.slept = []

    def now(self):
        return self.now_s

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.now_s += seconds + LATE_S


def pacer(clock, samples_per_s):
    return Pacer(samples_per_s, now=clock.now, sleep=clock.sleep)


@pytest.mark.parametrize("speed", [0.5, 1, 4])
async def test_late_sleeps_do_not_add_up(speed):
    clock = Clock()
    pace = pacer(clock, 16_000 * speed)
    for _ in range(500):  # ten seconds of sound
        await pace.wait(320)
    assert clock.now_s == pytest.approx(100 + 10 / speed + LATE_S)


async def test_the_last_sample_of_a_block_is_due_before_it_is_sent():
    clock = Clock()
    await pacer(clock, 8_000).wait(160)
    assert clock.slept == [pytest.approx(0.02)]


async def test_time_begins_with_the_first_block():
    clock = Clock()
    pace = pacer(clock, 8_000)
    clock.now_s += 60
    await pace.wait(160)
    assert clock.slept == [pytest.approx(0.02)]


async def test_what_is_overdue_goes_at_once_until_time_is_caught_up():
    clock = Clock()
    pace = pacer(clock, 8_000)
    await pace.wait(160)
    clock.now_s += 0.05  # the line was full for two and a half blocks
    for _ in range(2):
        await pace.wait(160)
    assert len(clock.slept) == 1
    await pace.wait(160)
    assert len(clock.slept) == 2


async def test_without_a_speed_nothing_is_held_back():
    clock = Clock()
    pace = pacer(clock, math.inf)
    for _ in range(1000):
        await pace.wait(48_000)
    assert clock.slept == []
