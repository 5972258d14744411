"""The page behind a proxy that speaks TLS for the server, both ports on one address."""

import asyncio
import ssl
from contextlib import asynccontextmanager

import trustme

from tests.browser.page import Visitor, recording, write_wav
from tests.fixtures.speech_files import speech
from tests.running import running


class Proxy:
    """Ends TLS, sends `/v1/` one way and the rest another: what docs/operations.md has nginx do."""

    def __init__(self):
        self.voice = self.http = 0
        self._lines = set()

    @asynccontextmanager
    async def listening(self):
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trustme.CA().issue_cert("localhost").configure_cert(tls)
        server = await asyncio.start_server(self._take, "127.0.0.1", 0, ssl=tls)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            await asyncio.gather(*self._lines)

    async def _take(self, reader, writer):
        self._lines.add(asyncio.current_task())
        try:
            request = await reader.readline()
            port = self.voice if request.startswith(b"GET /v1/") else self.http
            from_server, to_server = await asyncio.open_connection("127.0.0.1", port)
            to_server.write(request)
            await asyncio.gather(_pass_on(reader, to_server), _pass_on(from_server, writer))
        except OSError:
            writer.transport.abort()


async def _pass_on(reader, writer):
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


async def test_a_page_from_behind_a_proxy_finds_the_voice_port_there(browser, tmp_path, vosk):
    proxy = Proxy()
    async with proxy.listening() as port:
        reached = {"voice_url": f"wss://localhost:{port}"}
        async with running(tmp_path, vosk, server=reached) as server:
            proxy.voice, proxy.http = server.running.voice.port, server.running.http.port
            context = await browser.new_context(ignore_https_errors=True)
            async with Visitor.opening(context, f"https://localhost:{port}") as visitor:
                said = recording(speech("digits-16k").samples.tobytes(), before=0.3)
                await visitor.play(write_wav(tmp_path / "digits.wav", said))
                await visitor.state("Listening")
                await visitor.state("Not listening")
                assert await visitor.finals.count() > 0
                assert visitor.hosts == {"localhost"}
                assert visitor.complaints == []
