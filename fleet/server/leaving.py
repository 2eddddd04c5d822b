"""Leaving when told to, and at once when told again: for servers of any protocol."""

import asyncio
from collections.abc import Awaitable
from typing import Protocol

from fleet.server.signals import Told


class Leaver(Protocol):
    """A server that can drain."""

    def start_drain(self) -> "asyncio.Task[None]":
        """Begin the drain, or return the one that is under way."""

    def hurry(self) -> None:
        """End what is in flight now."""


async def leave_when_told(server: Leaver, told: Told) -> None:
    """Wait until the process is *told* to leave, and drain *server*."""
    await told.to_leave.wait()
    leaving = server.start_drain()
    order = asyncio.create_task(told.to_end_now.wait())
    await asyncio.wait([leaving, order], return_when=asyncio.FIRST_COMPLETED)
    if told.to_end_now.is_set():
        server.hurry()
    order.cancel()
    await leaving


async def unless(hurried: asyncio.Event, step: Awaitable[None]) -> None:
    """Wait for *step*; it is cancelled when *hurried* is set."""
    working = asyncio.ensure_future(step)
    order = asyncio.ensure_future(hurried.wait())
    try:
        either = asyncio.FIRST_COMPLETED
        await asyncio.wait([working, order], return_when=either)
    finally:
        for task in (working, order):
            task.cancel()
        await asyncio.wait([working, order])
    if not working.cancelled():
        working.result()  # raises what went wrong in the step
