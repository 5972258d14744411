"""The library as its documents and its types say it is."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser.page import Visitor

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "server" / "web" / "earshot"
PAGE = (ROOT / "docs" / "page.md").read_text("utf-8").partition("## The library")[2]
HEAD = (LIBRARY / "earshot.js").read_text("utf-8").partition("*/")[0]
DENO = shutil.which("deno") or shutil.which("deno", path=ROOT / ".venv" / "bin")
"""Brings TypeScript's checker along, and pip can install it: 96 MB, too much to ask of everybody."""

PUBLIC = """async () => {
    const library = await import('/earshot/earshot.js');
    const names = Object.getOwnPropertyNames(library.Earshot.prototype).filter((name) => name !== 'constructor');
    const fields = Object.keys(new library.Earshot({ url: 'ws://localhost' }));
    return { names: [...names, ...fields], exported: Object.keys(library) };
}"""


def told() -> set[str]:
    """Names in the first column of the table of docs/page.md."""
    rows = re.findall(r"^\| (`.*?) \|", PAGE, flags=re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)", row)}


async def test_every_public_name_is_documented_and_every_documented_name_is_there(browser, server):
    async with Visitor.opening(await browser.new_context(), server.http) as visitor:
        public = await visitor.page.evaluate(PUBLIC)
    exported = set(public["exported"])
    assert set(public["names"]) - {"url", "token"} == told() - exported
    assert all(f"`{name}" in PAGE or f"{{ {name}" in PAGE for name in exported)


def test_the_librarys_own_events_are_listed_where_its_users_look():
    listed = re.findall(r'^ \* - "(\w+)":', HEAD, flags=re.MULTILINE)
    sentence = re.search(r"Events are the server's messages by their `type`, and (.*?);", PAGE)
    assert re.findall(r"`(\w+)`", sentence[1]) == listed


@pytest.mark.skipif(not DENO, reason="no TypeScript checker found: pip install deno")
def test_the_library_is_typed_as_strictly_as_typescript_checks(tmp_path):
    shutil.copytree(LIBRARY, tmp_path / "earshot")
    shutil.copy(Path(__file__).with_name("worklet.d.ts"), tmp_path)
    (tmp_path / "deno.json").write_text(
        '{"compilerOptions": {"checkJs": true, "strict": true, "noUnusedLocals": true,'
        ' "lib": ["dom", "dom.iterable", "esnext"], "types": ["./worklet.d.ts"]}}'
    )
    modules = sorted(str(path) for path in (tmp_path / "earshot").glob("*.js"))
    command = [DENO, "check", "--no-lock", "--no-remote", *modules]
    checked = subprocess.run(command, cwd=tmp_path, env={"NO_COLOR": "1"}, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
