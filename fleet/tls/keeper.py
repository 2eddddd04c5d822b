"""TLS files that may be replaced at any time, and what they said last."""

import asyncio
import contextlib
import datetime as dt
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from fleet.errors import BadConfig
from fleet.tls.certificate import day
from fleet.tls.files import Role, TlsFiles
from fleet.tls.read import Reading, read
from fleet.tls.stamp import Stamp, stamp_of

log = logging.getLogger(__name__)

EVERY_S = 1.0
"""Seconds between two looks: four system calls each."""
PATIENCE = 5
"""Looks at a set that does not change and does not fit before it is said to be wrong:
a certificate and its key are seldom written in the same moment."""
SOON_S = 14 * 86400.0
"""Seconds before its end from which on a certificate is warned of: what is
renewed at two thirds of its 90 days never comes so near."""
AGAIN_S = 86400.0
"""Seconds between two such warnings."""

Sleep = Callable[[float], Awaitable[None]]
Callback = Callable[[], None]


class Keeper:
    """What the files said when they were last right.

    Attributes:
        material: Replaced whole.
        ends: When its certificate does, in seconds since 1970; None: there is none.
    """

    def __init__(
        self, files: TlsFiles, role: Role, first: Reading, stamp: Stamp
    ) -> None:
        self.material = first.material
        self.ends = first.ends
        self._files = files
        self._role: Role = role
        self._stamp = self._fresh = stamp
        self._misfits = 0
        self._warned = 0.0
        self._over = False
        self._callbacks: list[Callback] = []

    def on_change(self, callback: Callback) -> None:
        """Call *callback* whenever `material` has been replaced, in the event loop."""
        self._callbacks.append(callback)

    async def look(self) -> None:
        """Read the files anew if they have changed, and change no more."""
        stamp = await asyncio.to_thread(stamp_of, self._files)
        if stamp == self._stamp and not self._misfits:
            return
        if stamp != self._fresh:
            # Somebody is writing: what a second look finds as it was is whole.
            self._fresh, self._misfits = stamp, 0
            return
        try:
            reading = await asyncio.to_thread(read, self._files, self._role)
        except BadConfig as error:
            self._refuse(error)
        else:
            self._take(reading, stamp)

    def warn(self, now: float) -> None:
        """Tell the log, once a day, of a certificate that is about to expire.

        That it has expired is told at once, whenever it was warned of last.
        """
        if self.ends is None or self.ends - now > SOON_S:
            return
        over = self.ends < now
        if over is self._over and now - self._warned < AGAIN_S:
            return
        self._warned, self._over = now, over
        cert, last = self._files.cert, _moment(self.ends)
        if over:
            log.error("the certificate %s has expired on %s", cert, last)
        else:
            log.warning("the certificate %s expires on %s: renew it", cert, last)

    def _refuse(self, error: BadConfig) -> None:
        self._misfits += 1
        if self._misfits == PATIENCE:
            problems = "; ".join(error.problems)
            log.error("new TLS files are not used, the old ones stay: %s", problems)

    def _take(self, reading: Reading, stamp: Stamp) -> None:
        self._stamp, self._misfits, self._warned = stamp, 0, 0.0
        if reading.material == self.material:
            return
        self.material, self.ends = reading.material, reading.ends
        until = f" until {day(reading.ends)}" if reading.ends else ""
        log.info("TLS files were replaced: %s%s", self._files.cert or "ca", until)
        for callback in self._callbacks:
            try:
                callback()
            except Exception:
                log.exception("bug in a listener to new TLS files")


@contextlib.asynccontextmanager
async def kept(
    files: TlsFiles,
    role: Role,
    *,
    sleep: Sleep = asyncio.sleep,
    now: Callable[[], float] = time.time,
) -> AsyncIterator[Keeper]:
    """Watch *files* for the length of the block, a look every second.

    Files may be written in place, renamed or swapped by a symbolic link above them,
    as Kubernetes does. New ones count when two looks have found them the same, and
    they fit together; else the old ones stay.

    Args:
        files: See `TlsFiles`.
        role: Whether the certificate is for calling or for being called.
        sleep: How to wait; tests pass a clock they control.
        now: Seconds since 1970.

    Raises:
        BadConfig: On entry, when the files cannot be used.
    """
    stamp = await asyncio.to_thread(stamp_of, files)
    keeper = Keeper(files, role, await asyncio.to_thread(read, files, role), stamp)
    watching = asyncio.create_task(_watch(keeper, sleep, now))
    try:
        yield keeper
    finally:
        watching.cancel()
        await asyncio.wait([watching])


def _moment(when: float) -> str:
    """Return `2026-01-31 12:00:00 UTC` of seconds since 1970."""
    return f"{dt.datetime.fromtimestamp(when, dt.UTC):%Y-%m-%d %H:%M:%S} UTC"


async def _watch(keeper: Keeper, sleep: Sleep, now: Callable[[], float]) -> None:
    while True:
        try:
            keeper.warn(now())
            await sleep(EVERY_S)
            await keeper.look()
        except Exception:
            log.exception("bug while watching TLS files")
