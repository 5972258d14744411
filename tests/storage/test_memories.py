"""Memories: what is added, merged, recalled, searched and counted."""

import asyncio
import json

import pytest

from storage.errors import Invalid, NotFound
from storage.memories import fingerprint
from storage.rows import NewMemory
from storage.store import Store
from tests.storage.talk import begin


async def remember(store, content, **columns):
    return (await store.add_memory(NewMemory(**{"user_id": "ada", "content": content} | columns))).memory_id


async def test_a_memory_comes_back_as_it_was_given(store):
    conversation = await begin(store)
    first = await remember(store, "has a dog")
    second = await remember(
        store,
        "the dog is called Byron",
        tier="long_term",
        importance=0.9,
        conversation_id=conversation.id,
        context="talking of walks",
        tags=[" pets ", "names"],
        emotion_at_creation="happy",
        related_memories=[first],
        training_relevance=0.8,
        verified=True,
    )
    memory = (await store.memories("ada"))[1]
    assert (memory.id, memory.tier, memory.importance, memory.conversation_id) == (
        second,
        "long_term",
        0.9,
        1,
    )
    assert (memory.context, memory.tags, memory.emotion_at_creation) == (
        "talking of walks",
        "pets,names",
        "happy",
    )
    assert (memory.related_memories, memory.training_relevance, memory.verified) == (f"[{first}]", 0.8, True)
    assert (memory.access_count, memory.last_accessed) == (0, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user_id", ""),
        ("content", " "),
        ("tier", "core"),
        ("importance", 1.1),
        ("importance", None),
        ("tags", ["a,b"]),
        ("tags", [" "]),
        ("training_relevance", -1),
        ("related_memories", ["1"]),
        ("related_memories", [99]),
        ("context", 3),
    ],
)
async def test_a_bad_memory_is_refused_by_field(store, field, value):
    with pytest.raises(Invalid) as refusal:
        await remember(store, **{"content": "something"} | {field: value})
    assert refusal.value.field == field


async def test_a_memory_cannot_relate_to_somebody_elses(store):
    theirs = await remember(store, "secret", user_id="eve")
    with pytest.raises(Invalid, match="related_memories"):
        await remember(store, "mine", related_memories=[theirs])


async def test_a_memory_of_an_unknown_conversation_is_refused(store):
    with pytest.raises(NotFound):
        await remember(store, "mine", conversation_id=99)


def test_fingerprints_pass_over_case_width_space_and_full_stops():
    assert fingerprint("Likes  TEA.") == fingerprint("likes tea") == fingerprint("ｌｉｋｅｓ tea\n!")
    assert fingerprint("likes tea") != fingerprint("likes teas")


async def test_the_same_memory_is_merged_and_takes_on_what_is_known_better(store):
    other = await remember(store, "other")
    first = await remember(store, "Likes tea", importance=0.4, tags=["drinks"], training_relevance=0.9)
    again = await store.add_memory(
        NewMemory(
            user_id="ada",
            content="likes tea.",
            tier="medium_term",
            importance=0.6,
            tags=["drinks", "habits"],
            related_memories=[other],
            context="at four",
            training_relevance=0.2,
            verified=True,
        )
    )
    assert (again.memory_id, again.existed) == (first, True)
    merged = (await store.memories("ada", after_id=other))[0]
    assert (merged.content, merged.tier, merged.importance) == ("Likes tea", "medium_term", 0.6)
    assert (merged.tags, merged.related_memories, merged.context) == (
        "drinks,habits",
        f"[{other}]",
        "at four",
    )
    assert (merged.training_relevance, merged.verified) == (0.9, True)


async def test_two_people_may_share_a_memory(store):
    mine = await remember(store, "likes tea")
    theirs = await remember(store, "likes tea", user_id="eve")
    assert mine != theirs


async def test_recall_takes_two_of_each_tier_and_the_best_five_of_those(store):
    for tier, importances in {
        "short_term": (0.9, 0.8, 0.7),
        "medium_term": (0.2, 0.6),
        "long_term": (0.5, 0.4),
    }.items():
        for importance in importances:
            await remember(store, f"{tier} {importance}", tier=tier, importance=importance)
    await remember(store, "hers", user_id="eve", importance=1.0)
    found = [memory.importance for memory in await store.recall("ada")]
    assert found == [0.9, 0.8, 0.6, 0.5, 0.4]
    assert [memory.importance for memory in await store.recall("ada", per_tier=1, total=2)] == [0.9, 0.6]
    assert await store.recall("nobody") == []


async def test_between_equals_the_one_read_more_often_comes_first(store):
    first = await remember(store, "one")
    second = await remember(store, "two")
    store._accesses.note([second])
    await store._accesses.flush()
    assert [memory.id for memory in await store.recall("ada")] == [second, first]


async def test_reading_is_counted_in_the_background(path):
    async with Store.open(path, synchronous="OFF") as store:
        memory_id = await remember(store, "likes tea")
        await asyncio.gather(*[store.recall("ada") for _ in range(30)])
    async with Store.open(path, synchronous="OFF") as store:
        memory = (await store.memories("ada"))[0]
    assert (memory.id, memory.access_count) == (memory_id, 30)
    assert memory.last_accessed is not None


async def test_many_reads_are_written_in_one_batch(store, sql):
    ids = [await remember(store, f"fact {number}") for number in range(120)]
    store._accesses.note(ids)
    await store._accesses.flush()
    assert sql("SELECT sum(access_count) AS reads FROM memories") == [{"reads": 120}]


async def test_search_puts_the_memory_with_most_of_the_words_first(store):
    both = await remember(store, "Byron the dog likes rain")
    one = await remember(store, "rain is coming", importance=1.0)
    tagged = await remember(store, "chases cats", tags=["dog"])
    await remember(store, "nothing of it")
    await remember(store, "dog and rain", user_id="eve")
    found = [memory.id for memory in await store.search_memories("ada", "DOG, rain")]
    assert found == [both, one, tagged]
    assert await store.search_memories("ada", "…") == []
    assert [memory.id for memory in await store.search_memories("ada", "dog rain", limit=1)] == [both]


async def test_a_person_can_verify_a_memory(store):
    memory_id = await remember(store, "likes tea", training_relevance=0.3)
    assert (await store.verify_memory(memory_id, verified=True)).verified
    after = await store.verify_memory(memory_id, verified=False, relevance=0.9)
    assert (after.verified, after.training_relevance) == (False, 0.9)
    with pytest.raises(NotFound):
        await store.verify_memory(99, verified=True)


async def test_erasing_a_memory_takes_it_out_of_the_lists_of_others(store):
    first, second = await remember(store, "one"), await remember(store, "two")
    third = await remember(store, "three", related_memories=[first, second])
    await store.eraser.memory(first, actor="test")
    left = {memory.id: memory.related_memories for memory in await store.memories("ada")}
    assert left == {second: None, third: json.dumps([second])}
    with pytest.raises(NotFound):
        await store.eraser.memory(first, actor="test")
