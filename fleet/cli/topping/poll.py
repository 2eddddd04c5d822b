"""Reading every page, again and again, and what follows from two readings."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from fleet.cli.topping.clients import client_rows
from fleet.cli.topping.events import changes
from fleet.cli.topping.fetch import fetch, why
from fleet.cli.topping.places import Group, Place, Source
from fleet.cli.topping.reading import Reading, read
from fleet.cli.topping.snapshot import (
    HEALTHY,
    SILENT,
    Service,
    Snapshot,
    TaskRow,
)
from fleet.cli.topping.traffic import Load, Traffic, between, load

Fetch = Callable[[str], Awaitable[str]]
Key = tuple[str, str]
"""A task's name and endpoint."""


class Poll:
    """Each call reads every page once, all at the same time.

    Args:
        source: Where the tasks are; asked each time.
        fetch: Gets a page.
        now: The clock, in seconds.
        today: What the clock on the wall says.
    """

    def __init__(
        self,
        source: Source,
        *,
        fetch: Fetch = fetch,
        now: Callable[[], float] = time.monotonic,
        today: Callable[[], datetime] = lambda: datetime.now(UTC).astimezone(),
    ) -> None:
        self._source = source
        self._fetch = fetch
        self._now = now
        self._today = today
        self._before: Mapping[Key, Reading] = {}
        self._last: Snapshot | None = None

    async def __call__(self) -> Snapshot:
        """Return what there is now.

        Raises:
            FleetError: Nobody knows where the tasks are.
        """
        groups = await self._source()
        places = {_key(p): p for group in groups for p in group.places}
        heard = await asyncio.gather(*map(self._read, places.values()))
        found = dict(zip(places, heard, strict=True))
        snapshot = self._snapshot(groups, found)
        # One that is silent for a while is compared with what it said before.
        news = {key: r for key, r in found.items() if isinstance(r, Reading)}
        kept = {key: r for key, r in self._before.items() if key in places}
        self._before, self._last = kept | news, snapshot
        return snapshot

    async def _read(self, place: Place) -> Reading | str:
        """Return what a page says, or why it does not."""
        if place.page is None:
            return "it has no page of metrics"
        try:
            page = await self._fetch(place.page)
            return read(page, self._now())
        except (OSError, ValueError) as error:
            return why(error)

    def _snapshot(
        self, groups: Sequence[Group], found: Mapping[Key, Reading | str]
    ) -> Snapshot:
        services = tuple(self._service(group, found) for group in groups)
        names = {p.endpoint: p.task for group in groups for p in group.places}
        clients = tuple(
            row
            for (task, endpoint), now in found.items()
            if isinstance(now, Reading)
            for row in client_rows(task, now, self._before.get((task, endpoint)), names)
        )
        made = Snapshot(self._today(), services, clients)
        return changes(self._last, made)

    def _service(self, group: Group, found: Mapping[Key, Reading | str]) -> Service:
        traffic: list[Traffic] = []
        readings: list[Reading] = []
        rows = []
        for place in group.places:
            now = found[_key(place)]
            mine = [now] if isinstance(now, Reading) else []
            before = self._before.get(_key(place))
            passed = [between(before, each) for each in mine if before]
            rows.append(_row(place, now, load(passed, mine)))
            traffic += passed
            readings += mine
        return Service(group.name, group.told, tuple(rows), load(traffic, readings))


def _key(place: Place) -> Key:
    return place.task, place.endpoint


def _row(place: Place, now: Reading | str, numbers: Load) -> TaskRow:
    problem = now if isinstance(now, str) else ""
    silent = problem and place.page and place.state in {"", HEALTHY}
    state = SILENT if silent else place.state
    return TaskRow(place.task, place.endpoint, state, problem, numbers)
