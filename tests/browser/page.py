"""The page as a person uses it, and what the browser complained about meanwhile."""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Locator, Page, expect

from audio.values import RATE
from tests.quiet import quiet

FAKE_MICROPHONE = ("--use-fake-device-for-media-stream",)

DEADLINE_MS = 20_000
"""No single wait takes longer, however busy the machine."""

expect.set_options(timeout=DEADLINE_MS)


def recording(pcm: bytes, *, before: float = 0.7, after: float = 1.6) -> bytes:
    """PCM16 at `RATE` in a quiet room: a cold browser may lose the first tenths of a second."""
    return quiet(before) + pcm + quiet(after)


def write_wav(path: Path, pcm: bytes, *, rate: int = RATE) -> Path:
    """Write mono PCM16 as WAV."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(pcm)
    return path


@dataclass
class Visitor:
    """A page with its history."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """Errors of scripts, violations of the content security policy, anything on the console."""

    @classmethod
    @asynccontextmanager
    async def opening(
        cls, context: BrowserContext, address: str, *, token: str = ""
    ) -> AsyncIterator[Visitor]:
        """Open the page and wait until it has found its server; `token` is given when asked for."""
        context.set_default_timeout(DEADLINE_MS)
        visitor = cls(await context.new_page())
        visitor._watch()
        try:
            await visitor.page.goto(f"{address}/")
            if token:
                await visitor.page.get_by_label("Token").fill(token)
                await visitor.press("Use it")
            await expect(visitor.page.locator("html[data-ready]")).to_have_count(1)
            yield visitor
        finally:
            await context.close()

    def _watch(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @property
    def hosts(self) -> set[str | None]:
        """Whom the page spoke to."""
        return {urlsplit(url).hostname for url in self.requests if not url.startswith(("data:", "blob:"))}

    @property
    def alert(self) -> Locator:
        return self.page.get_by_role("alert")

    @property
    def finals(self) -> Locator:
        return self.page.locator("#said .words")

    async def press(self, name: str) -> None:
        """Press the button of that name."""
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def start(self) -> None:
        """Start the microphone and wait until it listens."""
        await self.press("Start")
        await self.state("Listening")

    async def stop(self) -> None:
        """Stop and wait until everything is kept."""
        await self.press("Stop")
        await self.state("Not listening")

    async def state(self, words: str) -> None:
        await expect(self.page.locator("#state")).to_have_text(words)

    async def play(self, path: Path) -> None:
        """Choose a sound file."""
        await self.page.locator("#file").set_input_files(path)

    async def app(self, expression: str) -> Any:
        """Evaluate JavaScript with `app`, the page's module."""
        return await self.page.evaluate(
            f"async () => {{ const app = await import('/app.js'); return {expression}; }}"
        )
