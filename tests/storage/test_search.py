"""Conversations are found by what was said in them, about what, by whom and when."""

import sqlite3
from contextlib import closing

import pytest

from storage.conversations import Listing
from storage.errors import Invalid
from storage.search import search, words_of
from tests.storage.talk import begin, say

NEWEST = Listing(newest_first=True)


@pytest.fixture
async def kept(store):
    """Ids by name."""
    said = {
        "morning": ("ann", ["good morning", "Good morning, Ann!"]),
        "tea": ("bob", ["50% sugar_free tea", "Grüße aus Köln"]),
        "late": ("Ann", ["it is late", "good night"]),
    }
    ids = {}
    for name, (user, lines) in said.items():
        conversation = await begin(store, user_id=user)
        for line in lines:
            await say(store, conversation, "user", line)
        ids[name] = conversation.id
    await store.set_topics(ids["tea"], ["breakfast"])
    return ids


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("morning", ["morning"]),
        ("MORN", ["morning"]),
        ("good", ["late", "morning"]),
        ("ann", ["late", "morning"]),
        ("good  ann night", ["late"]),
        ("breakfast", ["tea"]),
        ("50%", ["tea"]),
        ("0%s", []),
        ("r_f", ["tea"]),
        ("t_a", []),
        ("\\", []),
        ("' OR 1=1 --", []),
        ("GRÜSSE", []),
        ("GRÜ", ["tea"]),
        ("köln grüße", ["tea"]),
        ("nothing", []),
    ],
)
async def test_every_word_must_be_held_somewhere(store, kept, text, found):
    hits = await store.search_conversations(text, NEWEST)
    assert [one.id for one in hits.conversations] == [kept[name] for name in found]
    assert hits.next_id is None


async def test_a_day_finds_what_began_on_it(store, kept):
    began = (await store.conversation(kept["tea"])).started_at
    assert len((await store.search_conversations(began[:10], NEWEST)).conversations) == 3
    assert (await store.search_conversations("1999-12-31", NEWEST)).conversations == []


async def test_filters_and_order_hold_in_a_search_too(store, kept):
    oldest = await store.search_conversations("good", Listing())
    assert [one.id for one in oldest.conversations] == [kept["morning"], kept["late"]]
    only = await store.search_conversations("good", Listing(user_id="ann"))
    assert [one.id for one in only.conversations] == [kept["morning"]]
    first = await store.search_conversations("good", Listing(newest_first=True, limit=1))
    assert ([one.id for one in first.conversations], first.next_id) == ([kept["late"]], kept["late"])


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("look", [1, 4, 7, 1000])
def test_looks_of_any_size_find_the_same(store, kept, path, newest_first, look):
    found, after, looks = [], 0, 0
    with closing(sqlite3.connect(path)) as connection:
        while after is not None:
            hits = search(connection, ["good"], Listing(newest_first=newest_first, after_id=after), look=look)
            found += [one.id for one in hits.conversations]
            after = hits.next_id
            looks += 1
    order = ["late", "morning"] if newest_first else ["morning", "late"]
    assert found == [kept[name] for name in order]
    assert looks == {1: 4, 4: 2, 7: 2, 1000: 1}[look]


@pytest.mark.parametrize("text", ["", "  ", "one two three four five six seven eight nine"])
def test_no_words_and_too_many_are_refused(text):
    with pytest.raises(Invalid):
        words_of(text)
