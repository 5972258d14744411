"""Real Chromium and a real server, in one event loop for the whole set."""

from __future__ import annotations

import inspect
import os
import shutil

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from tests.browser.page import FAKE_MICROPHONE, Visitor
from tests.running import running

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items):
    """Mark what lies here; one loop for all, because browser and server outlive a test."""
    skip = pytest.mark.skip(reason="no Chromium found: install Debian's chromium or set $CHROMIUM")
    for item in items:
        if "tests/browser/" not in item.nodeid:
            continue
        item.add_marker(pytest.mark.browser)
        if inspect.iscoroutinefunction(item.function):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
        if not CHROMIUM and {"browser", "deaf_browser"} & set(item.fixturenames):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def microphone_file(tmp_path_factory):
    """What the browser's fake microphone plays; it is read anew whenever a page opens the microphone."""
    return tmp_path_factory.mktemp("microphone") / "microphone.wav"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(microphone_file):
    """Chromium with a microphone that plays `microphone_file` once."""
    async with async_playwright() as playwright:
        arguments = [*FAKE_MICROPHONE, f"--use-file-for-fake-audio-capture={microphone_file}%noloop"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def deaf_browser():
    """Chromium on a machine without a microphone."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def server(tmp_path, vosk):
    """A server that hears with the tiny model."""
    async with running(tmp_path, vosk) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser, server):
    """Someone who has opened the page and allows the microphone."""
    context = await browser.new_context(permissions=["microphone"])
    async with Visitor.opening(context, server.http) as visitor:
        yield visitor
