"""Lifting demands that an old table makes and our rows can't meet: NOT NULL on columns that we don't fill.

ALTER TABLE can't drop a constraint. Copying the table into a new one could, at the price of rewriting every row and
of losing what else its author declared; so the declaration itself is edited, which SQLite's makers describe for
exactly this: https://sqlite.org/lang_altertable.html#otheralter
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterator

from storage import schema

_PIECE = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | `[^`]*` | \[[^]]*] | --[^\n]* | /\*.*?\*/ | [(),] | [^'"`\[(),/-]+ | .""",
    re.VERBOSE | re.DOTALL,
)
_NOT_NULL = re.compile(r"(?<!is)\s+not\s+null(\s+on\s+conflict\s+\w+)?", re.IGNORECASE)
_NAME = re.compile(
    r"""(?: \s | --[^\n]*\n | /\*.*?\*/ )* (?: "([^"]+)" | `([^`]+)` | \[([^]]+)] | '([^']+)' | (\w+) )""",
    re.VERBOSE | re.DOTALL,
)


def relax(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    """Lift NOT NULL wherever our own schema doesn't demand it; yield each change in words."""
    demanded = {schema.name_of(column) for column in schema.TABLES[table] if " NOT NULL" in column}
    strict = [
        name
        for _, name, _, not_null, default, key in connection.execute(f"PRAGMA table_info({table})")
        if not_null and not key and name.lower() not in demanded and not (default and not _ours(table, name))
    ]
    if not strict:
        return
    (sql,) = connection.execute(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND lower(name) = ?", (table,)
    ).fetchone()
    (version,) = connection.execute("PRAGMA schema_version").fetchone()
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND lower(name) = ?",
        (lifted(sql, strict), table),
    )
    connection.execute(f"PRAGMA schema_version = {version + 1}")
    connection.execute("PRAGMA writable_schema = RESET")
    yield from (f"column {table}.{name} may be NULL now" for name in strict)


def _ours(table: str, name: str) -> bool:
    return name.lower() in {schema.name_of(column) for column in schema.TABLES[table]}


def lifted(sql: str, names: Collection[str]) -> str:
    """Return a CREATE TABLE statement without NOT NULL on the columns `names`.

    >>> lifted("CREATE TABLE t (a TEXT NOT NULL, b TEXT NOT NULL)", ["b"])
    'CREATE TABLE t (a TEXT NOT NULL, b TEXT)'
    """
    wanted = {name.lower() for name in names}
    head, *definitions = _definitions(sql)
    return head + "".join(
        _NOT_NULL.sub("", definition) if _name(definition) in wanted else definition
        for definition in definitions
    )


def _definitions(sql: str) -> list[str]:
    """Split a statement before each column: behind the first bracket, and behind each comma inside no other."""
    parts, depth = [""], 0
    for piece in _PIECE.findall(sql):
        parts[-1] += piece
        depth += (piece == "(") - (piece == ")")
        if depth == 1 and piece in ("(", ","):
            parts.append("")
    return parts


def _name(definition: str) -> str:
    found = _NAME.match(definition)
    return next(filter(None, found.groups())).lower() if found else ""
