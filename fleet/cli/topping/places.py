"""Where tasks and their pages are: of the local fleet, or of any target."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.cli.session import Session
from fleet.discovery.lookup import Lookup
from fleet.discovery.watch import Watch, watch
from fleet.endpoint import Endpoint
from fleet.errors import NotRunning, ResolveFailed, Unknown
from fleet.local.control.ask import ask

_FIRST_ANSWER_S = 10.0
"""Seconds that a lookup has before anything is shown."""


@dataclass(frozen=True, slots=True)
class Place:
    """A task, and where its page is."""

    task: str
    endpoint: str
    state: str
    """Empty: nobody tells."""
    page: str | None
    """A URL; None: it has no page."""


@dataclass(frozen=True, slots=True)
class Group:
    """The tasks of a service."""

    name: str
    told: str
    """How it is, in a few words."""
    places: tuple[Place, ...]


Source = Callable[[], Awaitable[Sequence[Group]]]
"""Tells where the tasks are now; raises FleetError where nobody knows."""


def local(session: Session, names: Sequence[str] = ()) -> Source:
    """Return a source of the services called *names* of the local fleet; none: all.

    Raises:
        NotRunning: From the source.
        Unknown: From the source; there is no service of that name.
    """

    async def source() -> Sequence[Group]:
        report: dict[str, Any] = await ask(session.home, "ps")
        services = {told["service"]: told for told in report["services"]}
        for name in names:
            if name not in services:
                raise Unknown("service", name, list(services))
        return [_group(services[name]) for name in names or services]

    return source


def _group(told: dict[str, Any]) -> Group:
    places = tuple(
        Place(task["task"], task["endpoint"], task["state"], task["metrics"])
        for task in told["tasks"]
    )
    words = f"{told['healthy']} of {told['desired']} healthy"
    return Group(told["service"], words, places)


@contextlib.asynccontextmanager
async def looked_up(target: str, lookup: Lookup, port: int) -> AsyncIterator[Source]:
    """Yield a source of what *lookup* finds, and goes on finding within the block.

    Args:
        target: What it is called.
        lookup: Where its tasks are.
        port: That all their pages have.

    Raises:
        ResolveFailed: The first question is not answered.
    """
    told = asyncio.Event()
    async with watch(lookup, lambda _: told.set()) as known:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_ANSWER_S):
                await told.wait()
        if not known.answered:
            raise known.error or ResolveFailed(target, "no answer")

        async def source() -> Sequence[Group]:
            return [_found(target, known, port)]

        yield source


def _found(target: str, known: Watch, port: int) -> Group:
    places = tuple(
        Place(str(at), str(at), "", f"http://{Endpoint(at.host, port)}/metrics")
        for at in sorted(known.endpoints)
    )
    trouble = f", lookup fails now: {known.error.reason}" if known.error else ""
    return Group(target, f"{len(places)} found{trouble}", places)


def all_of(sources: Sequence[Source]) -> Source:
    """Return a source of what all *sources* know."""

    async def source() -> Sequence[Group]:
        return [group for each in sources for group in await each()]

    return source


def patient(source: Source) -> Source:
    """Return *source*; while no local fleet answers, nothing is known to run.

    For a view that was open before: the fleet may come back.
    """

    async def waiting() -> Sequence[Group]:
        try:
            return await source()
        except NotRunning as error:
            return [Group("the local fleet", str(error), ())]

    return waiting
