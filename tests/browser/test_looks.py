"""Everybody can use it: axe finds nothing, nothing is cut off, everything works from the keyboard."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.page import Visitor, recording, write_wav
from tests.fixtures.speech_files import speech
from tests.running import running

axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="axe-playwright-python is missing")

LOOKS = pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 320), ("dark", 320)]
)

OPEN = "() => document.querySelectorAll('details').forEach((details) => (details.open = true))"

TOUCHED = """() => [...document.querySelectorAll('button, select, summary, label, input:not([type])')]
    .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 44)
    .map((element) => element.outerHTML)"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def visitor(browser, tmp_path_factory, vosk) -> AsyncIterator[Visitor]:
    """A page that has heard something and opens whatever opens."""
    folder = tmp_path_factory.mktemp("looks")
    spoken = recording(speech("real-printing").samples.tobytes())
    async with (
        running(folder, vosk) as server,
        Visitor.opening(await browser.new_context(), server.http) as visitor,
    ):
        await visitor.page.evaluate(OPEN)
        await visitor.play(write_wav(folder / "speech.wav", spoken))
        await visitor.state("Listening")
        await visitor.state("Not listening")
        await visitor.page.evaluate(OPEN)
        await visitor.page.locator(".play").first.click()
        await expect(visitor.page.get_by_role("slider", name="Position")).to_be_visible()
        await visitor.press("E Prepare")
        await expect(visitor.page.get_by_role("button", name="Download")).to_be_visible()
        await expect(visitor.page.locator("#wire li", has_text="▼ final")).to_be_visible()
        yield visitor


async def look(page, scheme, width):
    await page.emulate_media(color_scheme=scheme)
    await page.set_viewport_size({"width": width, "height": 800})


async def violations(page) -> list[str]:
    report = (await axe.Axe().run(page)).response
    return [f"{found['id']}: {node['html']}" for found in report["violations"] for node in found["nodes"]]


@LOOKS
async def test_axe_finds_nothing_and_nothing_is_cut_off(visitor, scheme, width):
    await look(visitor.page, scheme, width)
    assert await violations(visitor.page) == []
    assert await visitor.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


async def test_everything_is_large_enough_to_touch(visitor):
    await look(visitor.page, "light", 320)
    assert await visitor.page.evaluate(TOUCHED) == []


@LOOKS
async def test_axe_finds_nothing_in_the_help_and_the_alerts(visitor, tmp_path, scheme, width):
    await look(visitor.page, scheme, width)
    (tmp_path / "poem.wav").write_text("Shall I compare thee")
    await visitor.play(tmp_path / "poem.wav")
    await expect(visitor.alert).to_contain_text("can't be read")
    assert await violations(visitor.page) == []
    await visitor.page.keyboard.press("?")
    await expect(visitor.page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert await violations(visitor.page) == []
    await visitor.page.keyboard.press("Escape")
