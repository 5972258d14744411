"""Clients that trickle, hang, flood or don't read hold up nobody but themselves."""

import asyncio
import contextlib
from contextlib import asynccontextmanager

import pytest

from server.ports.tcp_socket import TcpSocket
from server.wire.wyoming_events import MOST_HEADER, Unreadable, read
from tests.running import DEADLINE_S
from tests.wyoming_package import AudioChunk, Event, Ping, frame

PING = frame(Ping("x"))
CHUNK = frame(AudioChunk(16000, 2, 1, bytes(2048)))


@asynccontextmanager
async def connected(**limits):
    """A socket of the server's, and the client's end of it."""
    came = asyncio.get_running_loop().create_future()

    def come_in(reader, writer):
        came.set_result(TcpSocket(reader, writer, **limits))

    async with await asyncio.start_server(come_in, "127.0.0.1", 0, limit=MOST_HEADER) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        socket = await came
        try:
            async with asyncio.timeout(DEADLINE_S):
                yield socket, reader, writer
        finally:
            socket.abort()
            if not writer.is_closing():
                writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def test_events_come_one_by_one_however_they_were_cut():
    said = PING + CHUNK + PING
    async with connected() as (socket, _, writer):

        async def trickle():
            for byte in said:
                writer.write(bytes([byte]))
                await writer.drain()
            writer.write_eof()

        trickling = asyncio.create_task(trickle())
        assert [await socket.receive() for _ in range(4)] == [PING, CHUNK, PING, None]
        await trickling


@pytest.mark.parametrize("part", [PING[:1], PING[:-1], CHUNK[:60], CHUNK[:-1]])
async def test_an_event_that_is_never_whole_is_not_waited_for(part):
    async with connected(event_s=0.1) as (socket, _, writer):
        writer.write(part)
        came = await socket.receive()
        assert came
        assert part.startswith(came)


async def test_a_trickle_extends_nothing():
    async with connected(event_s=0.1) as (socket, _, writer):

        async def trickle():
            while True:
                writer.write(b" ")
                await asyncio.sleep(0.01)

        trickling = asyncio.create_task(trickle())
        assert (await socket.receive()).strip() == b""
        trickling.cancel()


async def test_between_events_a_client_has_all_the_time_it_wants():
    async with connected(event_s=0.01) as (socket, _, writer):
        receiving = asyncio.create_task(socket.receive())
        done, _ = await asyncio.wait([receiving], timeout=0.1)
        assert not done
        writer.write(PING)
        assert await receiving == PING


async def test_a_header_without_end_is_read_as_far_as_it_may_go():
    async with connected() as (socket, _, writer):
        writer.write(b"x" * 10 * MOST_HEADER)
        assert MOST_HEADER < len(await socket.receive()) <= MOST_HEADER + 1


@pytest.mark.parametrize("size", [MOST_HEADER - 1, MOST_HEADER, MOST_HEADER + 1])
async def test_the_longest_header_is_as_long_as_the_wire_allows(size):
    header = b'{"type":"t"' + b" " * (size - 13) + b"}\n"
    async with connected() as (socket, _, writer):
        writer.write(header)
        came = await socket.receive()
        if size <= MOST_HEADER:
            assert read(came).type == "t"
        else:
            with pytest.raises(Unreadable, match="a header of more than"):
                read(came)


async def test_a_payload_of_1_mib_is_one_event():
    event = frame(Event("t", {}, bytes(1 << 20)))
    async with connected() as (socket, _, writer):
        writer.write(event)
        assert await socket.receive() == event


@pytest.mark.parametrize("part", [b"", PING[:5], CHUNK[:-1]])
async def test_a_client_that_is_gone_is_gone(part):
    async with connected() as (socket, _, writer):
        writer.write(part)
        writer.close()
        assert await socket.receive() is None


async def test_whoever_reads_nothing_is_not_read_from():
    async with connected() as (socket, reader, writer):
        reader._transport.pause_reading()
        while not socket.congested:
            socket._writer.write(bytes(1 << 16))
        assert not socket.responsive
        writer.write(PING)
        receiving = asyncio.create_task(socket.receive())
        done, _ = await asyncio.wait([receiving], timeout=0.05)
        assert not done
        reader._transport.resume_reading()
        reading = asyncio.create_task(reader.read(-1))
        assert await receiving == PING
        reading.cancel()


async def test_whoever_reads_nothing_for_long_is_cut():
    async with connected(send_s=0.1) as (socket, reader, _):
        reader._transport.pause_reading()
        sent = True
        while sent:
            sent = await socket.send("x" * 1_000_000)
        assert await socket.receive() is None
        assert not await socket.send("x")


async def test_a_client_that_goes_on_sending_hears_the_last_word():
    async with connected() as (socket, reader, writer):
        sending = asyncio.create_task(flood(writer))
        await socket.receive()
        assert await socket.send("goodbye")
        closing = asyncio.create_task(socket.close())
        assert await reader.read() == b"goodbye"
        sending.cancel()
        writer.close()
        assert await closing


async def flood(writer):
    while True:
        writer.write(CHUNK)
        await writer.drain()


async def test_a_client_that_does_not_close_is_waited_for_so_long():
    async with connected(linger_s=0.05) as (socket, _, _):
        assert not socket.congested
        assert not await socket.close()
        assert not socket.responsive


async def test_a_client_that_has_closed_already_is_not_waited_for():
    async with connected(linger_s=1000) as (socket, _, writer):
        writer.close()
        assert await socket.receive() is None
        assert not await socket.close()


async def test_a_client_that_only_listens_any_more_gets_all():
    """Far more than the system takes for it at once."""
    async with connected() as (socket, reader, writer):
        writer.write_eof()
        assert await socket.receive() is None
        socket._writer.write(bytes(20_000_000))
        closing = asyncio.create_task(socket.close())
        assert len(await reader.read()) == 20_000_000
        assert not await closing


async def test_closing_and_cutting_twice_does_nothing():
    async with connected() as (socket, reader, writer):
        closing = asyncio.create_task(socket.close())
        assert await reader.read() == b""
        writer.close()
        assert await closing
        assert not await socket.close()
        socket.abort()
