"""A pipe and a server that says what the test decides."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from ranking.errors import StoreUnavailable
from ranking.store.address import Login, Place
from ranking.store.durable import keep_error
from ranking.store.engine import connect
from ranking.store.pipe import Pipe

Say = Callable[[bytes], None]


@contextlib.asynccontextmanager
async def speaking(
    folder: Path, *, reply_timeout_s: float = 5.0
) -> AsyncIterator[tuple[Pipe, Say, list[bytes]]]:
    """Yield a pipe, how to speak to it as its server, and what that has heard."""
    heard: list[bytes] = []
    loop = asyncio.get_running_loop()
    accepted: asyncio.Future[asyncio.StreamWriter] = loop.create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set_result(writer)
        while data := await reader.read(65536):
            heard.append(data)
        writer.close()

    path = str(folder / "s")
    async with await asyncio.start_unix_server(serve, path):
        pipe = Pipe(keep_error, reply_timeout_s=reply_timeout_s, most_in_flight=100)
        transport, _ = await loop.create_unix_connection(asyncio.Protocol, path)
        transport.set_protocol(pipe.adopt(transport, None))
        writer = await accepted
        try:
            yield pipe, writer.write, heard
        finally:
            pipe.drop("the test is over")
            await pipe.closed.wait()


async def test_what_is_sent_in_one_turn_leaves_in_one_write(tmp_path: Path) -> None:
    async with speaking(tmp_path) as (pipe, say, heard):
        calls = [pipe.send(("PING",)) for _ in range(3)]
        say(b"+1\r\n+2\r\n+3\r\n")

        assert await asyncio.gather(*calls) == [b"1", b"2", b"3"]
    assert heard == [b"*1\r\n$4\r\nPING\r\n" * 3]


async def test_a_reply_may_come_in_pieces(tmp_path: Path) -> None:
    async with speaking(tmp_path) as (pipe, say, _):
        call = pipe.send(("GET", "k"))
        for piece in (b"$", b"3\r", b"\nab", b"c\r\n"):
            assert not call.done()
            say(piece)
            await asyncio.sleep(0.001)

        assert await call == b"abc"


@pytest.mark.parametrize("said", [b"+OK\r\n", b"-ERR max clients\r\n", b"nonsense\r\n"])
async def test_what_nobody_asked_for_ends_the_connection(
    tmp_path: Path, said: bytes
) -> None:
    async with speaking(tmp_path) as (pipe, say, _):
        say(said)

        assert await pipe.lost == "the server said something that nobody asked for"


async def test_what_is_no_reply_fails_the_call(tmp_path: Path) -> None:
    async with speaking(tmp_path) as (pipe, say, _):
        call = pipe.send(("PING",))
        say(b"nonsense\r\n")
        with pytest.raises(StoreUnavailable, match="Protocol error"):
            await call


async def test_a_word_that_cannot_be_sent_fails_its_own_call_only(
    tmp_path: Path,
) -> None:
    async with speaking(tmp_path) as (pipe, say, _):
        broken, whole = pipe.send(("GET", "\ud800")), pipe.send(("GET", "k"))
        say(b"+v\r\n")

        assert await whole == b"v"
        with pytest.raises(UnicodeEncodeError):
            await broken


async def test_a_call_without_a_reply_fails_all_that_are_pending(
    tmp_path: Path,
) -> None:
    async with speaking(tmp_path, reply_timeout_s=0.1) as (pipe, say, _):
        calls = [pipe.send(("PING",)) for _ in range(3)]
        say(b"+OK\r\n")
        found = await asyncio.gather(*calls, return_exceptions=True)

        assert found[0] == b"OK"
        assert all(isinstance(error, StoreUnavailable) for error in found[1:])
        with pytest.raises(StoreUnavailable, match="has ended"):
            await pipe.send(("PING",))


async def test_a_silent_server_is_found_by_a_ping(tmp_path: Path) -> None:
    async with speaking(tmp_path, reply_timeout_s=0.1) as (pipe, _say, heard):
        assert await pipe.lost == "no reply in 0.1 s"
    assert heard == [b"*1\r\n$4\r\nPING\r\n"]


async def test_a_server_that_answers_its_pings_is_kept(tmp_path: Path) -> None:
    async with speaking(tmp_path, reply_timeout_s=0.05) as (pipe, say, heard):
        for pings in range(1, 5):
            while len(heard) < pings:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
            say(b"+PONG\r\n")

        assert not pipe.lost.done()


async def test_redis_py_lets_its_connection_go(tmp_path: Path) -> None:
    """It has no public way to give one away: a newer one may break this."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            writer.write(b"+OK\r\n")
        writer.close()

    path = str(tmp_path / "s")
    async with await asyncio.start_unix_server(serve, path):
        pipe = Pipe(keep_error, reply_timeout_s=5, most_in_flight=100)
        adopted: list[asyncio.WriteTransport] = []

        def adopt(transport: asyncio.WriteTransport, owner: object) -> asyncio.Protocol:
            adopted.append(transport)
            return pipe.adopt(transport, owner)

        await connect(Place(path, 0), Login(), adopt, 5)
        gc.collect()

        assert adopted[0].get_protocol() is pipe
        assert not adopted[0].is_closing()
        assert await pipe.send(("PING",)) == b"OK"
        pipe.drop("the test is over")
        await pipe.closed.wait()
