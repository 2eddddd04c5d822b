"""The gateway's drain: nobody who keeps to HTTP loses a request."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, AsyncIterator

import pytest

from fleet.endpoint import Endpoint
from fleet.server.settings import ServerSettings
from services.gateway.exchange import Request, Response
from tests.support.gateway_http import Caller, Up, connected, echo, head, served
from tests.support.until import until
from tests.support.up import ROOT, free_port


class Linger:
    """A sleep that lasts until the test says so."""

    def __init__(self) -> None:
        self.begun, self.over = asyncio.Event(), asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        del seconds
        self.begun.set()
        await self.over.wait()


async def test_callers_are_sent_away_and_none_is_lost() -> None:
    linger = Linger()
    async with served(echo, sleep=linger) as up:
        async with connected(up) as old, connected(up) as new:
            assert "connection" not in (await old.get()).headers
            leaving = up.server.start_drain()
            await linger.begun.wait()
            assert not up.ready.serving
            for caller in (old, new):
                answer = await caller.get()
                assert answer.status == 200
                assert answer.headers["connection"] == "close"
                assert await caller.closed() == b""
        async with connected(up) as late:  # has not heard of it yet
            assert (await late.get()).status == 200
        linger.over.set()
        await leaving
        with pytest.raises(OSError):  # noqa: PT011 - refused, in words of the system
            async with connected(up):
                raise AssertionError


async def test_a_request_in_flight_is_answered() -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def app(_request: Request) -> Response:
        begun.set()
        await go.wait()
        return Response(200, b"done")

    async with served(app) as up, connected(up) as caller:
        await caller.send(head("GET"))
        await begun.wait()
        leaving = up.server.start_drain()
        await up.ready.ended.wait()
        go.set()
        answer = await caller.answer()
        assert (answer.body, answer.headers["connection"]) == (b"done", "close")
        await leaving


async def test_a_stream_is_told_to_end() -> None:
    running: list[Up] = []

    async def chunks() -> AsyncGenerator[bytes, None]:
        yield b"hello"
        await running[0].ready.ended.wait()
        yield b"goodbye"

    async def app(_request: Request) -> Response:
        return Response(200, chunks())

    async with served(app) as up, connected(up) as caller:
        running.append(up)
        await caller.send(head("GET"))
        await caller.begin()
        assert await caller.chunk() == b"hello"
        leaving = up.server.start_drain()
        assert await caller.chunk() == b"goodbye"
        assert await caller.chunk() == b""
        assert await caller.closed() == b""
        await leaving


async def test_after_the_grace_what_is_left_is_cancelled_and_told_so() -> None:
    begun = asyncio.Event()

    async def app(_request: Request) -> Response:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    short = ServerSettings(listen="127.0.0.1:0", linger_s=0, grace_s=0.1)
    async with served(app, settings=short) as up, connected(up) as caller:
        await caller.send(head("GET"))
        await begun.wait()
        await up.server.start_drain()
        answer = await caller.answer()
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")


async def test_after_the_grace_a_stream_is_cut() -> None:
    async def chunks() -> AsyncGenerator[bytes, None]:
        yield b"x"
        await asyncio.Event().wait()

    async def app(_request: Request) -> Response:
        return Response(200, chunks())

    short = ServerSettings(listen="127.0.0.1:0", linger_s=0, grace_s=0.1)
    async with served(app, settings=short) as up, connected(up) as caller:
        await caller.send(head("GET"))
        await caller.begin()
        await up.server.start_drain()
        assert b"0\r\n\r\n" not in await caller.closed()
        assert up.figure("gateway_in_flight") == 0


async def test_hurry_skips_linger_and_grace() -> None:
    linger = Linger()
    async with served(echo, sleep=linger) as up, connected(up) as caller:
        await caller.get()
        leaving = up.server.start_drain()
        await linger.begun.wait()
        up.server.hurry()
        async with asyncio.timeout(5):
            await leaving
        assert await caller.closed() == b""


class Latecomers(logging.Handler):
    """Callers who connect in the last moment: between two turns of the loop."""

    def __init__(self, where: Endpoint, raw: bytes) -> None:
        super().__init__()
        self._where = where.host, where.port
        self._raw = raw
        self.sockets: list[socket.socket] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith("closing"):
            for _ in range(20):
                caller = socket.create_connection(self._where)
                caller.sendall(self._raw)
                self.sockets.append(caller)


@contextlib.asynccontextmanager
async def late(up: Up, raw: bytes) -> AsyncIterator[list[Caller]]:
    """Drain *up* with latecomers who say *raw*."""
    there = Latecomers(up.server.endpoint, raw)
    logger = logging.getLogger("gateway.server")
    before = logger.level
    logger.addHandler(there)
    logger.setLevel(logging.INFO)
    leaving = up.server.start_drain()
    await until(lambda: there.sockets)
    logger.setLevel(before)
    logger.removeHandler(there)
    pairs = [await asyncio.open_connection(sock=sock) for sock in there.sockets]
    yield [Caller(*pair) for pair in pairs]
    await leaving
    for _, writer in pairs:
        writer.close()


async def test_who_has_just_been_connected_is_answered() -> None:
    async with served(echo) as up, late(up, head("GET")) as callers:
        for caller in callers:
            answer = await caller.answer()
            assert (answer.status, answer.headers["connection"]) == (200, "close")
            assert await caller.closed() == b""


async def test_a_head_that_has_begun_is_answered() -> None:
    raw = head("POST", "/a", content_length="3") + b"abc"
    async with served(echo) as up, late(up, raw[:20]) as callers:
        for caller in callers:
            await caller.send(raw[20:])
            assert (await caller.answer()).json["body"] == "abc"


async def test_who_has_not_asked_yet_may_do_so() -> None:
    async with served(echo) as up, connected(up) as fresh, connected(up) as used:
        await used.get()
        await until(lambda: up.figure("gateway_connections") == 2)
        leaving = up.server.start_drain()
        await up.ready.ended.wait()
        assert await used.closed() == b""
        answer = await fresh.get()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        await leaving


async def test_who_never_asks_holds_nobody_up() -> None:
    async with served(echo) as up, connected(up) as silent:
        await until(lambda: up.figure("gateway_connections") == 1)
        async with asyncio.timeout(4):  # of a grace of 5 s
            await up.server.start_drain()
        assert await silent.closed() == b""


async def test_load_through_a_drain_loses_nothing() -> None:
    linger = Linger()
    answered: list[int] = []
    refused: list[OSError] = []

    async with served(echo, sleep=linger) as up:

        async def load() -> None:
            while True:
                try:
                    async with connected(up) as caller:
                        while (answer := await caller.get()).status == 200:
                            answered.append(answer.status)
                            if "connection" in answer.headers:
                                break
                except OSError as error:
                    refused.append(error)
                    return

        callers = [asyncio.create_task(load()) for _ in range(8)]
        await until(lambda: len(answered) > 100)
        leaving = up.server.start_drain()
        await linger.begun.wait()
        count = len(answered)
        await until(lambda: len(answered) > count + 100)
        assert not refused
        linger.over.set()
        await leaving
        await asyncio.gather(*callers)
        assert len(refused) == len(callers)  # not one before the socket was closed


@contextlib.asynccontextmanager
async def spawned(
    *, files: int = 1024, **env: str
) -> AsyncIterator[tuple[Process, str, int]]:
    """Run a gateway of its own; it answers everything with what it was asked."""
    listen = f"127.0.0.1:{free_port('127.0.0.1')}"
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", f'ulimit -n {files}; exec "$@"', "sh"),
        *(sys.executable, "-m", "tests.support.gateway_serve"),
        env={**os.environ, "FLEET_LISTEN": listen, **env},
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        async with asyncio.timeout(20):
            await said(process, b"serving on")
        host, port = listen.split(":")
        yield process, host, int(port)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def said(process: asyncio.subprocess.Process, words: bytes) -> None:
    """Wait for a line with *words*."""
    assert process.stderr is not None
    async for line in process.stderr:
        if words in line:
            return
    raise AssertionError(f"it ended without {words!r}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains(number: signal.Signals) -> None:
    async with spawned(FLEET_LINGER_S="0") as (process, host, port):
        reader, writer = await asyncio.open_connection(host, port)
        caller = Caller(reader, writer)
        assert (await caller.get("/a")).json["path"] == "/a"
        process.send_signal(number)
        async with asyncio.timeout(10):
            await process.communicate()
        assert process.returncode == 0
        writer.close()


async def test_a_second_signal_ends_at_once_and_says_which() -> None:
    async with spawned(FLEET_LINGER_S="60") as (process, _, _):
        process.terminate()
        async with asyncio.timeout(10):
            await said(process, b"draining")
            process.terminate()
            await process.communicate()  # wait() alone waits for who reads its log
        assert process.returncode == 128 + signal.SIGTERM


async def test_callers_for_whom_there_is_no_file_are_told_so() -> None:
    async with spawned(files=80, FLEET_LINGER_S="0") as (_, host, port):
        pairs = [await asyncio.open_connection(host, port) for _ in range(17)]
        callers = [Caller(*pair) for pair in pairs]
        answer = await callers.pop().answer()
        assert answer.status == 503
        assert answer.json["message"].startswith("16 connections are open")
        for caller in callers:
            assert (await caller.get()).status == 200
        for _, writer in pairs:
            writer.close()
