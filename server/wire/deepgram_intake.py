"""A Deepgram client's audio on its way in: counted into a digest, and its own header read where it brings one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from audio.values import AudioFormat
from server.close_codes import POLICY_VIOLATION
from server.events import ClientEvent, Mistake, Start, Stop
from server.validation import Invalid
from server.wire.base import sliced
from server.wire.deepgram_wav import read_header


class Intake:
    """Starts the session as soon as it is known how the audio comes."""

    def __init__(self, start: Start, *, raw: bool) -> None:
        """With `raw` the audio comes as `start` says."""
        self._start = start
        self._started = raw
        self._header = b""
        self._waiting: list[ClientEvent] = []
        """Asked for before the start."""
        self._sha256 = hashlib.sha256()

    @property
    def channels(self) -> int:
        """How many channels are heard on their own, once the session has started."""
        return self._start.format.channels if self._start.each_channel else 1

    @property
    def sha256(self) -> str:
        """The digest of all that was sent, in hexadecimal."""
        return self._sha256.hexdigest()

    def greet(self) -> Sequence[ClientEvent]:
        """Start, where all is known."""
        return (self._start,) if self._started else ()

    def audio(self, data: bytes) -> Sequence[ClientEvent]:
        """Take audio in."""
        self._sha256.update(data)
        if self._started:
            return list(sliced(data))
        self._header += data
        try:
            found = read_header(self._header)
        except Invalid as error:
            return [Mistake("undecodable", f"DATA-0000: {error}", POLICY_VIOLATION)]  # as Deepgram does
        if found is None:
            return []
        audio_format, audio = found
        return [*self._begin(audio_format), *sliced(self._header[audio:])]

    def then(self, *events: ClientEvent) -> Sequence[ClientEvent]:
        """Let events happen now, or right after the start."""
        if self._started:
            return events
        self._waiting += events
        return ()

    def close(self) -> Sequence[ClientEvent]:
        """No more audio; a session that never got any still tells that it is over."""
        return [*([] if self._started else self._begin(AudioFormat())), Stop()]

    def _begin(self, audio_format: AudioFormat) -> Sequence[ClientEvent]:
        self._started = True
        self._start = replace(self._start, format=audio_format)
        return [self._start, *self._waiting]
