"""The spans of one call: what calls, each of its attempts, what answers."""

from collections.abc import Callable

from opentelemetry.context import Context
from opentelemetry.trace import (
    Span,
    SpanKind,
    StatusCode,
    Tracer,
    format_span_id,
    format_trace_id,
    set_span_in_context,
)

from fleet.errors import Status
from fleet.telemetry.names import STATUS, method_of, peer_of
from fleet.telemetry.times import Trace
from fleet.telemetry.tracing import Metadata

Inject = Callable[[Context, Metadata | None], Metadata]
"""Adds the current span of a context to the pairs that are sent."""

_OURS = frozenset(
    {
        Status.UNKNOWN,
        Status.DEADLINE_EXCEEDED,
        Status.UNIMPLEMENTED,
        Status.INTERNAL,
        Status.UNAVAILABLE,
        Status.DATA_LOSS,
    }
)
"""Errors of who answers; others are its caller's. Source: semantic conventions."""


class SentSpan:
    """A call that this process makes; for a caller any status but OK is an error.

    Attributes:
        metadata: The caller's own, with this span as the parent.
    """

    __slots__ = (
        "_attempts",
        "_context",
        "_given",
        "_inject",
        "_path",
        "_span",
        "_tracer",
        "metadata",
    )

    def __init__(  # noqa: PLR0913, PLR0917 - what one call has
        self,
        tracer: Tracer,
        inject: Inject,
        span: Span,
        context: Context,
        path: str,
        given: Metadata | None,
    ) -> None:
        self.metadata = inject(context, given)
        self._tracer = tracer
        self._inject = inject
        self._span = span
        self._context = context
        self._path = path
        self._given = given
        self._attempts = 0

    @property
    def trace(self) -> Trace | None:
        """None: the span is not kept."""
        return trace_of(self._span)

    def attempt(self, endpoint: object) -> "AttemptSpan | None":
        """Begin the span of an attempt, if this one is recorded."""
        if not self._span.is_recording():
            return None
        name = f"Attempt.{self._path.removeprefix('/').replace('/', '.')}"
        before = {"previous-rpc-attempts": self._attempts}
        attributes = {**method_of(self._path), **peer_of(str(endpoint)), **before}
        self._attempts += 1
        span = self._tracer.start_span(name, self._context, SpanKind.CLIENT, attributes)
        context = set_span_in_context(span, self._context)
        return AttemptSpan(span, self._inject(context, self._given))

    def ended(self, status: int) -> None:
        """End the span."""
        end(self._span, status, wrong=status != 0)


class AttemptSpan:
    """One attempt of a call.

    Attributes:
        metadata: What to send with it.
    """

    __slots__ = ("_span", "metadata")

    def __init__(self, span: Span, metadata: Metadata) -> None:
        self.metadata = metadata
        self._span = span

    def ended(self, status: int) -> None:
        """End the span."""
        end(self._span, status, wrong=status != 0)


class ReceivedSpan:
    """A call that this process answers."""

    __slots__ = ("_span",)

    def __init__(self, span: Span) -> None:
        self._span = span

    @property
    def trace(self) -> Trace | None:
        """None: the span is not kept."""
        return trace_of(self._span)

    def ended(self, status: int, bug: BaseException | None) -> None:
        """End the span, and show *bug* with its stack."""
        if bug is not None:
            self._span.record_exception(bug)
        end(self._span, status, wrong=status in _OURS)


def end(span: Span, status: int, *, wrong: bool) -> None:
    """End *span* with *status*; one that is not recorded does nothing."""
    if span.is_recording():
        span.set_attribute(STATUS, int(status))
        if wrong:
            span.set_status(StatusCode.ERROR, Status(status).name)
    span.end()


def trace_of(span: Span) -> Trace | None:
    """Return the names of *span* if it is kept."""
    names = span.get_span_context()
    if not names.trace_flags.sampled:
        return None
    return Trace(format_trace_id(names.trace_id), format_span_id(names.span_id))
