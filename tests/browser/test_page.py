"""The page as it is served: small, nothing inline, nothing from elsewhere."""

import re
from html.parser import HTMLParser
from pathlib import Path

from tests.browser.page import Visitor

WEB = Path(__file__).parents[2] / "server" / "web"
FILES = [path for path in WEB.rglob("*") if path.is_file()]


class Inline(HTMLParser):
    """Finds what a strict content security policy would block."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(tag)
        self.found += [name for name in names if name == "style" or name.startswith("on")]


def test_all_of_it_is_under_120_kb():
    assert sum(path.stat().st_size for path in FILES) < 120_000


def test_nothing_is_inline():
    parser = Inline()
    parser.feed((WEB / "index.html").read_text("utf-8"))
    assert parser.found == []


def test_no_file_names_another_host():
    allowed = {"localhost", "www.w3.org"}  # an example in a comment, and the namespace of SVG
    named = {
        host for path in FILES for host in re.findall(r"(?:https?|wss?)://([\w.-]+)", path.read_text("utf-8"))
    }
    assert named <= allowed


async def test_a_visit_asks_nobody_but_the_server_and_breaks_no_policy(browser, server):
    context = await browser.new_context()
    async with Visitor.opening(context, server.http) as visitor:
        await visitor.page.wait_for_load_state("networkidle")
        assert visitor.hosts == {"127.0.0.1"}
        assert visitor.complaints == []
        response = await context.request.get(server.http)
        assert response.headers["content-security-policy"].startswith("default-src 'self';")
        assert "unsafe" not in response.headers["content-security-policy"]
