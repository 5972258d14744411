"""The API's description for people: one page, no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import msgspec

from server.http.endpoint import Endpoint

_HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Earshot: HTTP API</title>
<link rel="stylesheet" href="/docs.css">
<main>
<h1>Earshot: HTTP API</h1>
<p>Machine-readable at <a href="/openapi.json">/openapi.json</a>. Errors are
<code>{"error": {"code", "message", "field"?}}</code>. Lists come in pages: give <code>next</code> as
<code>after</code>.</p>
"""

STYLE = """:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 }
main { max-width: 60rem; margin: auto; padding: 1rem }
article { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: .5rem 0 }
code, pre { font: .875rem/1.5 ui-monospace, monospace }
pre { overflow-x: auto }
h3 code { font-weight: 600 }
"""


def page(endpoints: Sequence[Endpoint], description: dict[str, Any]) -> str:
    """Write the page: each endpoint with what it takes and may answer."""
    parts = [_HEAD]
    for tag in dict.fromkeys(endpoint.tag for endpoint in endpoints):
        parts.append(f"<h2>{escape(tag.capitalize())}</h2>")
        parts += [_article(endpoint, description) for endpoint in endpoints if endpoint.tag == tag]
    return "\n".join(parts) + "\n</main>\n</html>\n"


def _article(endpoint: Endpoint, description: dict[str, Any]) -> str:
    operation = description["paths"][endpoint.path][endpoint.method.lower()]
    lines = [
        f"<article><h3><code>{endpoint.method} {escape(endpoint.path)}</code></h3>",
        f"<p>{endpoint.summary}.</p>",
    ]
    if endpoint.body:
        name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        schema = description["components"]["schemas"][name]
        shown = msgspec.json.format(msgspec.json.encode(schema["properties"])).decode()
        lines.append(f"<details><summary>Body</summary><pre>{escape(shown)}</pre></details>")
    answers = ", ".join(
        f"{status} {answer['description']}" for status, answer in operation["responses"].items()
    )
    lines.append(f"<p>Answers: {escape(answers)}.</p></article>")
    return "\n".join(lines)
