"""One server for as long as a block lasts, however often it goes and comes back."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Protocol

from ranking.errors import StoreRefused
from ranking.store.address import Login, Place
from ranking.store.checks import Facts, problems
from ranking.store.doubts import doubts
from ranking.store.engine import Misconfigured, Unreachable
from ranking.store.link import Link, open_link
from ranking.store.options import StoreOptions
from ranking.store.pipe import Gone, Sent, Way
from ranking.store.replies import code, denied, meaning
from ranking.store.store import Script

log = logging.getLogger(__name__)

Locate = Callable[[], Awaitable[Place]]
"""Where the server is now; asked before every connection. May raise `Unreachable`."""


def fixed(place: Place) -> Locate:
    """Return how to locate a server that never moves."""

    async def locate() -> Place:
        return place

    return locate


class Redirect(Protocol):
    """Goes on elsewhere with a call that was MOVED, or is to ASK there."""

    def __call__(self, sent: Sent, text: str, *, writes: bool) -> None:
        """Take over *sent*; *text* is the server's reply."""


_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 0.5
"""So that a server that is back is in use within a second, connecting included."""
_STEADY_S = 5.0
"""A connection that lasted so long is not one that the server always closes."""
_MOST_LOADS = 5
"""Of one script for one call; somebody keeps flushing them otherwise."""
_TOLD_AGAIN_S = 30.0
"""A kind of error reply is logged this often, not for every call."""


class Node:
    """Connects, for ever; calls fail at once while it is not connected.

    Attributes:
        reads: Where calls that write nothing go.
        writes: Where calls go whose effect must be as durable as configured.
        tried: Set when the first attempt to connect has ended, either way.
        problems: Why the server must not be used, and what to set.
        facts: What it said about itself when it was last connected.
    """

    def __init__(
        self,
        name: str,
        locate: Locate,
        login: Login,
        options: StoreOptions,
        *,
        redirect: Redirect | None = None,
    ) -> None:
        self.name = name
        self.reads: Way = Gone(f"{name} is not connected yet")
        self.writes: Way = self.reads
        self.tried = asyncio.Event()
        self.problems: list[str] = []
        self.facts: Facts | None = None
        self._locate = locate
        self._login = login
        self._options = options
        self._redirect = redirect
        self._link: Link | None = None
        self._outage = ""
        self._doubts: list[str] = []
        self._told_at: dict[str, float] = {}
        self._loading: set[tuple[Way, str]] = set()
        self._loop = asyncio.get_running_loop()

    @property
    def connected(self) -> bool:
        """Whether calls are sent, and not refused at once."""
        return self._link is not None

    async def run(self) -> None:
        """Connect, and again after every end of the connection, until cancelled."""
        try:
            await self._serve_again_and_again()
        finally:
            self.reads = self.writes = Gone(f"{self.name} is not used any longer")
            self.tried.set()

    async def _serve_again_and_again(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while True:
            began = self._loop.time()
            self._end(await self._serve())
            if self._loop.time() - began > _STEADY_S:
                pause_s = _FIRST_PAUSE_S
            # Many clients of one server must not come back all at once.
            await asyncio.sleep(random.uniform(pause_s / 2, pause_s))  # noqa: S311
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _serve(self) -> str:
        """Return why there is no connection, or no longer one."""
        try:
            place = await self._locate()
            link = await open_link(
                place, self._login, self._options, self._answer_error
            )
        except Unreachable as error:
            return str(error)
        except Misconfigured as error:
            self._note_problems([str(error)])
            return str(error)
        except Exception:
            log.exception("bug while connecting to %s", self.name)
            return "a bug while connecting"
        try:
            self.facts = link.facts
            if not link.facts.is_master:
                return f"{self.name} is a replica"
            self._begin(link)
            return await link.lost()
        finally:
            await link.close(f"{self.name} is not used any longer")

    def _begin(self, link: Link) -> None:
        self._note_problems(problems(link.facts, self._options))
        self._note_doubts(doubts(link.facts, self._options))
        self._link, self.reads, self.writes = link, link.reads, link.writes
        self._told_at.clear()
        if self._outage:
            log.info("the store %s is connected again", self.name)
        self._outage = ""
        self.tried.set()

    def _end(self, reason: str) -> None:
        self._link = None
        self.reads = self.writes = Gone(reason)
        if not self._outage:
            log.warning("the store %s is not connected: %s", self.name, reason)
        self._outage = reason
        self.tried.set()

    def _note_problems(self, found: list[str]) -> None:
        if self.tried.is_set() and found != self.problems:
            for problem in found:
                log.error("the store %s: %s", self.name, problem)
        self.problems = found

    def _note_doubts(self, found: list[str]) -> None:
        for doubt in found:
            if doubt not in self._doubts:  # said already, before a connection ended
                log.warning("the store %s: %s", self.name, doubt)
        self._doubts = found

    def _answer_error(self, way: Way, sent: Sent, text: str) -> None:
        future, words, script, hops = sent
        kind = code(text)
        if kind == "NOSCRIPT" and script is not None and hops < _MOST_LOADS:
            # It did not run. The source goes ahead, once for all that wait for it.
            self._load(way, script)
            way.put((future, words, script, hops + 1))
        elif kind in {"MOVED", "ASK"} and self._redirect is not None:
            self._redirect(sent, text, writes=way is self.writes)
        else:
            future.set_exception(meaning(text))
            self._tell(kind, text)
            if kind == "READONLY" and self._link is not None:
                self._link.drop(f"{self.name} is a replica now")

    def _load(self, way: Way, script: Script) -> None:
        if (way, script.sha) in self._loading:
            return
        self._loading.add((way, script.sha))
        loaded = self._loop.create_future()
        loaded.add_done_callback(lambda _: self._loading.discard((way, script.sha)))
        loaded.add_done_callback(lambda done: done.exception())  # the calls say it too
        way.put((loaded, ("SCRIPT", "LOAD", script.source), None, 0))

    def _tell(self, kind: str, text: str) -> None:
        now = self._loop.time()
        if now - self._told_at.get(kind, -_TOLD_AGAIN_S) < _TOLD_AGAIN_S:
            return
        self._told_at[kind] = now
        bug = isinstance(meaning(text), StoreRefused)
        level = logging.ERROR if bug or denied(text) else logging.WARNING
        log.log(level, "the store %s: %s: %s", self.name, meaning(text), text)
