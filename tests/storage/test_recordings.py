"""Recordings: files named by what is in them, there before their row and gone after it."""

import hashlib
import threading

import pytest
import soundfile

from storage.errors import Full, Invalid, StorageError
from storage.recordings import Recordings
from storage.rows import Recording
from tests.storage.talk import tone


@pytest.fixture
def recordings(tmp_path):
    return Recordings(tmp_path / "audio")


def files(recordings):
    return sorted(file.name for file in recordings.folder.rglob("*") if file.is_file())


def test_a_recording_is_lossless_flac_under_its_own_hash(recordings):
    kept = recordings.keep(Recording(pcm=bytes(range(256)) * 125))
    data = recordings.read(kept.path)
    assert hashlib.sha256(data).hexdigest() == kept.sha256
    assert kept.path == f"{kept.sha256[:2]}/{kept.sha256[2:4]}/{kept.sha256}.flac"
    assert kept.duration_ms == 1000
    samples, rate = soundfile.read(recordings.folder / kept.path, dtype="int16")
    assert (rate, samples.tobytes()) == (16_000, bytes(range(256)) * 125)


def test_the_same_sound_is_one_file(recordings):
    assert recordings.keep(tone(1)).path == recordings.keep(tone(1)).path != recordings.keep(tone(2)).path
    assert len(files(recordings)) == 2


def test_what_is_held_is_not_dropped(recordings):
    first, again = recordings.keep(tone()), recordings.keep(tone())
    recordings.release(first)
    recordings.drop(first.sha256)
    assert recordings.read(again.path) is not None
    recordings.release(again)
    recordings.drop(again.sha256)
    recordings.drop(again.sha256)
    assert recordings.read(again.path) is None


def test_many_threads_may_keep_the_same_sound(recordings):
    threads = [threading.Thread(target=recordings.keep, args=(tone(),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (name,) = files(recordings)
    assert name.endswith(".flac")


def test_the_sweep_spares_what_is_named(recordings):
    named, orphan = recordings.keep(tone(1)), recordings.keep(tone(2))
    assert recordings.sweep(lambda digest: digest == named.sha256) == 1
    assert files(recordings) == [f"{named.sha256}.flac"]
    assert recordings.read(orphan.path) is None


@pytest.mark.parametrize("pcm", [b"", b"odd"])
def test_half_a_sample_is_no_recording(recordings, pcm):
    with pytest.raises(Invalid, match="audio"):
        recordings.keep(Recording(pcm=pcm))


def test_a_folder_that_cannot_be_written_is_told_and_leaves_nothing_held(tmp_path):
    (tmp_path / "audio").write_text("a file where the folder should be")
    recordings = Recordings(tmp_path / "audio")
    with pytest.raises(StorageError, match="could not be written") as trouble:
        recordings.keep(tone())
    assert not isinstance(trouble.value, Full)
    (tmp_path / "audio").unlink()
    kept = recordings.keep(tone())
    recordings.release(kept)
    recordings.drop(kept.sha256)
    assert files(recordings) == []
