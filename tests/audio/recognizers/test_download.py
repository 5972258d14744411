import hashlib
import io
import json
import multiprocessing
import socket
import zipfile
from pathlib import Path
from threading import Event

import pytest

from audio.recognizers.download import DownloadError, ModelSite, fetch
from audio.recognizers.vosk_model import is_model
from tests.audio.recognizers.model_site import model_site, packed_model, send

NAME = "vosk-model-small-en-us-0.15"
GOOD = packed_model()


def catalog(content=GOOD, **changes):
    entry = {"name": NAME, "size": len(content), "md5": hashlib.md5(content).hexdigest(), "obsolete": "false"}
    return json.dumps([{"name": "vosk-model-fr-0.22", "size": 1, "md5": ""}, entry | changes]).encode()


def archive(*entries):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, body in entries:
            opened.writestr(name, body)
    return content.getvalue()


def refused(into, answers, **limits):
    """Fetch from a site that answers so; return the error, having seen that nothing is left behind."""
    with model_site(answers) as (url, _), pytest.raises(DownloadError) as caught:
        fetch(NAME, into, site=ModelSite(url, **limits))
    assert not into.exists() or list(into.iterdir()) == []
    return str(caught.value)


@pytest.mark.parametrize("top", [NAME, "", "another-name", "a/b"])
def test_a_good_archive_becomes_a_model_of_its_name(tmp_path, top):
    content = packed_model(top=top)
    with model_site({"/model-list.json": catalog(content), f"/{NAME}.zip": content}) as (url, _):
        folder = fetch(NAME, tmp_path / "data/models", site=ModelSite(url))
    assert folder == tmp_path / "data/models" / NAME
    assert is_model(folder)
    assert [path.name for path in folder.parent.iterdir()] == [NAME]


def test_a_model_that_is_there_is_not_fetched_again(tmp_path):
    with model_site({f"/{NAME}.zip": GOOD}) as (url, asked):
        fetch(NAME, tmp_path, site=ModelSite(url))
        before = list(asked)
        assert fetch(NAME, tmp_path, site=ModelSite(url)) == tmp_path / NAME
        assert asked == before == ["/model-list.json", f"/{NAME}.zip"]


@pytest.mark.parametrize(
    "listed", [b"<html>", b"{}", b"[1]", b'[{"name": "other"}]', b"\xff", catalog(size="big")]
)
def test_a_site_whose_list_is_of_no_use_still_serves(tmp_path, listed):
    with model_site({"/model-list.json": listed, f"/{NAME}.zip": GOOD}) as (url, _):
        assert is_model(fetch(NAME, tmp_path, site=ModelSite(url)))


def test_another_checksum_is_refused(tmp_path):
    told = refused(tmp_path, {"/model-list.json": catalog(md5="0" * 32), f"/{NAME}.zip": GOOD})
    assert f"/{NAME}.zip: its MD5 is {hashlib.md5(GOOD).hexdigest()}, the site's list says 0000" in told


def test_an_unknown_model_is_told_so(tmp_path):
    assert "the site answers 404 Not Found" in refused(tmp_path, {"/model-list.json": catalog()})


def test_a_broken_archive_is_refused(tmp_path):
    assert "the archive is broken" in refused(tmp_path, {f"/{NAME}.zip": GOOD[: len(GOOD) // 2]})


def test_a_truncated_body_is_told_by_its_length(tmp_path):
    half = len(GOOD) // 2
    answers = {f"/{NAME}.zip": lambda request: send(request, GOOD[:half], length=len(GOOD))}
    assert f"broken off after {half} of {len(GOOD)} bytes" in refused(tmp_path, answers)


def test_a_truncated_body_without_a_length_is_told_by_the_list(tmp_path):
    half = len(GOOD) // 2
    cut = {f"/{NAME}.zip": lambda request: send(request, GOOD[:half], length=None)}
    assert f"broken off after {half} of {len(GOOD)} bytes" in refused(
        tmp_path, {"/model-list.json": catalog(), **cut}
    )


@pytest.mark.parametrize("length", [-1, None])
def test_an_archive_that_is_too_large_is_refused_declared_or_not(tmp_path, length):
    answers = {f"/{NAME}.zip": lambda request: send(request, GOOD, length=length)}
    assert "larger than the 1000 bytes allowed" in refused(tmp_path, answers, archive_bytes=1000)


def test_a_model_that_is_too_large_unpacked_is_refused(tmp_path):
    assert "unpacked, the archive takes" in refused(tmp_path, {f"/{NAME}.zip": GOOD}, unpacked_bytes=100_000)


def test_a_bomb_is_refused(tmp_path):
    assert "swells" in refused(tmp_path, {f"/{NAME}.zip": archive(("a", b"\0" * 3_000_000))})


def test_a_hostile_archive_writes_nothing_outside(tmp_path):
    inner = tmp_path / "models"
    assert "outside its folder" in refused(inner, {f"/{NAME}.zip": archive(("../../evil", b"1"))})
    assert [path.name for path in tmp_path.iterdir()] == ["models"]


@pytest.mark.parametrize("entries", [[("notes/a.txt", b"1")], [("a/x", b"1"), ("b/y", b"2")], []])
def test_an_archive_without_a_model_is_refused(tmp_path, entries):
    assert "holds no Vosk model; expected in it: am/final.mdl" in refused(
        tmp_path, {f"/{NAME}.zip": archive(*entries)}
    )


def test_a_site_that_hangs_is_given_up(tmp_path):
    release = Event()
    try:
        told = refused(tmp_path, {"/model-list.json": lambda _: (release.wait(), None)[1]}, reach_s=0.2)
    finally:
        release.set()
    assert "can't be reached" in told


def test_a_download_that_stalls_is_given_up(tmp_path):
    release = Event()

    def stall(request):
        send(request, GOOD[:1000], length=len(GOOD))
        request.wfile.flush()
        release.wait()

    with model_site({f"/{NAME}.zip": stall}) as (url, _):
        with pytest.raises(DownloadError, match=r"broken off after .* bytes: timed out"):
            fetch(NAME, tmp_path, site=ModelSite(url, stall_s=0.2))
        release.set()
    assert list(tmp_path.iterdir()) == []


def test_no_network_is_told_at_once(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(DownloadError, match=f"http://127.0.0.1:{port} can't be reached: .*refused"):
        fetch(NAME, tmp_path / "models", site=ModelSite(f"http://127.0.0.1:{port}"))
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize("name", ["", "../evil", "a/b", ".hidden", "a\\b", "a b", "https://evil.example/a"])
def test_a_name_is_a_name_and_no_path(tmp_path, name):
    with pytest.raises(DownloadError, match="can't be a model's name"):
        fetch(name, tmp_path, site=ModelSite("http://127.0.0.1:1"))


@pytest.mark.parametrize("url", ["file:///etc", "ftp://127.0.0.1/a", "/etc"])
def test_models_come_over_http_only(tmp_path, url):
    with pytest.raises(DownloadError, match="http or https only"):
        fetch(NAME, tmp_path, site=ModelSite(url))


def test_what_is_in_the_way_is_named_and_kept(tmp_path):
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "mine").write_text("1")
    with pytest.raises(DownloadError, match=f"{NAME} is in the way"):
        fetch(NAME, tmp_path, site=ModelSite("http://127.0.0.1:1"))
    assert (tmp_path / NAME / "mine").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "models").write_text("a file")
    with (
        model_site({f"/{NAME}.zip": GOOD}) as (url, _),
        pytest.raises(DownloadError, match="models: can't keep"),
    ):
        fetch(NAME, tmp_path / "models", site=ModelSite(url))


def fetch_in_process(url: str, into: str, out) -> None:
    out.put(str(fetch(NAME, Path(into), site=ModelSite(url))))


def test_two_processes_that_fetch_at_once_end_with_one_good_model(tmp_path):
    both_asked, asking = Event(), []

    def together(request):
        asking.append(request)
        if len(asking) == 2:
            both_asked.set()
        both_asked.wait()
        send(request, GOOD)

    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    with model_site({f"/{NAME}.zip": together}) as (url, _):
        processes = [
            context.Process(target=fetch_in_process, args=(url, str(tmp_path), out)) for _ in range(2)
        ]
        for process in processes:
            process.start()
        folders = [out.get(timeout=60) for _ in processes]
        for process in processes:
            process.join()
    assert folders == [str(tmp_path / NAME)] * 2
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert is_model(tmp_path / NAME)
