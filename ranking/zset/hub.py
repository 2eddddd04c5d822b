"""The feeds of a board that somebody on this task watches."""

import asyncio
import logging
from dataclasses import dataclass, field

from ranking.calendar import Calendar
from ranking.errors import RankingError
from ranking.period import previous
from ranking.zset.feed import Feed
from ranking.zset.periods import Periods

log = logging.getLogger(__name__)

EVERY_S = 0.025
"""Between two looks at a feed. Asking costs the store one lookup when nothing is
new, goes on after restarts and moved slots, and blocks no connection."""
_LINGER_MS = 60_000
"""A period is followed this much longer than our clock says that it takes scores: the
store's clock decides, and may be behind."""
_MOST_OPEN = 10
"""Periods that take scores at the same time: grace may be longer than a period."""


@dataclass(slots=True)
class _Followed:
    feed: Feed
    polling: asyncio.Task[None]
    watchers: int = 0


@dataclass(slots=True)
class Hub:
    """Polls each watched feed once, however many watch it."""

    periods: Periods
    calendar: Calendar
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, and replaced by another, when a feed has something new."""
    _followed: dict[str, _Followed] = field(default_factory=dict)

    def open_feeds(self) -> list[str]:
        """Return the feeds of every period that takes scores now, the oldest first."""
        calendar, now = self.calendar, self.calendar.now()
        periods = [calendar.at(now)]
        while len(periods) < _MOST_OPEN and periods[-1].start_ms > 0:
            before = previous(calendar.spec, periods[-1])
            if now >= calendar.closes(before) + _LINGER_MS:
                break
            periods.append(before)
        return [f for p in reversed(periods) for f in self.periods[p.name].feeds]

    def follow(self, name: str) -> Feed:
        """Return the feed *name*, which is polled until `leave`."""
        followed = self._followed.get(name)
        if followed is None:
            feed = self._feed(name)
            polling = asyncio.create_task(self._poll(feed))
            followed = self._followed[name] = _Followed(feed, polling)
        followed.watchers += 1
        return followed.feed

    def leave(self, name: str) -> None:
        """Poll the feed *name* no longer, unless others follow it."""
        followed = self._followed[name]
        followed.watchers -= 1
        if not followed.watchers:
            del self._followed[name]
            followed.polling.cancel()

    def _feed(self, name: str) -> Feed:
        period, _, number = name.partition("/")
        shards = self.periods[period]
        return Feed(shards, shards.keys[int(number or 0)])

    async def _poll(self, feed: Feed) -> None:
        while True:
            try:
                if await feed.poll():
                    self._beat()
            except RankingError as error:
                log.debug("watching goes on later: %s", error)
            except Exception:
                log.exception("bug in a feed, watching goes on")
            await asyncio.sleep(EVERY_S)

    def _beat(self) -> None:
        self.news.set()
        self.news = asyncio.Event()
