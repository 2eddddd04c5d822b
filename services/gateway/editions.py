"""The edition that requests are served by now, and how it is renewed."""

import asyncio
import dataclasses
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from fleet.errors import BadConfig, FleetError
from services.gateway.admission import Admission
from services.gateway.codec import Codec, codec_of
from services.gateway.edition import Edition, Traffic
from services.gateway.guard.access import Access
from services.gateway.guard.rate import Limiter
from services.gateway.guard.rates import Rates
from services.gateway.policy.load import load as load_policy
from services.gateway.policy.pattern import absent, strangers
from services.gateway.policy.policy import Policy
from services.gateway.routes import Routes
from services.gateway.schema.build import build
from services.gateway.schema.known import Known
from services.gateway.schema.schema import Schema
from services.gateway.schema.source import (
    Source,
    described,
    read_descriptors,
    reflected,
)
from services.gateway.settings import POLICY, ROUTES, GatewaySettings
from services.gateway.terms import check_streams

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
        self._known = {target: Known() for target in settings.each_target}
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

    def renew(self) -> None:
        """Make an edition of what is known now; the old one stays if it cannot be."""
        try:
            self.current = self._make()
        except BadConfig as error:
            if str(error) != self.failed:
                told = f"{error.source}: {'; '.join(error.problems)}"
                log.error("reload failed, the old edition stays: %s", told)  # noqa: TRY400 - no bug
            self.failed = str(error)
            return
        self.failed = ""
        log.info(
            "edition %d: %d methods, %d routes",
            self.made,
            len(self.current.schema.methods),
            len(self.current.routes.rules()),
        )

    @property
    def digests(self) -> list[str]:
        """Return what the backends have said, as hashes."""
        return [source.digest for source in self._sources]

    @property
    def settled(self) -> bool:
        """Whether every backend's tasks say the same."""
        return all(known.settled for known in self._known.values())

    @property
    def _sources(self) -> list[Source]:
        return [known.source for known in self._known.values() if known.source]

    def _make(self) -> Edition:
        documented = read_descriptors(Path(self._settings.descriptors))
        policy = self._policy()
        schema = self._built(documented)
        codec = codec_of(schema.pools)
        routes = self._routes(schema, codec)
        self._check(policy, schema)
        rates = Rates(policy.rates, self._limiter)
        admission = Admission(Access(policy, self._env), rates)
        self.made += 1
        return Edition(schema, routes, codec, policy, admission, self._traffic)

    def _policy(self) -> Policy:
        said = load_policy(Path(self._settings.policy), self._env)
        proxies = (*said.trusted_proxies, *self._settings.proxies)
        return dataclasses.replace(said, trusted_proxies=proxies)

    def _check(self, policy: Policy, schema: Schema) -> None:
        """Refuse names that name nothing: a misspelt one under [[access]] leaves open.

        Raises:
            BadConfig: They are of a service that is served. Others may come.
        """
        selectors = [method.selector for method in schema.methods.values()]
        problems = check_streams(policy, schema)
        problems += strangers(policy, selectors)
        if problems:
            raise BadConfig(self._settings.policy, problems)
        if self._settings.policy != str(POLICY):  # ours is about services of ours
            for stranger in absent(policy, selectors):
                log.warning("%s: %s", self._settings.policy, stranger)

    @property
    def _silent(self) -> list[str]:
        return [target for target, known in self._known.items() if not known.source]

    def _built(self, documented: Sequence[FileDescriptorProto]) -> Schema:
        presumed = [described(target, documented) for target in self._silent]
        return build([*self._sources, *presumed], documented)

    def _routes(self, schema: Schema, codec: Codec) -> Routes:
        path = Path(self._settings.routes)
        # Our own file is about our own services, and others may be behind us. And
        # one backend that is away must not keep us from serving the others.
        lenient = path == ROUTES or bool(self._silent)
        return Routes.load(path, schema, codec, only_served=lenient)

    async def _ask(self, target: str) -> None:
        channel = self._traffic.backends[target].channel
        try:
            async with asyncio.timeout(_ASK_S):
                self._known[target].hear(await reflected(target, channel))
        except (FleetError, TimeoutError) as error:
            reason = str(error) or f"no answer in {_ASK_S:g} s"
            log.warning("%s does not say what it serves: %s", target, reason)
