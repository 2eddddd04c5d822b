"""Where pages are, and getting them over a real socket."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fleet.cli.session import Session
from fleet.cli.topping.fetch import fetch, why
from fleet.cli.topping.pace import Pace
from fleet.cli.topping.places import Group, Place, all_of, local, looked_up, patient
from fleet.discovery.lookup import Answer
from fleet.endpoint import Endpoint
from fleet.errors import NotRunning, ResolveFailed, Unknown
from fleet.local.home import Home

HOST = "127.68.4.1"
OK = b"HTTP/1.1 200 OK\r\n"


@contextlib.asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[str]:
    """Serve *answer* to everybody, whatever is asked; yield its URL."""

    async def answered(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(answered, HOST, 0)
    async with server:
        yield f"http://{HOST}:{server.sockets[0].getsockname()[1]}/metrics"


async def test_a_page_is_what_follows_the_head() -> None:
    async with answering(OK + b"Content-Length: 4\r\n\r\na 1\n") as url:
        assert await fetch(url) == "a 1\n"
    async with answering(OK + b"\r\na 1\n\r\n\r\n") as url:
        assert await fetch(url) == "a 1\n\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "no HTTP server"),
        (b"SSH-2.0-x\r\n\r\n", "no HTTP server"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "HTTP status 404 Not Found"),
        (OK + b"Content-Length: 9\r\n\r\na 1\n", "broke off after 4 bytes"),
        (OK + b"\r\n\xff", "decode"),
    ],
)
async def test_what_is_no_page_is_told(answer: bytes, reason: str) -> None:
    async with answering(answer) as url:
        with pytest.raises(ValueError, match=reason) as caught:
            await fetch(url)
    assert reason in why(caught.value)


async def test_nobody_and_somebody_who_says_nothing() -> None:
    async with answering(b"") as url:
        pass
    with pytest.raises(ConnectionRefusedError) as refused:
        await fetch(url)
    assert why(refused.value) == "connection refused"
    held: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: held.append(writer), HOST, 0)
    async with silent:
        port = silent.sockets[0].getsockname()[1]
        with pytest.raises(TimeoutError) as late:
            await fetch(f"http://{HOST}:{port}/metrics", timeout_s=0.05)
        for writer in held:
            writer.transport.abort()
    assert why(late.value) == "no answer within 1 s"


class Found:
    """A lookup that answers what it is told to."""

    def __init__(self, *hosts: str) -> None:
        self.hosts = hosts

    async def __call__(self) -> Answer:
        if not self.hosts:
            raise ResolveFailed("game-server", "nobody knows")
        return Answer(frozenset(Endpoint(host, 5000) for host in self.hosts), 1.0)


async def test_the_pages_of_a_target_have_one_port() -> None:
    async with looked_up("dns://x:5000", Found("10.0.0.2", "::1"), 9464) as source:
        [group] = await source()

    assert group == Group(
        "dns://x:5000",
        "2 found",
        (
            Place("10.0.0.2:5000", "10.0.0.2:5000", "", "http://10.0.0.2:9464/metrics"),
            Place("[::1]:5000", "[::1]:5000", "", "http://[::1]:9464/metrics"),
        ),
    )


async def test_a_target_that_cannot_be_looked_up_is_told_at_once() -> None:
    with pytest.raises(ResolveFailed, match="nobody knows"):
        async with looked_up("game-server", Found(), 9464):
            pass


REPORT = {
    "services": [
        {
            "service": name,
            "healthy": 1,
            "desired": 2,
            "tasks": [
                {
                    "task": f"{name}-1",
                    "endpoint": "127.0.0.1:5000",
                    "state": "HEALTHY",
                    "metrics": "http://127.0.0.1:9464/metrics",
                }
            ],
        }
        for name in ("game-server", "gateway")
    ]
}


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Session]:
    """Answer as a local fleet does that is asked what runs."""

    async def answered(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        assert json.loads(await reader.readline()) == {"command": "ps"}
        writer.write(json.dumps({"ok": REPORT}).encode() + b"\n")
        writer.close()

    home = Home(folder)
    server = await asyncio.start_unix_server(answered, home.socket)
    async with server:
        yield Session({}, home, json=False)


async def test_the_services_of_a_local_fleet(tmp_path: Path) -> None:
    async with running(tmp_path) as session:
        everything = await local(session)()
        [group] = await all_of([local(session, ["gateway"])])()
        with pytest.raises(Unknown, match="did you mean 'gateway'"):
            await local(session, ["gatewy"])()

    assert [each.name for each in everything] == ["game-server", "gateway"]
    assert (group.name, group.told) == ("gateway", "1 of 2 healthy")
    [place] = group.places
    assert place.page == "http://127.0.0.1:9464/metrics"


async def test_a_fleet_that_has_ended_may_come_back(tmp_path: Path) -> None:
    session = Session({}, Home(tmp_path), json=False)
    with pytest.raises(NotRunning):
        await local(session)()
    source = patient(local(session))

    [ended] = await source()
    async with running(tmp_path):
        back = await source()

    assert "no fleet is running" in ended.told
    assert not ended.places
    assert len(back) == 2


async def test_readings_keep_their_times_however_long_one_takes() -> None:
    now, waits = [100.0], list[float]()

    async def sleep(seconds: float) -> None:
        waits.append(round(seconds, 6))
        now[0] += seconds

    pace = Pace(1.0, now=lambda: now[0], sleep=sleep)
    for took_s in (0.25, 0.0, 2.5):
        now[0] += took_s
        await pace.wait()

    assert waits == [0.75, 1.0, 0.5]
