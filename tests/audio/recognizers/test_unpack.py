import stat
import zipfile

import pytest

from audio.recognizers.unpack import ArchiveError, unpack

LARGE = 1 << 30


def archive(path, *entries, method=zipfile.ZIP_DEFLATED):
    """Write a zip file of (name, content) entries; a name may be a ZipInfo."""
    with zipfile.ZipFile(path, "w", method) as opened:
        for name, content in entries:
            opened.writestr(name, content)
    return path


def entry(name, mode):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


@pytest.fixture
def room(tmp_path):
    (tmp_path / "room").mkdir()
    return tmp_path / "room"


def test_files_and_folders_come_out_whole(tmp_path, room):
    packed = archive(tmp_path / "a.zip", ("top/", ""), ("top/am/final.mdl", b"\0" * 1000), ("top/empty/", ""))
    unpack(packed, room, limit=1000)
    assert (room / "top/am/final.mdl").read_bytes() == b"\0" * 1000
    assert (room / "top/empty").is_dir()


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/tmp/evil", "..\\evil", "C:\\evil", "C:evil", "a/b/../../../evil"]
)
def test_a_way_out_of_the_folder_is_refused(tmp_path, room, name):
    packed = archive(tmp_path / "a.zip", ("fine", b"1"), (name, b"2"))
    with pytest.raises(ArchiveError, match="would write outside its folder"):
        unpack(packed, room, limit=LARGE)
    assert list(room.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "room"]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_are_refused(tmp_path, room, kind):
    packed = archive(tmp_path / "a.zip", (entry("link", kind | 0o777), b"/etc"), ("link/evil", b"2"))
    with pytest.raises(ArchiveError, match="holds a link or device: 'link'"):
        unpack(packed, room, limit=LARGE)
    assert list(room.iterdir()) == []


def test_more_than_the_limit_is_refused(tmp_path, room):
    packed = archive(tmp_path / "a.zip", ("a", b"x" * 600), ("b", b"y" * 600), method=zipfile.ZIP_STORED)
    with pytest.raises(ArchiveError, match="takes 1200 bytes, more than 1199"):
        unpack(packed, room, limit=1199)
    unpack(packed, room, limit=1200)


def test_a_bomb_is_refused_by_its_swelling(tmp_path, room):
    packed = archive(tmp_path / "a.zip", ("zeros", b"\0" * 5_000_000))
    with pytest.raises(ArchiveError, match=r"swells from .* to 5000000 bytes, more than 100 times"):
        unpack(packed, room, limit=LARGE)
    assert list(room.iterdir()) == []


def test_a_crowd_of_files_is_refused(tmp_path, room):
    packed = archive(tmp_path / "a.zip", *((f"{number}", b"") for number in range(10_001)))
    with pytest.raises(ArchiveError, match="10001 entries"):
        unpack(packed, room, limit=LARGE)


def test_an_entry_that_lies_about_its_size_is_found_out(tmp_path, room):
    packed = archive(tmp_path / "a.zip", ("a", b"x" * 600), method=zipfile.ZIP_STORED)
    content = bytearray(packed.read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (60).to_bytes(
        4, "little"
    )  # its unpacked size in the directory
    packed.write_bytes(content)
    with pytest.raises(ArchiveError, match="broken"):
        unpack(packed, room, limit=LARGE)
    assert all(file.stat().st_size <= 60 for file in room.iterdir())


def test_flipped_bytes_are_found_out(tmp_path, room):
    packed = archive(tmp_path / "a.zip", ("a", bytes(range(256)) * 40))
    content = bytearray(packed.read_bytes())
    content[60] ^= 0xFF
    packed.write_bytes(content)
    with pytest.raises(ArchiveError, match="broken"):
        unpack(packed, room, limit=LARGE)


def test_what_is_no_archive_is_refused(tmp_path, room):
    (tmp_path / "a.zip").write_text("<html>sorry</html>")
    with pytest.raises(ArchiveError, match="the archive is broken: File is not a zip file"):
        unpack(tmp_path / "a.zip", room, limit=LARGE)


def test_an_encrypted_archive_is_refused(tmp_path, room):
    packed = archive(tmp_path / "a.zip", ("a", b"1"))
    content = bytearray(packed.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    packed.write_bytes(content)
    with pytest.raises(ArchiveError, match="encrypted"):
        unpack(packed, room, limit=LARGE)


def test_a_file_that_is_a_folder_as_well_is_refused(tmp_path, room):
    packed = archive(tmp_path / "a.zip", ("a", b"1"), ("a/b", b"2"))
    with pytest.raises(ArchiveError, match="can't be unpacked"):
        unpack(packed, room, limit=LARGE)
