"""The edition that requests are served by now, and how it is renewed."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from fleet.errors import BadConfig, FleetError
from services.gateway.admission import Admission
from services.gateway.codec import Codec
from services.gateway.edition import Edition, Traffic, check_streams
from services.gateway.guard.access import Access
from services.gateway.guard.rate import Limiter
from services.gateway.guard.rates import Rates
from services.gateway.policy.load import load as load_policy
from services.gateway.policy.pattern import strangers
from services.gateway.policy.policy import Policy
from services.gateway.routes import Routes
from services.gateway.schema.build import build
from services.gateway.schema.schema import Schema
from services.gateway.schema.source import (
    Source,
    described,
    read_descriptors,
    reflected,
)
from services.gateway.settings import POLICY, ROUTES, GatewaySettings

log = logging.getLogger("gateway")

_ASK_S = 3.0
"""For one backend to say what it serves."""


class Editions:
    """Makes editions, and keeps the last good one.

    Attributes:
        current: Serves every request that begins now.
        failed: Why the newest could not be made; empty: it was.
    """

    current: Edition

    def __init__(
        self,
        settings: GatewaySettings,
        env: Mapping[str, str],
        traffic: Traffic,
        limiter: Limiter,
    ) -> None:
        self._settings = settings
        self._env = env
        self._traffic = traffic
        self._limiter = limiter
        self._sources: dict[str, Source] = {}
        self._schema: tuple[Sequence[str], Schema] | None = None
        self.failed = ""
        self.made = 0

    async def first(self) -> None:
        """Make the first edition.

        Raises:
            BadConfig: The files cannot be used.
        """
        await self.ask()
        self.current = self._make()

    async def ask(self) -> None:
        """Ask every backend what it serves; who does not answer keeps its last word."""
        await asyncio.gather(*map(self._ask, self._settings.each_target))

    def renew(self) -> bool:
        """Make an edition of what is known now; tell whether it took its place."""
        try:
            self.current = self._make()
        except BadConfig as error:
            if str(error) != self.failed:
                told = f"{error.source}: {'; '.join(error.problems)}"
                log.error("reload failed, the old edition stays: %s", told)  # noqa: TRY400 - no bug
            self.failed = str(error)
            return False
        self.failed = ""
        log.info(
            "edition %d: %d methods, %d routes",
            self.made,
            len(self.current.schema.methods),
            len(self.current.routes.rules()),
        )
        return True

    @property
    def digests(self) -> list[str]:
        """Return what the backends have said, as hashes."""
        return [source.digest for source in self._sources.values()]

    def _make(self) -> Edition:
        documented = read_descriptors(Path(self._settings.descriptors))
        policy = load_policy(Path(self._settings.policy), self._env)
        schema = self._built(documented)
        codec = Codec(schema.pool)
        routes = self._routes(schema, codec)
        if problems := check_streams(policy, schema):
            raise BadConfig(self._settings.policy, problems)
        access = Access(policy, self._env)
        self._warn(policy, schema)
        admission = Admission(access, Rates(policy.rates, self._limiter))
        self.made += 1
        return Edition(schema, routes, codec, policy, admission, self._traffic)

    def _warn(self, policy: Policy, schema: Schema) -> None:
        """Tell of patterns that name nothing: one that is misspelt leaves open."""
        path = self._settings.policy
        if path == str(POLICY):  # our own: about services that may not be here
            return
        for stranger in strangers(
            policy, [m.selector for m in schema.methods.values()]
        ):
            log.warning("%s: %s", path, stranger)

    def _built(self, documented: Sequence[FileDescriptorProto]) -> Schema:
        targets = self._settings.each_target
        known = [self._sources[t] for t in targets if t in self._sources]
        silent = [described(t, documented) for t in targets if t not in self._sources]
        return build([*known, *silent], documented)

    def _routes(self, schema: Schema, codec: Codec) -> Routes:
        path = Path(self._settings.routes)
        # Our own file is about our own services; others may be behind us.
        return Routes.load(path, schema, codec, only_served=path == ROUTES)

    async def _ask(self, target: str) -> None:
        channel = self._traffic.backends[target].channel
        try:
            async with asyncio.timeout(_ASK_S):
                self._sources[target] = await reflected(target, channel)
        except (FleetError, TimeoutError) as error:
            reason = str(error) or f"no answer in {_ASK_S:g} s"
            log.warning("%s does not say what it serves: %s", target, reason)
