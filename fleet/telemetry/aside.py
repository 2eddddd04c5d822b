"""Blocking work beside the loop, which nobody has to wait for at the end."""

import asyncio
import contextlib
import threading
from collections.abc import Callable


async def aside(work: Callable[[], object], limit_s: float | None = None) -> None:
    """Return when *work* has ended, in a thread that does not keep the process.

    The threads of `asyncio.to_thread` do: an exporter that hangs in one would hold
    the end of the process for as long as it hangs.

    Args:
        work: Logs what goes wrong by itself; what it raises goes to
            `threading.excepthook`.
        limit_s: Seconds to wait; None: however long it takes.

    Raises:
        TimeoutError: It has not ended; it goes on, and nobody looks.
    """
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def run() -> None:
        try:
            work()
        finally:
            with contextlib.suppress(RuntimeError):  # the loop is closed by now
                loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=run, name="telemetry", daemon=True).start()
    async with asyncio.timeout(limit_s):
        await ended.wait()
