"""`parquet`: one row a message, zstd, with the features that Hugging Face's `datasets` reads. Imports pyarrow, alone.

The schema is fixed: inferred from the first rows, a column that is null there would be typed null for good. With
`audio` there is a column of sound that `datasets` decodes as Audio.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from itertools import islice

import pyarrow as pa
import pyarrow.parquet as pq

from storage.exports.columns import Dialogue, Turn
from storage.exports.selection import Options
from storage.exports.sounds import Sounds
from storage.exports.table import COLUMNS, rows
from storage.jsontext import plain

MEDIA_TYPE = "application/vnd.apache.parquet"
SUFFIX = ".parquet"

ROWS = 10_000
"""Rows in a group: tens of megabytes while it is put together."""

ROWS_WITH_AUDIO = 500
"""Fewer, because ten seconds of speech are 200 KB."""

_TYPES = {"string": pa.string(), "float64": pa.float64(), "int64": pa.int64(), "bool": pa.bool_()}
_SOUND = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def render(dialogues: Iterable[Dialogue], options: Options, sounds: Sounds) -> Iterator[bytes]:
    """Yield the file, a row group at a time."""
    schema = _schema(audio=options.audio)
    size = ROWS_WITH_AUDIO if options.audio else ROWS
    pairs = (
        (turn, values)
        for dialogue in dialogues
        for turn, values in zip(dialogue.turns, rows(dialogue.head, dialogue.turns), strict=True)
    )
    sink = io.BytesIO()
    with pq.ParquetWriter(_Ahead(sink), schema, compression="zstd") as writer:
        while group := list(islice(pairs, size)):
            writer.write_table(_table(group, schema, sounds if options.audio else None))
            yield _taken(sink)
    yield _taken(sink)


class _Ahead(io.RawIOBase):
    """A file that only goes forward: what is written is passed on and forgotten, its position is not."""

    def __init__(self, sink: io.BytesIO) -> None:
        self._sink = sink
        self._at = 0

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: object) -> int:
        """Pass `data` on."""
        size = self._sink.write(memoryview(data))  # type: ignore[arg-type]
        self._at += size
        return size

    def tell(self) -> int:
        """Return how much was written."""
        return self._at


def _taken(sink: io.BytesIO) -> bytes:
    data = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return data


def _schema(*, audio: bool) -> pa.Schema:
    fields = [pa.field(name, _TYPES[kind]) for name, kind in COLUMNS.items()]
    features: dict[str, object] = {name: {"dtype": kind, "_type": "Value"} for name, kind in COLUMNS.items()}
    if audio:
        fields.append(pa.field("audio", _SOUND))
        features["audio"] = {"sampling_rate": 16_000, "_type": "Audio"}
    return pa.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": features}})})


def _table(
    group: list[tuple[Turn, tuple[object, ...]]], schema: pa.Schema, sounds: Sounds | None
) -> pa.Table:
    columns = zip(*[values for _, values in group], strict=True)
    arrays = [_array(column, kind) for column, kind in zip(columns, COLUMNS.values(), strict=True)]
    if sounds:
        arrays.append(pa.array([_sound(turn, sounds) for turn, _ in group], _SOUND))
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(column: Iterable[object], kind: str) -> pa.Array:
    try:
        if kind == "bool":
            return pa.array([None if value is None else bool(value) for value in column], pa.bool_())
        return pa.array(column, _TYPES[kind])
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # an old file may hold anything
        return pa.array([_as(kind, value) for value in column], _TYPES[kind])


def _as(kind: str, value: object) -> object:
    """Return `value` as its column wants it; what is not of the kind becomes null."""
    if kind == "string":
        return value if value is None or isinstance(value, str) else plain(value)
    return value if isinstance(value, (int, float)) else None


def _sound(turn: Turn, sounds: Sounds) -> dict[str, object] | None:
    if turn.audio_path is None:
        return None
    return {"bytes": sounds(turn), "path": turn.audio_path.rsplit("/", 1)[-1]}
