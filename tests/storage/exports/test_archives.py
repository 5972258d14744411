"""`audiofolder` and `nemo`: zips of sound, whole or not at all."""

import hashlib
import io
import json
import zipfile

import numpy as np
import pytest
import soundfile

from storage.errors import StorageError
from tests.storage.talk import begin, exported, say, tone


async def heard(store):
    conversation = await begin(store, language="en-us")
    await say(
        store,
        conversation,
        "user",
        "Grüße",
        audio=tone(1000, 16000),
        voice_pitch=180.5,
        voice_emotion="happy",
    )
    await say(store, conversation, "assistant", "typed")
    await say(store, conversation, "user", "again", audio=tone(2000, 8000))
    await say(store, conversation, "user", "the same sound", audio=tone(2000, 8000))
    await store.end_conversation(conversation.id)


async def opened(store, format):
    archive = zipfile.ZipFile(io.BytesIO(await exported(store, format)))
    assert archive.testzip() is None
    return archive


async def test_audiofolder_lists_each_recording_beside_it(store):
    await heard(store)
    archive = await opened(store, "audiofolder")
    lines = [json.loads(line) for line in archive.read("train/metadata.jsonl").splitlines()]
    assert [(line["text"], line["voice_pitch"], line["duration"]) for line in lines] == [
        ("Grüße", 180.5, 1.0),
        ("again", None, 0.5),
        ("the same sound", None, 0.5),
    ]
    assert len({frozenset(line) for line in lines}) == 1
    for line in lines:
        data = archive.read(f"train/{line['file_name']}")
        assert hashlib.sha256(data).hexdigest() == line["sha256"]
    assert len(archive.namelist()) == len(set(archive.namelist())) == 3


async def test_the_sound_is_what_was_heard(store):
    await heard(store)
    archive = await opened(store, "audiofolder")
    first = json.loads(archive.read("train/metadata.jsonl").splitlines()[0])
    samples, rate = soundfile.read(io.BytesIO(archive.read(f"train/{first['file_name']}")), dtype="int16")
    assert rate == 16000
    assert np.array_equal(samples, np.full(16000, 1000, "int16"))


async def test_nemo_has_a_manifest_with_paths_from_where_it_lies(store):
    await heard(store)
    archive = await opened(store, "nemo")
    lines = [json.loads(line) for line in archive.read("manifest.jsonl").splitlines()]
    assert (lines[0]["text"], lines[0]["duration"], lines[0]["lang"]) == ("Grüße", 1.0, "en-us")
    for line in lines:
        assert isinstance(line["duration"], float)
        assert soundfile.info(io.BytesIO(archive.read(line["audio_filepath"]))).duration == line["duration"]


@pytest.mark.parametrize("format", ["audiofolder", "nemo"])
async def test_without_sound_the_zip_is_empty_but_sound(store, format):
    archive = await opened(store, format)
    assert [archive.read(name) for name in archive.namelist()] == [b""]


@pytest.mark.parametrize("format", ["audiofolder", "nemo"])
async def test_the_same_rows_give_the_same_bytes(store, format):
    await heard(store)
    assert await exported(store, format) == await exported(store, format)


@pytest.mark.parametrize("format", ["audiofolder", "nemo"])
async def test_a_missing_recording_is_found_before_the_export_is_whole(store, path, format):
    await heard(store)
    next(iter((path.parent / "audio").rglob("*.flac"))).unlink()
    with pytest.raises(StorageError, match=r"recording of message \d is missing"):
        await exported(store, format)
