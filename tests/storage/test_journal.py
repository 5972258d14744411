import errno
from contextlib import ExitStack

import pytest

from storage.errors import StorageError
from storage.journal import ENOUGH, Heard, Journal

ABOUT = {"session_id": "s"}


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "journal", fsync=False)


@pytest.fixture
def begin(journal):
    """Begins a session's journal, which is closed in the end."""
    with ExitStack() as stack:

        def begun(key="key", **standing):
            entry = journal.begin(key, ABOUT, **standing)
            stack.callback(entry.close)
            return entry

        yield begun


def only(journal):
    [unfinished] = journal.unfinished()
    return unfinished


def test_what_was_written_is_there_after_a_crash(begin, journal):
    entry = begin()
    entry.write(b"one", Heard(), needed=0)
    entry.write(b"two", Heard(1, 320), needed=0)
    left = only(journal)
    assert (left.key, left.about, left.start, left.sound) == ("key", ABOUT, 0, b"onetwo")
    assert left.heard == Heard(1, 320)
    assert left.received == 6


def test_a_session_that_said_nothing_yet_is_there_too(begin, journal):
    begin()
    assert only(journal).received == 0


def test_what_is_not_needed_any_more_goes_and_a_lead_stays(begin, journal, tmp_path):
    entry = begin()
    piece = bytes(32_000)
    for seconds in range(1, 101):
        entry.write(piece, Heard(), needed=seconds * len(piece))
    left = only(journal)
    assert left.received == 100 * len(piece)
    assert ENOUGH <= len(left.sound) <= 3 * ENOUGH
    assert sum(path.stat().st_size for path in (tmp_path / "journal").iterdir()) < 4 * ENOUGH


def test_an_open_utterance_stays_however_long_it_is(begin, journal):
    entry = begin()
    for _ in range(100):
        entry.write(bytes(32_000), Heard(), needed=0)
    assert len(only(journal).sound) == 100 * 32_000


@pytest.mark.parametrize("torn", [1, 4, 5, 6, 9])
def test_a_record_that_a_power_cut_tore_is_read_as_far_as_it_goes(begin, journal, tmp_path, torn):
    entry = begin()
    entry.write(b"whole", Heard(), needed=0)
    entry.write(b"last!", Heard(), needed=0)
    [path] = (tmp_path / "journal").iterdir()
    path.write_bytes(path.read_bytes()[:-torn])
    left = only(journal)
    assert b"wholelast!".startswith(left.sound)
    assert left.sound.startswith(b"whole")


def test_a_full_disk_is_said_and_leaves_the_journal_whole(begin, journal, monkeypatch):
    entry = begin()
    entry.write(b"before", Heard(), needed=0)
    file = entry._file

    class Short:
        """A file on a disk that has room for two bytes."""

        def __getattr__(self, name):
            return getattr(file, name)

        def write(self, data):
            return file.write(data[:2])

    monkeypatch.setattr(entry, "_file", Short())
    with pytest.raises(StorageError, match="the journal can't be kept"):
        entry.write(b"too much", Heard(), needed=0)
    monkeypatch.setattr(entry, "_file", file)
    entry.write(b"after", Heard(), needed=0)
    assert only(journal).sound == b"beforeafter"


def test_a_disk_that_fails_is_said(begin, journal, monkeypatch):
    def fail(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("os.fsync", fail)
    entry = begin()
    monkeypatch.setattr(entry, "_fsync", True)
    with pytest.raises(StorageError, match="Input/output error"):
        entry.write(b"sound", Heard(), needed=0)


def test_a_new_server_goes_on_and_repeats_a_little(begin, journal):
    begin().write(b"0123456789", Heard(), needed=0)
    again = begin(received=8, heard=Heard(1, 5))
    assert only(journal).sound == b"0123456789"  # killed before it wrote anything
    again.write(b"89ab", Heard(1, 5), needed=0)
    assert only(journal).sound == b"0123456789ab"
    again.forget_older()
    left = only(journal)
    assert (left.start, left.sound, left.heard) == (8, b"89ab", Heard(1, 5))


def test_an_erased_journal_leaves_nothing(begin, journal, tmp_path):
    begin().write(b"0123456789", Heard(), needed=0)
    again = begin(received=10)
    again.erase()
    again.erase()
    assert list((tmp_path / "journal").iterdir()) == []
    assert list(journal.unfinished()) == []


def test_sessions_are_told_apart(begin, journal):
    begin("one").write(b"1", Heard(), needed=0)
    begin("two").write(b"2", Heard(), needed=0)
    assert {left.key: left.sound for left in journal.unfinished()} == {"one": b"1", "two": b"2"}
    journal.forget("one")
    assert only(journal).key == "two"
