"""Spans of calls: whose children they are, and what they say."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased
from opentelemetry.trace import SpanKind

from fleet.errors import Status
from fleet.telemetry.client import ClientTelemetry
from fleet.telemetry.opentelemetry import OpenTelemetry
from fleet.telemetry.tally import Tally
from fleet.telemetry.tracing import Metadata

TARGET, PATH = "dns://game-server.local:5000", "/rpc.Rpc/GetChampion"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"


class Made:
    """What makes spans, and the spans that have ended."""

    def __init__(self, *, keep: bool = True) -> None:
        self._exporter = InMemorySpanExporter()
        sampler = ParentBased(ALWAYS_ON if keep else ALWAYS_OFF)
        self.provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracing = OpenTelemetry(self.provider)
        self.client = ClientTelemetry(Tally(), self.tracing)

    @property
    def ended(self) -> Sequence[ReadableSpan]:
        """In the order of their ends."""
        return self._exporter.get_finished_spans()


@pytest.fixture
def made() -> Made:
    return Made()


@pytest.fixture(autouse=True)
def nothing_is_current() -> Iterator[None]:
    token = attach(Context())
    yield
    detach(token)


def names(span: ReadableSpan) -> str:
    """Return the names of *span* as it would be sent."""
    return f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-03"


def sent(metadata: Metadata | None) -> dict[str, str | bytes]:
    return dict(metadata or ())


def test_a_call_is_the_parent_of_its_attempts(made: Made) -> None:
    call = made.client.begin(TARGET, PATH, None, 0.0)
    first = call.attempt("10.0.0.1:5000", 0.0)
    second = call.attempt("[fd00::2]:5000", 0.1)
    call.attempt_ended(second, 0, 0.2)
    call.attempt_ended(first, Status.UNAVAILABLE, 0.3)
    call.ended(0, 0.3)

    good, bad, whole = made.ended
    assert whole.name == "rpc.Rpc/GetChampion"
    assert good.name == bad.name == "Attempt.rpc.Rpc.GetChampion"
    assert good.kind is bad.kind is whole.kind is SpanKind.CLIENT
    assert good.parent == bad.parent == whole.context
    assert sent(first.metadata)["traceparent"] == names(bad)
    assert sent(second.metadata)["traceparent"] == names(good)
    assert sent(call.metadata)["traceparent"] == names(whole)
    assert whole.status.is_unset
    assert good.status.is_unset
    assert bad.status.description == "UNAVAILABLE"


def test_says_what_the_conventions_ask_for(made: Made) -> None:
    call = made.client.begin(TARGET, PATH, None, 0.0)
    call.attempt_ended(call.attempt("10.0.0.1:5000", 0.0), Status.NOT_FOUND, 0.1)
    call.ended(Status.NOT_FOUND, 0.1)

    attempt, whole = made.ended
    method = {
        "rpc.system": "grpc",
        "rpc.service": "rpc.Rpc",
        "rpc.method": "GetChampion",
        "rpc.grpc.status_code": 5,
    }
    service = {"server.address": "game-server.local", "server.port": 5000}
    peer = {"network.peer.address": "10.0.0.1", "network.peer.port": 5000}
    assert whole.attributes == {**method, **service}
    assert attempt.attributes == {**method, **peer, "previous-rpc-attempts": 0}
    assert not whole.status.is_ok


def test_what_the_program_has_made_current_is_the_parent(made: Made) -> None:
    tracer = made.provider.get_tracer("the program's own")
    with tracer.start_as_current_span("its work") as work:
        given = [("traceparent", PARENT), ("a", "b")]
        call = made.client.begin(TARGET, PATH, given, 0.0)
    call.ended(0, 0.1)

    [_, whole] = made.ended
    assert whole.parent == work.get_span_context()
    assert dict(call.metadata or ()) == {"traceparent": names(whole), "a": "b"}


def test_a_parent_that_is_passed_on_is_taken_up(made: Made) -> None:
    """As the gateway does: the trace begins with whoever called it by HTTP."""
    state = ("tracestate", "vendor=1")
    given: Metadata = [("traceparent", PARENT), state, ("x-bin", b"\0")]

    call = made.client.begin(TARGET, PATH, given, 0.0)
    call.ended(0, 0.1)

    [whole] = made.ended
    assert whole.parent is not None
    assert f"{whole.parent.span_id:016x}" == SPAN
    assert f"{whole.context.trace_id:032x}" == TRACE
    assert sent(call.metadata)["tracestate"] == "vendor=1"
    assert sent(call.metadata)["x-bin"] == b"\0"
    assert [key for key, _ in call.metadata or ()].count("traceparent") == 1


def test_the_state_of_another_trace_is_not_sent(made: Made) -> None:
    tracer = made.provider.get_tracer("the program's own")
    with tracer.start_as_current_span("its work"):
        call = made.client.begin(TARGET, PATH, [("tracestate", "vendor=1")], 0.0)

    assert "tracestate" not in sent(call.metadata)


def test_a_call_that_is_not_kept_says_so_to_the_next() -> None:
    made = Made(keep=False)
    call = made.client.begin(TARGET, PATH, [("a", "b")], 0.0)
    attempt = call.attempt("10.0.0.1:5000", 0.0)
    call.attempt_ended(attempt, 0, 0.1)
    call.ended(0, 0.1)

    assert not made.ended
    assert attempt.metadata is call.metadata
    parent = str(sent(call.metadata)["traceparent"])
    assert int(parent[-2:], 16) & 1 == 0
    [series] = made.client.metrics.clients
    assert not series.calls.times[0].exemplars


def test_a_kept_call_is_an_example_of_its_bucket(made: Made) -> None:
    made.client.begin(TARGET, PATH, None, 0.0).ended(0, 0.1)

    [whole], [series] = made.ended, made.client.metrics.clients
    [example] = series.calls.times[0].exemplars.values()
    assert example.trace.trace_id == f"{whole.context.trace_id:032x}"
    assert example.trace.span_id == f"{whole.context.span_id:016x}"
    assert example.seconds == pytest.approx(0.1)


async def received(made: Made, metadata: Metadata) -> None:
    """Answer a call in a task of its own, as a server does."""

    async def handle() -> None:
        span = made.tracing.received(PATH, metadata, lambda: "ipv4:10.0.0.9:4711")
        call = made.client.begin(TARGET, PATH, None, 0.0)
        call.ended(0, 0.1)
        span.ended(0, None)

    await asyncio.create_task(handle())


async def test_a_handlers_calls_are_children_of_its_own(made: Made) -> None:
    await received(made, [("traceparent", PARENT)])

    inner, served = made.ended
    assert served.kind is SpanKind.SERVER
    assert served.name == "rpc.Rpc/GetChampion"
    assert served.parent is not None
    assert served.parent.is_remote
    assert f"{served.parent.span_id:016x}" == SPAN
    assert inner.parent == served.context
    attributes = served.attributes or {}
    assert attributes["network.peer.address"] == "10.0.0.9"
    assert not trace.get_current_span().get_span_context().is_valid


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param([], id="none"),
        pytest.param([("traceparent", "garbage")], id="garbage"),
        pytest.param([("traceparent", f"00-{'0' * 32}-{SPAN}-01")], id="zeros"),
        pytest.param([("traceparent", PARENT + "-more")], id="too-long"),
        pytest.param([("traceparent", "a" * 8000)], id="huge"),
        pytest.param([("traceparent", PARENT.encode())], id="bytes"),
        pytest.param([("traceparent", PARENT), ("traceparent", PARENT)], id="two"),
        pytest.param([("tracestate", "vendor=1")], id="only-a-state"),
    ],
)
async def test_without_one_good_parent_a_trace_begins_here(
    made: Made, metadata: Metadata
) -> None:
    with made.provider.get_tracer("start").start_as_current_span("of the server"):
        await received(made, metadata)

    assert made.ended[1].parent is None


@pytest.mark.parametrize(
    ("status", "wrong"),
    [
        (Status.OK, False),
        (Status.NOT_FOUND, False),
        (Status.CANCELLED, False),
        (Status.INTERNAL, True),
        (Status.UNAVAILABLE, True),
        (Status.DEADLINE_EXCEEDED, True),
    ],
)
def test_a_servers_error_is_what_is_its_own_fault(
    made: Made,
    status: Status,
    wrong: bool,  # noqa: FBT001 - a column of the table
) -> None:
    token = attach(Context())
    made.tracing.received(PATH, [], lambda: "").ended(status, None)
    detach(token)

    [span] = made.ended
    assert (span.status.description == status.name) is wrong
    assert (span.attributes or {})["rpc.grpc.status_code"] == status


def test_a_bug_is_shown_with_its_stack(made: Made) -> None:
    token = attach(Context())
    span = made.tracing.received(PATH, [], lambda: "")
    try:
        int("seven")
    except ValueError as error:
        span.ended(Status.INTERNAL, error)
    detach(token)

    [event] = made.ended[0].events
    assert "test_telemetry_spans" in str(
        (event.attributes or {})["exception.stacktrace"]
    )
