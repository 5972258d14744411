"""`python -m tests.browser.screenshots`: takes the pictures in docs/screenshots anew, from a real session."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, async_playwright, expect

from audio.recognizers.vosk import VoskEngine
from tests.browser.page import FAKE_MICROPHONE, Visitor, write_wav
from tests.fixtures.speech_files import MODEL, speech
from tests.quiet import quiet
from tests.running import Server, running

PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"
LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1000, "height": 1000}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1000, "height": 1000}},
    "narrow": {"color_scheme": "light", "viewport": {"width": 320, "height": 1000}},
}
COLOURS = 64
"""Enough for text and lines; a third of the bytes."""
SAID = b"".join(
    part
    for name in ("digits-16k", "two-utterances", "pauses-inside")
    for part in (quiet(1.0), speech(name).samples.tobytes())
)


async def main() -> None:
    """Take every picture."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    engine = VoskEngine(MODEL)
    with tempfile.TemporaryDirectory() as folder:
        sound = write_wav(Path(folder) / "microphone.wav", SAID + quiet(3))
        arguments = [*FAKE_MICROPHONE, f"--use-file-for-fake-audio-capture={sound}%noloop"]
        async with running(Path(folder), engine) as server, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=arguments)
            for name, look in LOOKS.items():
                await take(browser, server, PICTURES / f"{name}.png", look)
            await browser.close()
    engine.close()


async def take(browser: Browser, server: Server, path: Path, look: dict) -> None:
    """Take a picture in the middle of a sentence."""
    context = await browser.new_context(permissions=["microphone"], locale="en-GB", **look)
    async with Visitor.opening(context, server.http) as visitor:
        await visitor.start()
        await expect(visitor.page.locator("#partial span")).to_contain_text("please repeat four")
        await visitor.page.screenshot(path=path)
        await visitor.stop()
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    asyncio.run(main())
