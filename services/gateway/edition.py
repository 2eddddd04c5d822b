"""One edition of schema, routes and policy: what a request is served by.

A reload makes a new one; requests that have begun keep theirs.
"""

import time
from collections.abc import AsyncGenerator, Hashable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial

from services.gateway.admission import Admission
from services.gateway.codec import Codec
from services.gateway.exchange import Request
from services.gateway.gate import Reply
from services.gateway.guard.metadata import TRACING, from_metadata, to_metadata
from services.gateway.policy.pattern import most_exact
from services.gateway.policy.policy import Policy
from services.gateway.routes import Routes
from services.gateway.schema.method import Method
from services.gateway.schema.schema import Schema
from services.gateway.terms import Terms, terms
from services.gateway.upstream.backend import Backend, Metadata
from services.gateway.upstream.deadline import asked_s, timeout_s
from services.gateway.upstream.flight import Flights
from services.gateway.upstream.kept import Kept
from services.gateway.upstream.lives import Lives
from services.gateway.upstream.resume import resuming
from services.gateway.upstream.shared import Shared
from services.gateway.upstream.token import Token

_OWN = frozenset({"x-request-id", *TRACING})
"""Metadata that differ between callers and change no answer."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What outlives an edition."""

    backends: Mapping[str, Backend]
    """By target."""
    lives: Lives = field(default_factory=Lives)
    flights: Flights = field(default_factory=Flights)
    kept: Kept = field(default_factory=Kept)
    shared: Shared = field(default_factory=Shared)


@dataclass(slots=True, eq=False)
class Edition:
    """Implements `services.gateway.gate.Gate`."""

    schema: Schema
    routes: Routes
    codec: Codec
    policy: Policy
    admission: Admission
    traffic: Traffic
    terms: Mapping[str, Terms] = field(init=False)

    def __post_init__(self) -> None:
        """Look up once what would be looked up at every call."""
        methods = self.schema.methods
        self.terms = {name: terms(each, self.policy) for name, each in methods.items()}

    def resume_field(self, method: Method) -> str:
        """Return the field that carries the resume token; see `Gate`."""
        return self.terms[method.name].stream.resume

    async def admit(self, method: Method, request: Request) -> None:
        """Let *request* in or raise; see `Gate`."""
        await self.admission.admit(method.selector, request)

    async def admit_operator(self, request: Request) -> None:
        """Let *request* see what only operators may.

        Raises:
            Failure: They may not.
        """
        await self.admission.admit_operator(request)

    def secured(self, selector: str) -> Sequence[str]:
        """Return who may call *selector*: some of anyone, key and jwt."""
        allowed = {access.methods: access.allow for access in self.policy.access}
        pattern = most_exact(allowed, selector)
        return sorted(allowed[pattern]) if pattern else ("anyone",)

    async def unary(
        self,
        method: Method,
        message: bytes,
        request: Request,
        timeout_ms: float | None = None,
    ) -> Reply:
        """Call *method*; see `Gate`."""
        if not self.admission.open:
            await self.admission.admit(method.selector, request)
        agreed = self.terms[method.name]
        limits, passed = self.policy.limits, self.policy.metadata
        limit_s = timeout_s(request.headers, timeout_ms, limits)
        sent = to_metadata(request, passed)
        if not agreed.shares:
            return await self._call(method, message, sent, limit_s)
        key = self._key(method, message, sent)
        if agreed.cache_s and (kept := self.traffic.kept.get(key)):
            return kept
        call = partial(self._call, method, message, sent)
        if agreed.single_flight:
            reply = await self.traffic.flights.fly(key, call, limit_s)
        else:
            reply = await call(limit_s)
        if agreed.cache_s:
            self.traffic.kept.keep(key, reply, agreed.cache_s)
        return reply

    async def stream(
        self,
        method: Method,
        message: bytes,
        request: Request,
        timeout_ms: float | None = None,
    ) -> AsyncGenerator[bytes, None]:
        """Yield the answers of *method*; see `Gate`."""
        await self.admission.admit(method.selector, request)
        lives, limits = self.traffic.lives, self.policy.limits
        asked = asked_s(request.headers, timeout_ms)
        if asked is not None and asked >= limits.stream_s:
            asked = None  # it ends before
        sent = to_metadata(request, self.policy.metadata)
        # Opened behind the count of streams: one too many must leave nothing behind.
        start = partial(self._answers, method, message, asked, sent)
        async with aclosing(lives.live(start, request.client, limits)) as living:
            async for answer in living:
                yield answer

    async def _call(
        self, method: Method, message: bytes, sent: Metadata, limit_s: float
    ) -> Reply:
        passed = self.policy.metadata
        backend = self.traffic.backends[method.target]
        answer, beside = await backend.unary(
            method, message, limit_s, sent, told=bool(passed.response)
        )
        return Reply(answer, from_metadata(beside, passed) if beside else ())

    def _answers(
        self, method: Method, message: bytes, asked: float | None, sent: Metadata
    ) -> AsyncGenerator[bytes, None]:
        agreed, backend = self.terms[method.name], self.traffic.backends[method.target]
        end = None if asked is None else time.monotonic() + asked

        def start(coded: bytes) -> AsyncGenerator[bytes, None]:
            left = None if end is None else max(0.0, end - time.monotonic())
            return backend.stream(method, coded, left, sent)

        if not agreed.stream.resume:
            return start(message)
        token = Token(method, agreed.stream.resume)
        whole = partial(resuming, start, message, token)
        if agreed.stream.shared and asked is None:
            key = self._key(method, b"", sent)
            joined = self.traffic.shared.join(key, message, token, whole)
            if joined is not None:
                return joined
        return whole()

    def _key(self, method: Method, message: bytes, sent: Metadata) -> Hashable:
        """Return what makes two reads equal: under one edition, for equal headers."""
        passed = tuple(pair for pair in sent if pair[0] not in _OWN)
        return method, message, passed
