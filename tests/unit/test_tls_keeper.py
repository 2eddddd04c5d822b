"""TLS files that are replaced, written, broken and about to expire."""

import asyncio
import contextlib
import datetime as dt
import logging
import os
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from fleet.errors import BadConfig
from fleet.tls.files import TlsFiles
from fleet.tls.keeper import AGAIN_S, PATIENCE, Keeper, kept
from fleet.tls.read import read
from fleet.tls.stamp import stamp_of
from tests.support.certificates import Authority, write
from tests.support.until import until

OURS = Authority("ours")


class Looks:
    """A sleep that lets the keeper look once for each `look`."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(0)
        self._slept = asyncio.Event()

    async def sleep(self, _seconds: float) -> None:
        self._slept.set()
        await self._turns.acquire()

    async def look(self, times: int = 1) -> None:
        for _ in range(times):
            await asyncio.wait_for(self._slept.wait(), 10)
            self._slept.clear()
            self._turns.release()
        await asyncio.wait_for(self._slept.wait(), 10)


class Day:
    """The wall clock, moved by hand."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@contextlib.asynccontextmanager
async def keeping(
    files: TlsFiles, now: Day | None = None
) -> AsyncIterator[tuple[Keeper, Looks]]:
    looks = Looks()
    async with kept(files, "server", sleep=looks.sleep, now=now or Day()) as keeper:
        yield keeper, looks


async def test_a_new_set_counts_when_two_looks_have_found_it(tmp_path: Path) -> None:
    files = OURS.files(tmp_path, "a.local")
    changes: list[bytes | None] = []
    async with keeping(files) as (keeper, looks):
        keeper.on_change(lambda: changes.append(keeper.material.cert))
        first = keeper.material
        await looks.look(3)
        OURS.files(tmp_path, "a.local")

        await looks.look()
        assert keeper.material is first
        await looks.look()
        assert keeper.material == read(files, "server").material
        assert keeper.material != first
        await looks.look(3)

    assert changes == [keeper.material.cert]


async def test_a_certificate_waits_for_its_key(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = OURS.files(tmp_path, "a.local")
    cert, key = OURS.issue("a.local")
    async with keeping(files) as (keeper, looks):
        first = keeper.material
        (tmp_path / "cert.pem").write_bytes(cert)
        await looks.look(PATIENCE)
        assert keeper.material is first

        (tmp_path / "key.pem").write_bytes(key)
        await looks.look(2)

    assert keeper.material.cert == cert
    assert not [line for line in caplog.records if line.levelno >= logging.ERROR]


async def test_files_of_the_same_content_change_nothing(tmp_path: Path) -> None:
    files = OURS.files(tmp_path, "a.local")
    changes: list[None] = []
    async with keeping(files) as (keeper, looks):
        keeper.on_change(lambda: changes.append(None))
        stamp = stamp_of(files)
        (tmp_path / "cert.pem").write_bytes((tmp_path / "cert.pem").read_bytes())
        await looks.look(3)

        assert stamp_of(files) != stamp

    assert not changes


@pytest.mark.parametrize("bad", ["another key", "expired", "gone"])
async def test_a_bad_set_is_refused_with_one_line(
    tmp_path: Path, bad: str, caplog: pytest.LogCaptureFixture
) -> None:
    files = OURS.files(tmp_path, "a.local")
    async with keeping(files) as (keeper, looks):
        first = keeper.material
        if bad == "another key":
            (tmp_path / "key.pem").write_bytes(OURS.issue("a.local")[1])
        elif bad == "expired":
            write(tmp_path, OURS.issue("a.local", days=-1), OURS.pem)
        else:
            (tmp_path / "cert.pem").unlink()
        await looks.look(PATIENCE * 3)
        assert keeper.material is first
        lines = [line for line in caplog.records if line.levelno >= logging.ERROR]

        good = OURS.files(tmp_path, "a.local")
        await looks.look(2)

    [line] = lines
    assert "are not used, the old ones stay" in line.getMessage()
    assert str(tmp_path) in line.getMessage()
    assert keeper.material == read(good, "server").material


async def test_a_swapped_folder_is_seen(tmp_path: Path) -> None:
    """As Kubernetes does it: the files are links through a link that is replaced."""
    made = [OURS.files(tmp_path / name, "a.local") for name in ("one", "two")]
    (tmp_path / "data").symlink_to("one")
    there = TlsFiles(
        ca=tmp_path / "data/ca.pem",
        cert=tmp_path / "data/cert.pem",
        key=tmp_path / "data/key.pem",
    )
    async with keeping(there) as (keeper, looks):
        assert keeper.material == read(made[0], "server").material
        (tmp_path / "new").symlink_to("two")
        (tmp_path / "new").replace(tmp_path / "data")
        await looks.look(2)

    assert keeper.material == read(made[1], "server").material


async def test_a_write_that_keeps_size_and_time_is_seen(tmp_path: Path) -> None:
    files = OURS.files(tmp_path, "a.local")
    before = stamp_of(files)
    path = tmp_path / "ca.pem"
    found = path.stat()

    path.write_bytes(path.read_bytes())
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))

    assert stamp_of(files) != before


async def test_an_end_that_is_near_is_told_once_a_day(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files, day = OURS.files(tmp_path, "a.local", days=10), Day()
    async with keeping(files, day) as (keeper, looks):
        await looks.look(5)
        said = [line.getMessage() for line in caplog.records]
        assert len(said) == 1
        assert f"the certificate {files.cert} expires on 20" in said[0]

        day.now += AGAIN_S
        await looks.look(2)
        assert len(caplog.records) == 2
        assert keeper.ends
        day.now = keeper.ends + 1
        await looks.look(2)

    assert "has expired on 20" in caplog.records[-1].getMessage()
    assert caplog.records[-1].levelno == logging.ERROR


async def test_an_end_is_told_at_once_and_to_the_second(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files, day = OURS.files(tmp_path, "a.local", days=10), Day()
    async with keeping(files, day) as (keeper, looks):
        await looks.look()
        assert keeper.ends
        day.now = keeper.ends - 60
        await looks.look(2)
        day.now = keeper.ends + 1
        await looks.look(3)
        levels = [line.levelno for line in caplog.records]
        last = dt.datetime.fromtimestamp(keeper.ends, dt.UTC)
        day.now += AGAIN_S
        await looks.look(2)

    # The first warning is of today, ten days before.
    assert levels == [logging.WARNING, logging.WARNING, logging.ERROR]
    for line in caplog.records:
        assert f"on {last:%Y-%m-%d %H:%M:%S} UTC" in line.getMessage()
    assert len(caplog.records) == 4


async def test_an_end_that_is_far_is_not_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with keeping(OURS.files(tmp_path, "a.local", days=15)) as (_, looks):
        await looks.look(3)

    assert not caplog.records


def fail() -> None:
    raise KeyError("a bug")


async def test_a_listener_that_fails_does_not_end_the_watch(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = OURS.files(tmp_path, "a.local")
    heard: list[None] = []
    async with keeping(files) as (keeper, looks):
        keeper.on_change(fail)
        keeper.on_change(lambda: heard.append(None))
        for _ in range(2):
            OURS.files(tmp_path, "a.local")
            await looks.look(2)

    assert len(heard) == 2
    assert "bug in a listener" in caplog.text


async def test_bad_files_are_refused_on_entry(tmp_path: Path) -> None:
    files = replace(OURS.files(tmp_path, "a.local"), ca=tmp_path / "none.pem")

    with pytest.raises(BadConfig, match=r"none\.pem cannot be read"):
        async with kept(files, "server"):
            pass


async def test_looks_by_itself(tmp_path: Path) -> None:
    files = OURS.files(tmp_path, "a.local")
    async with kept(files, "client") as keeper:
        first = keeper.material
        OURS.files(tmp_path, "a.local")

        await until(lambda: keeper.material is not first)
