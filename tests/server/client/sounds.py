"""Sound for the client's tests, and what the wire would make of what it sends."""

from __future__ import annotations

import asyncio

import numpy as np

from audio.decode import Decoder


def tone(seconds, rate, *, channels=1, hertz=440.0, level=0.5):
    """A sine, float32, shape (n,) or (n, channels); the second channel is an octave higher, and so on."""
    at = np.arange(round(seconds * rate)) / rate
    tracks = [level * np.sin(2 * np.pi * hertz * 2**k * at) for k in range(channels)]
    return np.stack(tracks, 1).astype(np.float32).squeeze()


async def blocks_of(source):
    """All that a source gives."""
    async with asyncio.timeout(20):
        return [block async for block in source.blocks()]


async def heard_from(source):
    """What the server would hear, mono int16."""
    return Decoder(source.format).push(b"".join(await blocks_of(source)))
