"""A question that blocks, off the event loop."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Flight(Generic[T]):
    """Asks one question at a time, in a thread that ends with it.

    Whoever comes while it is asked gets its answer too. So a caller that is
    cancelled, again and again, leaves one thread behind at most, and that one
    for no longer than the question's own timeouts. The thread holds no exit of
    the process up.

    Args:
        question: Blocks; must end by itself. It never runs twice at once.
    """

    def __init__(self, question: Callable[[], T]) -> None:
        self._question = question
        self._asked: Future[T] | None = None

    async def answer(self) -> T:
        """Return what the question returns, or raise what it raises."""
        if self._asked is None or self._asked.done():
            self._asked = self._ask()
        return await asyncio.wrap_future(self._asked)

    def _ask(self) -> "Future[T]":
        asked: Future[T] = Future()
        asked.set_running_or_notify_cancel()  # one of many callers cannot cancel it
        threading.Thread(
            target=self._run, args=(asked,), name="cloudmap", daemon=True
        ).start()
        return asked

    def _run(self, asked: "Future[T]") -> None:
        try:
            asked.set_result(self._question())
        except BaseException as error:  # noqa: BLE001 - it is the caller's to handle
            asked.set_exception(error)
