import pytest

from server.client.backoff import Backoff
from tests.server.client.scripted import Clock


async def attempts(back):
    count = 0
    while await back.again():
        count += 1
    return count


async def test_waits_double_up_to_four_seconds_and_the_last_try_is_at_the_end():
    clock = Clock()
    assert await attempts(Backoff(30, now=clock.now, sleep=clock.sleep)) == 11
    assert clock.slept == [0.25, 0.5, 1, 2, 4, 4, 4, 4, 4, 4, 2.25]


@pytest.mark.parametrize(("window_s", "slept"), [(0, []), (0.1, [0.1]), (0.25, [0.25])])
async def test_a_short_window_is_kept_to(window_s, slept):
    clock = Clock()
    assert await attempts(Backoff(window_s, now=clock.now, sleep=clock.sleep)) == len(slept)
    assert clock.slept == slept


async def test_what_an_attempt_takes_counts():
    clock = Clock()
    back = Backoff(10, now=clock.now, sleep=clock.sleep)
    assert await back.again()
    clock.now_s += 10
    assert not await back.again()


async def test_progress_begins_a_new_window_with_short_waits():
    clock = Clock()
    back = Backoff(10, now=clock.now, sleep=clock.sleep)
    for _ in range(3):
        assert await back.again()
    clock.now_s += 60  # the line held for a minute
    back.progress()
    assert await back.again()
    assert clock.slept == [0.25, 0.5, 1, 0.25]


async def test_a_line_that_breaks_again_at_once_is_the_same_loss():
    clock = Clock()
    back = Backoff(10, now=clock.now, sleep=clock.sleep)
    assert await back.again()
    assert await back.again()
    assert clock.slept == [0.25, 0.5]
