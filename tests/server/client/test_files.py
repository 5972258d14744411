import pytest

from server.client.errors import Mistake
from server.client.files import writers
from server.client.messages import Final

ONE = Final(text="one", start_ms=0, end_ms=900)
TWO = Final(text="two", start_ms=2000, end_ms=2500)
WORDLESS = Final(text="", start_ms=3000, end_ms=3100)


def wanted(folder, *kinds):
    return {kind: folder / f"a.{kind}" if kind in kinds else None for kind in ("srt", "vtt", "txt")}


def test_all_kinds_are_written_at_once(tmp_path):
    with writers(**wanted(tmp_path, "srt", "vtt", "txt")) as write:
        for final in (ONE, TWO, WORDLESS):
            write(final)
    assert (tmp_path / "a.txt").read_text() == "one\ntwo\n"
    assert (tmp_path / "a.srt").read_text() == (
        "1\n00:00:00,000 --> 00:00:00,900\none\n\n2\n00:00:02,000 --> 00:00:02,500\ntwo\n\n"
    )
    assert (tmp_path / "a.vtt").read_text() == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:00.900\none\n\n00:00:02.000 --> 00:00:02.500\ntwo\n\n"
    )


def test_a_final_is_on_disk_as_soon_as_it_is_heard(tmp_path):
    with writers(**wanted(tmp_path, "txt")) as write:
        write(ONE)
        assert (tmp_path / "a.txt").read_text() == "one\n"


def test_what_was_there_is_replaced(tmp_path):
    (tmp_path / "a.txt").write_text("old\n" * 100)
    with writers(**wanted(tmp_path, "txt")) as write:
        write(ONE)
    assert (tmp_path / "a.txt").read_text() == "one\n"


def test_nothing_wanted_is_nothing_written(tmp_path):
    with writers(**wanted(tmp_path)) as write:
        write(ONE)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_a_mistake(tmp_path):
    refused = pytest.raises(Mistake, match=r"a\.srt can't be written: No such file")
    with refused, writers(**wanted(tmp_path / "nowhere", "srt")):
        pass
