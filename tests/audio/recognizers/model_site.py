"""A small real web server on this machine, in the place of the site that models come from."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.fixtures.speech_files import MODEL

Answer = bytes | Callable[[BaseHTTPRequestHandler], None]


def packed_model(name: str = "vosk-model-small-en-us-0.15", *, top: str | None = None) -> bytes:
    """The tiny model as the site would send it: in a zip file, inside a folder of its name."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for file in sorted(MODEL.rglob("*")):
            if file.is_file():
                archive.write(file, Path(top if top is not None else name) / file.relative_to(MODEL))
    return content.getvalue()


@contextmanager
def model_site(answers: dict[str, Answer]) -> Iterator[tuple[str, list[str]]]:
    """Serve these paths ("/a.zip": bytes, or a function of the request); yield its URL and the paths asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            answer = answers.get(self.path)
            if answer is None:
                self.send_error(404)
            elif isinstance(answer, bytes):
                send(self, answer)
            else:
                answer(self)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(request: BaseHTTPRequestHandler, body: bytes, *, length: int | None = -1) -> None:
    """Send a body, under a false Content-Length where one is given, under none for None."""
    request.send_response(200)
    if length is not None:
        request.send_header("Content-Length", str(len(body) if length < 0 else length))
    request.end_headers()
    with suppress(OSError):  # the client has heard enough, as it should in some tests
        request.wfile.write(body)
