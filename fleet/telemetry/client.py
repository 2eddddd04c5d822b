"""What a channel tells of its calls."""

import time

from fleet.telemetry.endpoints import Explains
from fleet.telemetry.tally import ClientSeries, Tally
from fleet.telemetry.tracing import Metadata, Sent, SentAttempt, Tracing


class ClientTelemetry:
    """Told of every call of the channels that have it in their configuration.

    Args:
        metrics: Where calls are counted; None: where nobody looks.
        tracer: Makes spans; None: there are none, and metadata stay as they are.
    """

    def __init__(
        self, metrics: Tally | None = None, tracer: Tracing | None = None
    ) -> None:
        self.metrics = Tally() if metrics is None else metrics
        self.tracer = tracer
        self._known = self.metrics.known

    def watch(self, channel: Explains) -> None:
        """Tell of the endpoints of *channel* until it is closed or forgotten."""
        self.metrics.channels.add(channel)

    def begin(
        self,
        target: str,
        path: str,
        metadata: Metadata | None = None,
        now: float | None = None,
    ) -> "Call":
        """Begin a call, before its first attempt; `ended` must follow.

        Args:
            target: Of the channel.
            path: Such as `/rpc.Rpc/GetChampion`.
            metadata: The caller's own.
            now: On the clock of `time.monotonic`; None: it is asked.
        """
        series = self._known.get((target, path)) or self.metrics.client(target, path)
        began = time.monotonic() if now is None else now
        if self.tracer is None:
            return Call(series, began, metadata, None)
        span = self.tracer.sent(target, path, metadata)
        return Call(series, began, span.metadata, span)


class Call:
    """One call, over all its attempts.

    Attributes:
        metadata: What to send: the caller's own, and the trace where there is one.
    """

    __slots__ = ("_began", "_series", "_span", "metadata")

    def __init__(
        self,
        series: ClientSeries,
        began: float,
        metadata: Metadata | None,
        span: Sent | None,
    ) -> None:
        self.metadata = metadata
        self._series = series
        self._began = began
        self._span = span

    def attempt(self, endpoint: object, now: float) -> "Attempt":
        """Begin an attempt on *endpoint*; several may be under way.

        Args:
            endpoint: Looked at only when the call is traced; its text is IP:PORT.
            now: On the clock of `time.monotonic`.
        """
        series = self._series
        series.started += 1
        if self._span is None:
            return Attempt(self.metadata, now, None)
        span = self._span.attempt(endpoint)
        metadata = self.metadata if span is None else span.metadata
        return Attempt(metadata, now, span)

    def attempt_ended(self, attempt: "Attempt", status: int, now: float) -> None:
        """Count *attempt* as ended with *status*; once, a hedge that lost too."""
        self._series.attempts.add(status, now - attempt.began)
        if attempt.span is not None:
            attempt.span.ended(status)

    def ended(self, status: int, now: float) -> None:
        """Count the call as ended with *status*, as its caller sees it; once."""
        if self._span is None:
            self._series.calls.add(status, now - self._began)
        else:
            self._series.calls.add(status, now - self._began, self._span.trace)
            self._span.ended(status)


class Attempt:
    """One attempt of a call.

    Attributes:
        metadata: What to send with it: as its call's, but for a call that is traced
            the server's span becomes a child of this very attempt.
        began: On the clock of `time.monotonic`, in seconds.
        span: None: it has none.
    """

    __slots__ = ("began", "metadata", "span")

    def __init__(
        self, metadata: Metadata | None, began: float, span: SentAttempt | None
    ) -> None:
        self.metadata = metadata
        self.began = began
        self.span = span
