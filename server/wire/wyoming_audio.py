"""A Wyoming client's audio as PCM16: its samples are whole numbers of one, two or four bytes."""

from __future__ import annotations

import numpy as np

from audio.values import AudioFormat
from server.wire.wyoming_events import Sound

_WIDE = 4


class Intake:
    """Takes one stream's audio in; what a chunk's end cuts in two is put together again."""

    def __init__(self, sound: Sound) -> None:
        self.format = AudioFormat(sample_rate=sound.rate, channels=sound.channels)
        """As the audio is passed on."""
        self.sound = sound
        """As it comes."""
        self._rest = b""

    def fits(self, sound: Sound) -> bool:
        """Tell whether a chunk goes on in the same format."""
        mine = self.sound
        return (sound.rate, sound.width, sound.channels) == (mine.rate, mine.width, mine.channels)

    def push(self, data: bytes) -> bytes:
        """Return the samples as PCM16, mono or interleaved; of wide ones the upper half."""
        match self.sound.width:
            case 1:
                return ((np.frombuffer(data, np.uint8).astype("<i2") - 128) << 8).tobytes()
            case 4:
                data = self._rest + data
                whole = len(data) - len(data) % _WIDE
                self._rest = data[whole:]
                return (np.frombuffer(data[:whole], "<i4") >> 16).astype("<i2").tobytes()
            case _:
                return data
