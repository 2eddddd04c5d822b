"""Ctrl-C and SIGTERM of `fleet up`: first drain, then kill."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator

from fleet.cli.out import note
from fleet.local.tasks.supervisor import Supervisor

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def on_signals(fleet: Supervisor) -> Iterator[None]:
    """Ask *fleet* to stop at the first signal, kill its tasks at the second."""
    loop = asyncio.get_running_loop()

    def heard() -> None:
        if fleet.stop_asked.is_set():
            note("fleet: killing every task")
            fleet.kill()
        fleet.ask_to_stop()

    for number in _SIGNALS:
        loop.add_signal_handler(number, heard)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
