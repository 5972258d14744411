"""kill -9 in the middle of things: nothing acknowledged is lost. `tests/bench/writer.py --kills 50` does more."""

import pytest

from storage.conversations import Listing
from storage.store import Store
from tests.storage.killing import kill


@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
def test_killed_again_and_again_nothing_acknowledged_is_lost(path, synchronous):
    for after in (1, 200, 700):
        aftermath = kill(path, after=after, synchronous=synchronous)
        assert aftermath.acknowledged >= after
        assert (aftermath.lost, aftermath.sound) == (0, True)


async def test_the_next_start_ends_what_the_killed_one_left(path):
    kill(path, after=100, writers=5)
    async with Store.open(path) as store:
        left = await store.conversations(Listing(limit=100))
    assert len(left) == 5
    assert not any(conversation.is_active for conversation in left)
