"""Sends and listens at once. Never in turns: a server owes no reply to a message, and its last final comes late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing, suppress

from server.client.client import Client
from server.client.errors import Failed, LineLost
from server.client.messages import Heard, Trouble
from server.client.pacing import Pacer
from server.client.source import Source

Hear = Callable[[Heard], None]


class Talk:
    """One source told to one client, and everything heard until the server has no more to say."""

    def __init__(
        self, client: Client, source: Source, pacer: Pacer, hear: Hear, *, now: Callable[[], float]
    ) -> None:
        """`hear` is called with every message; `now` gives seconds."""
        self._client = client
        self._source = source
        self._pacer = pacer
        self._hear = hear
        self._now = now
        self._speaking: asyncio.Task[None] | None = None
        self._trouble: Trouble | None = None
        self.began = now()
        self.hushed: float | None = None
        """When the last sound was sent."""

    @property
    def sent_s(self) -> float:
        """Seconds of sound sent."""
        return self._client.sent / self._source.format.sample_rate

    @property
    def acknowledged_s(self) -> float:
        """Seconds of sound that are safe with the server."""
        return self._client.acknowledged / self._source.format.sample_rate

    @property
    def losses(self) -> int:
        """How often the line was lost."""
        return self._client.losses

    def hush(self) -> None:
        """Send no more; what was sent is still heard to its end."""
        if self._speaking:
            self._speaking.cancel()

    async def run(self) -> None:
        """Talk until the source ends or `hush`, listen until the server is done.

        Raises: Failed where the server or the line gave up, ClientError as the source raises it.
        """
        self._speaking = asyncio.create_task(self._speak())
        try:
            await self._listen()
        finally:
            ended_early = self.hushed is None
            self._speaking.cancel()
            (outcome,) = await asyncio.gather(self._speaking, return_exceptions=True)
        if self._trouble:
            raise Failed(f"the server said: {self._trouble.message}")
        if isinstance(outcome, Exception) and not isinstance(outcome, LineLost):
            raise outcome
        if ended_early:
            raise Failed("the server ended the session before everything was sent")

    async def _listen(self) -> None:
        try:
            async for heard in self._client.events():
                if isinstance(heard.message, Trouble):
                    self._trouble = heard.message
                self._hear(heard)
        except LineLost:
            if self._trouble is None:  # else it says why
                raise

    async def _speak(self) -> None:
        try:
            await self._send()
        except asyncio.CancelledError:
            pass  # hushed
        finally:
            self.hushed = self._now()
            with suppress(LineLost):
                await self._client.stop()

    async def _send(self) -> None:
        stride = self._source.format.stride
        async with aclosing(self._source.blocks()) as blocks:
            async for block in blocks:
                await self._pacer.wait(len(block) / stride)
                await self._client.send(block)
