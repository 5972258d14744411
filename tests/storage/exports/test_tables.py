"""`csv` and `parquet`, read by what reads them."""

import csv
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from storage.exports.selection import Options
from storage.exports.table import COLUMNS
from tests.storage.talk import begin, exported, say, talk, tone

AWKWARD = ['Grüße 你好 🎧, "quoted"', "two\r\nlines\nand\rmore", "=1+1", "", " spaces ", "\u2028"]


async def two(store):
    conversation = await begin(store, platform="web")
    await say(
        store,
        conversation,
        "user",
        "hello",
        voice_pitch=180.5,
        words='[{"word": "hello"}]',
        start_ms=0,
        end_ms=9,
    )
    await say(
        store, conversation, "assistant", "hi", processing_time=1.25, interrupted=True, agent_outputs="[]"
    )
    await store.end_conversation(conversation.id)
    return conversation


async def csv_rows(store, **options):
    data = await exported(store, "csv", options=Options(**options))
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


async def test_csv_has_a_row_for_each_message(store):
    await two(store)
    rows = await csv_rows(store)
    assert list(rows[0]) == list(COLUMNS)
    assert [(row["seq"], row["role"], row["content"]) for row in rows] == [
        ("1", "user", "hello"),
        ("2", "assistant", "hi"),
    ]
    assert (rows[0]["voice_pitch"], rows[1]["voice_pitch"], rows[1]["processing_time"]) == (
        "180.5",
        "",
        "1.25",
    )
    assert json.loads(rows[0]["words"]) == [{"word": "hello"}]


async def test_csv_brings_back_any_text(store):
    await talk(store, *AWKWARD)
    assert [row["content"] for row in await csv_rows(store)] == AWKWARD


async def test_csv_lines_end_as_the_rfc_says(store):
    await two(store)
    data = await exported(store, "csv")
    assert data.count(b"\r\n") == data.count(b"\n") == 3


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
async def test_csv_disarms_formulas_when_asked_to(store, formula):
    await talk(store, formula, "-5 degrees")
    assert [row["content"] for row in await csv_rows(store)] == [formula, "-5 degrees"]
    assert [row["content"] for row in await csv_rows(store, csv_safe=True)] == [f"'{formula}", "'-5 degrees"]


async def test_csv_begins_with_a_mark_when_asked_to(store):
    await two(store)
    assert (await exported(store, "csv", options=Options(bom=True))).startswith(
        b"\xef\xbb\xbfconversation_id,"
    )


async def test_parquet_has_the_same_rows_with_their_types(store):
    await two(store)
    table = pq.read_table(pa.BufferReader(await exported(store, "parquet")))
    assert table.column_names == list(COLUMNS)
    assert {str(field.type) for field in table.schema} == {"string", "double", "int64", "bool"}
    first, second = table.to_pylist()
    assert (first["content"], first["voice_pitch"], first["end_ms"]) == ("hello", 180.5, 9)
    assert (second["voice_pitch"], second["interrupted"], second["agent_outputs"]) == (None, True, "[]")


async def test_parquet_of_nothing_is_an_empty_table_of_the_same_schema(store):
    empty = pq.read_table(pa.BufferReader(await exported(store, "parquet")))
    await two(store)
    full = pq.read_table(pa.BufferReader(await exported(store, "parquet")))
    assert empty.num_rows == 0
    assert empty.schema.equals(full.schema, check_metadata=True)


async def test_parquet_brings_back_any_text(store):
    await talk(store, *AWKWARD, "\x00")
    table = pq.read_table(pa.BufferReader(await exported(store, "parquet")))
    assert table["content"].to_pylist() == [*AWKWARD, "\x00"]


async def test_parquet_carries_sound_that_datasets_knows_as_audio(store):
    conversation = await begin(store)
    await say(store, conversation, "user", "hello", audio=tone())
    await say(store, conversation, "assistant", "hi")
    await store.end_conversation(conversation.id)
    table = pq.read_table(pa.BufferReader(await exported(store, "parquet", options=Options(audio=True))))
    sounds = table["audio"].to_pylist()
    assert sounds[0]["bytes"][:4] == b"fLaC"
    assert sounds[0]["path"].endswith(".flac")
    assert sounds[1] is None
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert features["audio"] == {"sampling_rate": 16000, "_type": "Audio"}
    assert list(features) == [*COLUMNS, "audio"]
