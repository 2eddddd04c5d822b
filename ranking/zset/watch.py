"""One watcher: its places in the feeds, and what it is told."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Collection, Iterator
from dataclasses import dataclass, field

from ranking.entry import Change, Position
from ranking.errors import BadValue, StoreUnavailable
from ranking.period import period_named
from ranking.spec import BoardSpec
from ranking.zset.feed import Feed, Place, Read
from ranking.zset.hub import Hub

_LOOK_AGAIN_S = 1.0
"""When nothing happens: a new period may have begun."""
_MOST_FEEDS = 1000


async def watch(hub: Hub, after: Position | None) -> AsyncGenerator[Change, None]:
    """Yield changes for ever; see `Board.watch`."""
    check_position(hub.calendar.spec, after or {})
    watcher = _Watcher(hub, dict(after or {}))
    try:
        await watcher.follow()
        yield watcher.say(hub.calendar.at(hub.calendar.now()).name)
        while True:
            news = hub.news
            open_ = frozenset(hub.open_feeds())
            names = list(watcher.feeds)
            changes = [c for name in names for c in await watcher.read(name, open_)]
            for change in changes:
                yield change
            await watcher.follow()
            if not changes:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), _LOOK_AGAIN_S)
    finally:
        watcher.leave()


def check_position(spec: BoardSpec, position: Position) -> None:
    """Raise `BadValue` for a position that no watcher of this board was given."""
    for name, seq in position.items():
        period, slash, number = name.partition("/")
        shard = int(number) if number.isascii() and number.isdigit() else -1
        fits = 0 <= shard < spec.shards if spec.shards > 1 else not slash
        if not fits or seq < 0 or len(position) > _MOST_FEEDS:
            raise BadValue("resume_token", name, "one that this board has given")
        period_named(spec, period)


@dataclass(slots=True)
class _Watcher:
    hub: Hub
    position: dict[str, int]
    feeds: dict[str, tuple[Feed, Place]] = field(default_factory=dict)
    newest: str = ""
    """The latest period that was followed, though it may be over."""

    async def follow(self) -> None:
        """Follow what is open now, and what the position still names."""
        named = [name for name in self.position if name not in self.feeds]
        newest = self.newest or max(map(_period, self.position), default="")
        for name in dict.fromkeys([*named, *self.hub.open_feeds()]):
            if name in self.feeds:
                continue
            feed = self.hub.follow(name)
            self.feeds[name] = feed, Place(0, 0)
            place = Place(self.position.get(name, 0), feed.generation)
            # A period that began after the watch is told from its beginning on.
            if name not in self.position and (not newest or _period(name) <= newest):
                place = await feed.last()
            self.feeds[name] = feed, place
            self.position[name] = place.seq
            self.newest = max(self.newest, _period(name))

    async def read(self, name: str, open_: Collection[str]) -> list[Change]:
        """Return what is new in the feed *name*; leave it unless it is *open_*."""
        feed, place = self.feeds[name]
        try:
            read = await feed.after(place)
        except StoreUnavailable:
            return []  # the feed is polled again and again; its news wake us
        if read.place == place and name not in open_:
            del self.feeds[name], self.position[name]
            self.hub.leave(name)
            return []
        self.feeds[name] = feed, read.place
        return list(self._told(name, read))

    def leave(self) -> None:
        """Follow nothing any more."""
        for name in self.feeds:
            self.hub.leave(name)

    def _told(self, name: str, read: Read) -> Iterator[Change]:
        period = _period(name)
        if read.rewound:
            self.position[name] = read.place.seq
            yield self.say(period, missed=-1)
        for seq, entry, previous in read.changes:
            yield from self._gap(name, seq - 1)
            self.position[name] = seq
            change = self.say(period, erased=entry is None)
            yield change._replace(entry=entry, previous_rank=previous)
        yield from self._gap(name, read.place.seq)

    def _gap(self, name: str, until: int) -> Iterator[Change]:
        """Say what is missing up to number *until*: trimmed, or of an erased user."""
        if missed := until - self.position[name]:
            self.position[name] = until
            yield self.say(_period(name), missed=missed)

    def say(self, period: str, *, missed: int = 0, erased: bool = False) -> Change:
        """Return a change without an entry, at the position that is reached."""
        return Change(None, 0, period, dict(self.position), missed, erased)


def _period(feed: str) -> str:
    return feed.partition("/")[0]
