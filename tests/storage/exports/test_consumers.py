"""Exports opened by what trains on them: Hugging Face's `datasets`.

Skipped where `datasets` is not installed, and for folders of sound where torchcodec is not.
"""

import io
import zipfile

import pytest

from storage.exports.selection import Options
from tests.storage.talk import begin, exported, say, tone

pytestmark = [
    pytest.mark.heavy,
    # Its own dependencies warn of their own deprecations; what we test is that it loads.
    pytest.mark.filterwarnings("ignore"),
]

AWKWARD = "Grüße 你好\u2028🎧"


@pytest.fixture
def load(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")

    def load(builder, name, data, **options):
        (tmp_path / name).write_bytes(data)
        files = {} if "data_dir" in options else {"data_files": str(tmp_path / name)}
        return datasets.load_dataset(
            builder, split="train", cache_dir=str(tmp_path / "cache"), **files, **options
        )

    return load


@pytest.fixture
async def filled(store):
    """Three conversations whose JSON columns differ in shape, the first without any pitch."""
    for number, outputs in enumerate(['{"tone":1}', '{"tone":"warm","more":[1]}', "[]"]):
        conversation = await begin(store, language="en-us")
        pitch = 180.5 if number else None
        await say(store, conversation, "user", AWKWARD, voice_pitch=pitch, audio=tone(number + 1, 8000))
        await say(store, conversation, "assistant", "hi", processing_time=1.0, agent_outputs=outputs)
        await store.end_conversation(conversation.id)
    return store


@pytest.mark.parametrize("format", ["json", "jsonl", "openai", "sharegpt"])
async def test_chat_formats_load_as_json(filled, load, format):
    rows = load("json", "rows.jsonl", await exported(filled, format))
    assert rows.num_rows == 3
    said = rows[0]["conversations" if format == "sharegpt" else "messages"][0]
    assert said["value" if format == "sharegpt" else "content"] == AWKWARD


async def test_json_columns_as_text_load_with_one_type(filled, load):
    rows = load("json", "rows.jsonl", await exported(filled, "jsonl", options=Options(strings=True)))
    assert [one["messages"][1]["agent_outputs"] for one in rows] == [
        '{"tone":1}',
        '{"tone":"warm","more":[1]}',
        "[]",
    ]


async def test_csv_loads_a_row_for_each_message(filled, load):
    rows = load("csv", "rows.csv", await exported(filled, "csv"))
    assert (rows.num_rows, rows[0]["content"]) == (6, AWKWARD)


async def test_parquet_loads_with_its_sound(filled, load):
    datasets = pytest.importorskip("datasets")
    rows = load("parquet", "rows.parquet", await exported(filled, "parquet", options=Options(audio=True)))
    assert rows.features["audio"] == datasets.Audio(sampling_rate=16_000)
    raw = rows.cast_column("audio", datasets.Audio(decode=False))
    assert raw[0]["audio"]["bytes"][:4] == b"fLaC"
    assert raw[1]["audio"] is None


@pytest.mark.parametrize("unpacked", [True, False])
async def test_a_folder_of_sound_loads_with_its_texts(filled, load, tmp_path, unpacked):
    datasets = pytest.importorskip("datasets")
    if not datasets.config.TORCHCODEC_AVAILABLE:
        pytest.skip("datasets makes no Audio column without torchcodec")
    data = await exported(filled, "audiofolder")
    zipfile.ZipFile(io.BytesIO(data)).extractall(tmp_path / "folder")
    where = {"data_dir": str(tmp_path / "folder")} if unpacked else {}
    rows = load("audiofolder", "rows.zip", data, **where).cast_column("audio", datasets.Audio(decode=False))
    assert [one["text"] for one in rows] == [AWKWARD] * 3
    assert [one["voice_pitch"] for one in rows] == [None, 180.5, 180.5]
    assert all(f"/{one['sha256']}.flac" in one["audio"]["path"] for one in rows)
