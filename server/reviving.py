"""How sessions go on that a crash broke off: what was acknowledged is in the journal, what was kept in the store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from audio.progress import Past
from audio.recognizers.base import RecognizerError
from audio.values import FRAME, RATE, AudioChunk, AudioFormat, Reason, SpeechEvent
from server import keeping
from server.events import Start
from server.house import House
from server.identity import Identity
from server.opening import Outfit, journal_entry, make_ear, outfit
from server.replies import Transcript
from server.state import Restored
from storage.errors import NotFound, StorageError
from storage.journal import Journal, Unfinished

log = logging.getLogger(__name__)

_LOOK_BACK, _LOOK_AHEAD = 50, 50
"""Utterances: finals that a client may have missed, and those that were kept after the journal's last word."""

_SLICE_S = 1.0
"""Audio heard at a time: other sessions get their turn."""


@dataclass(frozen=True, slots=True)
class Left:
    """A session that a crash broke off."""

    identity: Identity
    conversation_id: int
    start: Start
    unfinished: Unfinished


@dataclass(frozen=True, slots=True)
class Revival:
    """A session that can go on."""

    outfit: Outfit
    restored: Restored
    sound: Sequence[AudioChunk]
    """What was acknowledged and isn't kept as messages yet."""

    def hear_again(self) -> Iterator[Awaitable[list[SpeechEvent]]]:
        """Give the pieces of work that lead to where the client goes on; the utterance that was open ends there."""
        for chunk in self.sound:
            yield self.outfit.ear.feed(chunk, elapsed_s=0, due=asyncio.get_running_loop().time())
        yield self.outfit.ear.finish(Reason.RECOVERED, last=False)


def left_behind(journal: Journal) -> Iterator[Left]:
    """Give the sessions that the last server left."""
    for unfinished in journal.unfinished():
        about = unfinished.about
        try:
            start = msgspec.convert(about["start"], Start)
            identity = Identity(str(about["session_id"]), unfinished.key, str(about["began"]))
            yield Left(identity, int(about["conversation_id"]), start, unfinished)
        except (KeyError, ValueError, TypeError) as error:
            log.error("a journal of another version is left as it is: %s", error)


async def revive(left: Left, house: House) -> Revival | None:
    """Make what a session needs to go on; None where it can't, which the log tells."""
    try:
        return await _revive(left, house)
    except NotFound:
        log.info("a session isn't taken up again: its conversation was erased")
        assert house.journal
        await house.workers.run(house.journal.forget, left.unfinished.key)
    except (RecognizerError, StorageError) as error:
        log.error("a session can't be taken up again, its journal is left as it is: %s", error)
    return None


async def _revive(left: Left, house: House) -> Revival:
    start, unfinished = left.start, left.unfinished
    await house.store.resume_conversation(left.conversation_id)
    told = await _told(left, house)
    clock = round(unfinished.start / start.format.stride * RATE / start.format.sample_rate)
    past = _past(unfinished, told, clock)
    ear, warnings = await make_ear(start, house, past=past)
    begun = max(unfinished.start, _begun_frame(unfinished.received, start.format))
    try:
        entry = await journal_entry(
            start, house, left.identity, left.conversation_id, received=begun, heard=past
        )
    except StorageError:
        ear.close()
        raise
    fit = outfit(start, house, left.identity, left.conversation_id, ear, entry, warnings=warnings)
    fit.safe.hold(unfinished.sound[begun - unfinished.start :])  # the utterance that follows begins with it
    restored = Restored(start, fit.opened, unfinished.received, told)
    return Revival(fit, restored, list(_slices(unfinished.sound, start.format)))


async def _told(left: Left, house: House) -> list[Transcript]:
    last = left.unfinished.heard.utterances
    numbers = range(max(1, last - _LOOK_BACK), last + _LOOK_AHEAD)
    by_uid = {left.identity.uid(number): number for number in numbers}
    rows = await house.store.messages_named(left.conversation_id, list(by_uid))
    told = [keeping.told(row, by_uid[row.uid]) for row in rows if row.uid]
    return sorted(told, key=lambda transcript: transcript.final.utterance)


def _past(unfinished: Unfinished, told: Sequence[Transcript], clock: int) -> Past:
    """Where hearing stands: what was kept counts, also where the journal didn't learn of it any more.

    After a gap everything is heard again, and what was kept is not kept twice.
    """
    heard = Past(clock, unfinished.heard.until, unfinished.heard.utterances)
    for transcript in told:
        if transcript.final.utterance == heard.utterances + 1:
            heard = Past(clock, transcript.final.end, transcript.final.utterance)
    return heard


def _begun_frame(received: int, audio_format: AudioFormat) -> int:
    """Return the byte at which the frame begins that isn't whole after `received` bytes."""
    per_frame = audio_format.sample_rate * FRAME / RATE
    whole = received // audio_format.stride // per_frame
    return round(whole * per_frame) * audio_format.stride


def _slices(sound: bytes, audio_format: AudioFormat) -> Iterator[AudioChunk]:
    size = int(audio_format.sample_rate * _SLICE_S) * audio_format.stride
    for at in range(0, len(sound), size):
        yield AudioChunk(sound[at : at + size])
