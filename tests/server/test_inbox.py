import asyncio

from audio.values import AudioChunk
from server.events import Audio, Finalize, Gone
from server.inbox import Inbox


def audio(text):
    return Audio(AudioChunk(text))


async def test_audio_is_put_together_and_order_is_kept():
    inbox = Inbox(lockstep=False)
    inbox.size_for(bytes_per_s=32_000, max_lag_s=5)
    for item in (audio(b"a"), audio(b"b"), Finalize(), audio(b"c"), Gone()):
        await inbox.put(item)
    taken = [(await inbox.take(1))[0] for _ in range(4)]
    assert taken == [audio(b"ab"), Finalize(), audio(b"c"), Gone()]
    inbox.close()


async def test_a_lock_step_client_gets_each_message_heard_alone():
    inbox = Inbox(lockstep=True)
    await inbox.put(audio(b"a"))
    await inbox.put(audio(b"b"))
    assert [(await inbox.take(1))[0] for _ in range(2)] == [audio(b"a"), audio(b"b")]
    inbox.close()


async def test_a_little_audio_falls_due_by_itself():
    inbox = Inbox(lockstep=False)
    inbox.size_for(bytes_per_s=32_000, max_lag_s=5)
    await inbox.put(audio(b"a"))
    assert (await inbox.take(5))[0] == audio(b"a")
    inbox.close()


async def test_words_wait_as_audio_does():
    inbox = Inbox(lockstep=False)
    for _ in range(65):
        await inbox.put(Finalize())
    late = asyncio.create_task(inbox.put(Finalize()))
    await asyncio.sleep(0)
    assert not late.done()
    await inbox.take(1)
    await late
    inbox.close()


async def test_what_is_left_goes_to_somebody_else():
    inbox = Inbox(lockstep=False)
    inbox.put_all([Finalize(), audio(b"a")])
    assert list(inbox.rest()) == [Finalize(), audio(b"a")]
    assert list(inbox.rest()) == []
    inbox.close()


async def test_nothing_comes_of_nothing():
    inbox = Inbox(lockstep=False)
    assert await inbox.take(0.001) is None
    inbox.close()


async def test_a_full_inbox_makes_the_reader_wait_until_there_is_room():
    inbox = Inbox(lockstep=False)
    inbox.size_for(bytes_per_s=112_000, max_lag_s=0.1)
    for _ in range(5):
        await inbox.put(audio(bytes(8000)))
    late = asyncio.create_task(inbox.put(audio(b"late")))
    await asyncio.sleep(0)
    assert not late.done()
    heard = (await inbox.take(1))[0].chunk.data
    await late
    heard += (await inbox.take(1))[0].chunk.data
    assert heard == bytes(40_000) + b"late"
    inbox.close()


async def test_a_long_message_is_heard_in_jobs_of_three_tenths_of_a_second():
    inbox = Inbox(lockstep=False)
    inbox.size_for(bytes_per_s=10, max_lag_s=5)
    await inbox.put(audio(b"abcdefgh"))
    await inbox.put(audio(b"i"))
    assert [(await inbox.take(1))[0] for _ in range(3)] == [audio(b"abc"), audio(b"def"), audio(b"ghi")]
    inbox.close()
