"""What a channel is made of: the one place that wires the client together."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable

from fleet.client.balancer import Balancer
from fleet.client.budget import shared_budget
from fleet.client.choosing.chooser import Chooser
from fleet.client.choosing.speed import Speed
from fleet.client.config import ChannelConfig
from fleet.client.engine import open_connection
from fleet.client.health import follow
from fleet.client.judge import Judge
from fleet.client.leaving.breaker import Breaker
from fleet.client.leaving.ejection import Ejection, Record
from fleet.client.overload.limit import Limit
from fleet.client.overload.line import Line
from fleet.client.overload.rate import Rate
from fleet.client.peer import Link, Peer, State
from fleet.client.peers import Peers
from fleet.client.renewal import Renewal
from fleet.client.secrets import Secrecy
from fleet.client.traits import AllTraits
from fleet.discovery.watch import Watch
from fleet.endpoint import Endpoint

log = logging.getLogger(__name__)

TEND_S = 0.25
"""Between two looks at time: trials, slow start, calls that wait. Ejection has a
pace of its own."""

monotonic = time.monotonic


class Parts:
    """The parts of one channel before there is news of its tasks."""

    def __init__(self, target: str, config: ChannelConfig, secrecy: Secrecy) -> None:
        self._target = target
        self._config = config
        self._secrecy = secrecy
        self._balancer: Balancer | None = None
        self._watching: Watch | None = None
        self.peers = Peers(
            self._peer, self._follow, self._on_trouble, on_refresh=self._refresh
        )
        self._renewal = Renewal(self.peers, self._link)
        secrecy.on_change(self._renewal.begin)

    def on_news(self, news: Watch) -> None:
        """Take what discovery says."""
        subset = self._config.subset
        if news.answered:
            found = news.endpoints
            self.peers.update(subset.choose(found) if subset else found)
        self.peers.wake()

    @contextlib.asynccontextmanager
    async def tended(self, watching: Watch) -> AsyncIterator[Balancer]:
        """Yield what chooses, and let time pass for it."""
        self._watching = watching
        self._balancer = balancer = self._made(watching)
        self._refresh()
        tending = asyncio.create_task(_tend(balancer))
        tending.add_done_callback(_report)
        try:
            yield balancer
        finally:
            tending.cancel()
            await asyncio.wait([tending])

    async def close(self) -> None:
        """Close every connection."""
        self._renewal.stop()
        await self.peers.close()

    def _made(self, watching: Watch) -> Balancer:
        config, now = self._config, monotonic()
        chooser: Chooser[Peer] = Chooser(
            policy=config.policy(),
            stream_policy=config.stream_policy(),
            slow_start=config.slow_start,
            zone=config.zone,
            affinity=config.affinity,
        )
        ejection = Ejection(config.ejection, self._compare) if config.ejection else None
        return Balancer(
            target=self._target,
            config=config,
            peers=self.peers,
            chooser=chooser,
            judge=Judge(ejection, self.peers, self._refresh),
            line=Line(config.line),
            rate=Rate(config.rate, now) if config.rate else None,
            traits=AllTraits(config.hedge),
            budget=shared_budget(
                self._target, config.retry.budget_share, config.retry.budget_minimum
            ),
            known=watching,
        )

    def _peer(self, endpoint: Endpoint, on_idle: Callable[[Peer], None]) -> Peer:
        config = self._config
        return Peer(
            endpoint,
            self._link(endpoint),
            on_idle,
            speed=Speed(config.latency_decay_s),
            record=Record(str(endpoint)) if config.ejection else None,
            breaker=Breaker(config.breaker, monotonic) if config.breaker else None,
            limit=Limit(config.limit) if config.limit else None,
            line=Line(config.line) if config.affinity else None,
        )

    def _link(self, endpoint: Endpoint) -> Link:
        secrets = self._secrecy.now()
        return Link(open_connection(endpoint, self._config.connection, secrets))

    def _follow(
        self, peer: Peer, on_change: Callable[[Peer, State], None]
    ) -> "asyncio.Task[None]":
        """Start following *peer*; a bug there is loud."""
        service, why = self._config.health_service, self._secrecy.why
        task = asyncio.create_task(follow(peer, service, on_change, why))
        task.add_done_callback(_report)
        return task

    def _on_trouble(self) -> None:
        if self._watching is not None:
            self._watching.ask_again()

    def _refresh(self) -> None:
        if self._balancer is not None:
            self._balancer.refresh(monotonic())

    def _compare(self) -> None:
        if self._balancer is not None:
            self._balancer.judge.compare(monotonic())


@contextlib.asynccontextmanager
async def assembled(
    target: str, config: ChannelConfig, secrecy: Secrecy
) -> AsyncIterator[Parts]:
    """Make the parts of a channel; leaving closes its connections."""
    parts = Parts(target, config, secrecy)
    try:
        yield parts
    finally:
        await parts.close()


async def _tend(balancer: Balancer) -> None:
    while True:
        await asyncio.sleep(TEND_S)
        balancer.tend(monotonic())


def _report(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("bug while following an endpoint", exc_info=error)
