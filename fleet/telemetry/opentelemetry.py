"""Spans for calls, by OpenTelemetry.

A call and its answer are named as OpenTelemetry's RPC conventions say,
`rpc.Rpc/GetChampion`: backends group by that name, and by kind. The conventions have
no word for attempts; theirs is gRFC A72's, `Attempt.rpc.Rpc.GetChampion`. The server's
span is a child of the attempt, so that a retry and a hedge tell which task was slow.

Source: https://github.com/grpc/proposal/blob/master/A72-open-telemetry-tracing.md
"""

from collections.abc import Callable

from opentelemetry import context as contexts
from opentelemetry.context import Context
from opentelemetry.propagate import get_global_textmap
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.trace import (
    SpanKind,
    TracerProvider,
    get_current_span,
    set_span_in_context,
)

from fleet.telemetry.names import SCHEMA, method_of, peer_of, server_of
from fleet.telemetry.opentelemetry_spans import ReceivedSpan, SentSpan
from fleet.telemetry.tracing import Metadata

SCOPE = "grpc-fleet"
"""The library that makes the spans."""
_PARENT, _STATE = "traceparent", "tracestate"


class OpenTelemetry:
    """Implements `fleet.telemetry.tracing.Tracing`.

    Args:
        provider: Of the SDK, or what the program has set up for itself.
        propagator: How a trace travels; None: as OTEL_PROPAGATORS says, which is W3C's
            trace context and baggage by default.
    """

    def __init__(
        self, provider: TracerProvider, propagator: TextMapPropagator | None = None
    ) -> None:
        self._tracer = provider.get_tracer(SCOPE, schema_url=SCHEMA)
        self._propagator = propagator or get_global_textmap()
        self._fields = frozenset(self._propagator.fields)

    def sent(self, target: str, path: str, metadata: Metadata | None) -> SentSpan:
        """Begin the span of a call; see `Tracing`."""
        parent = self._parent(metadata)
        attributes = {**method_of(path), **server_of(target)}
        name = path.removeprefix("/")
        span = self._tracer.start_span(name, parent, SpanKind.CLIENT, attributes)
        context = set_span_in_context(span, parent)
        return SentSpan(self._tracer, self._inject, span, context, path, metadata)

    def received(
        self, path: str, metadata: Metadata, peer: Callable[[], str]
    ) -> ReceivedSpan:
        """Begin the span of a call that came in; see `Tracing`."""
        # Not beneath what happened to be current when the server was started.
        parent = self._propagator.extract(self._carrier(metadata), Context())
        name, attributes = path.removeprefix("/"), method_of(path)
        span = self._tracer.start_span(name, parent, SpanKind.SERVER, attributes)
        contexts.attach(set_span_in_context(span, parent))
        if span.is_recording():
            span.set_attributes(peer_of(peer()))
        return ReceivedSpan(span)

    def _parent(self, metadata: Metadata | None) -> Context | None:
        """Return the context to begin in; None: the current one."""
        if metadata is None or get_current_span().get_span_context().is_valid:
            return None
        carrier = self._carrier(metadata)
        if not carrier:
            return None
        return self._propagator.extract(carrier, contexts.get_current())

    def _carrier(self, metadata: Metadata) -> dict[str, list[str]]:
        """Return what of *metadata* is about the trace; two parents are none."""
        found: dict[str, list[str]] = {}
        for key, value in metadata:
            if key in self._fields and isinstance(value, str):
                found.setdefault(key, []).append(value)
        if len(found.get(_PARENT, ())) > 1:
            del found[_PARENT]
        return found

    def _inject(self, context: Context, metadata: Metadata | None) -> Metadata:
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier, context)
        if not metadata:
            return tuple(carrier.items())
        ours = carrier.keys() | {_STATE}  # of another trace it would mean nothing
        kept = [pair for pair in metadata if pair[0] not in ours]
        return (*kept, *carrier.items())
