"""What is read from the trailers of a refusal, well-meant or hostile."""

import random

import pytest
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import status_pb2  # type: ignore[import-untyped]  # has none
from google.rpc.error_details_pb2 import (  # type: ignore[import-untyped]  # has none
    BadRequest,
    ErrorInfo,
    RetryInfo,
)

from fleet.client.overload.pushback import NONE, Pushback, pushback
from fleet.errors import Overloaded, Status
from fleet.server.details import KEY, status_details

DETAILS = "grpc-status-details-bin"
MS = "grpc-retry-pushback-ms"
OVERLOADED = ErrorInfo(reason="OVERLOADED", domain="fleet")


def packed(message: Message) -> Any:
    wrapped = Any()
    wrapped.Pack(message)
    return wrapped


def status(*details: Message) -> bytes:
    rich = status_pb2.Status(code=Status.RESOURCE_EXHAUSTED, message="too much")
    rich.details.extend(packed(detail) for detail in details)
    return bytes(rich.SerializeToString())


def retry(seconds: int, nanos: int = 0) -> RetryInfo:
    return RetryInfo(retry_delay=Duration(seconds=seconds, nanos=nanos))


def test_understands_our_own_servers() -> None:
    refusal = Overloaded("1000 calls are running", 0.25)
    found = pushback([("x-request-id", "7"), (KEY, status_details(refusal))])
    assert found.overloaded
    assert found.delay_s is not None
    assert not found.never


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        pytest.param([retry(1, 500_000_000)], Pushback(1.5), id="a-delay"),
        pytest.param([OVERLOADED], Pushback(overloaded=True), id="ours-without-delay"),
        pytest.param(
            [BadRequest(), OVERLOADED, retry(2)], Pushback(2, overloaded=True), id="all"
        ),
        pytest.param(
            [ErrorInfo(reason="OVERLOADED", domain="other")], NONE, id="of-others"
        ),
        pytest.param(
            [ErrorInfo(reason="QUOTA", domain="fleet")], NONE, id="another-reason"
        ),
        pytest.param([retry(-3)], Pushback(0), id="a-negative-delay-is-none"),
        pytest.param([retry(0, -1)], Pushback(0), id="a-negative-nanosecond"),
        pytest.param([retry(2**62)], Pushback(60), id="a-huge-delay-is-a-minute"),
        pytest.param([retry(-(2**63))], Pushback(0), id="the-least-of-numbers"),
        pytest.param([retry(1), retry(3), retry(2)], Pushback(3), id="the-longest"),
        pytest.param([], NONE, id="nothing"),
    ],
)
def test_reads_google_rpc(details: list[Message], expected: Pushback) -> None:
    assert pushback([(DETAILS, status(*details))]) == expected


NEVER = Pushback(never=True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("0", Pushback(0), id="at-once"),
        pytest.param("1500", Pushback(1.5), id="later"),
        pytest.param(b"1500", Pushback(1.5), id="in-bytes"),
        pytest.param("9" * 10, Pushback(60), id="huge"),
        pytest.param("9" * 11, NEVER, id="more-digits-than-grpc-reads"),
        pytest.param("9" * 8000, NEVER, id="more-digits-than-python-reads"),
        pytest.param("-1", NEVER, id="negative"),
        pytest.param("", NEVER, id="empty"),
        pytest.param("soon", NEVER, id="words"),
        pytest.param("1.5", NEVER, id="a-fraction"),
        pytest.param("1_000", NEVER, id="what-only-python-reads"),
        pytest.param("\u0661", NEVER, id="digits-of-another-script"),
        pytest.param(b"\xff\xfe", NEVER, id="no-text"),
    ],
)
def test_reads_the_pushback_of_a6(value: str | bytes, expected: Pushback) -> None:
    assert pushback([(MS, value)]) == expected


def test_of_both_the_longer_holds() -> None:
    details = (DETAILS, status(retry(2)))
    assert pushback([details, (MS, "500")]) == Pushback(2)
    assert pushback([(MS, "5000"), details]) == Pushback(5)
    assert pushback([(MS, "-1"), details]).never


def test_trailers_of_others_say_nothing() -> None:
    assert pushback([]) is NONE
    assert pushback([("grpc-message", "x"), ("other-bin", b"\xff")]) is NONE


def nested(size: int) -> bytes:
    """Return *size* bytes and more of an Any in an Any in an Any."""
    inner = packed(OVERLOADED)
    while inner.ByteSize() < size:
        inner = packed(inner)
    rich = status_pb2.Status(code=8, details=[inner])
    return bytes(rich.SerializeToString())


def lying(type_name: str) -> bytes:
    """Return a detail that says it is *type_name*, and is not."""
    told = Any(
        type_url=f"type.googleapis.com/google.rpc.{type_name}", value=b"\xff\xff"
    )
    return bytes(status_pb2.Status(details=[told]).SerializeToString())


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(b"\xff" * 100, id="garbage"),
        pytest.param(status(OVERLOADED)[:-1], id="cut-short"),
        pytest.param(nested(8192), id="nested"),
        pytest.param(lying("RetryInfo"), id="no-retry-info"),
        pytest.param(lying("ErrorInfo"), id="no-error-info"),
        pytest.param("text", id="not-even-bytes"),
    ],
)
def test_what_cannot_be_read_says_nothing(encoded: str | bytes) -> None:
    assert pushback([(DETAILS, encoded)]) == NONE


def test_what_was_read_before_the_garbage_holds() -> None:
    rich = status_pb2.Status.FromString(status(OVERLOADED))
    rich.MergeFromString(lying("RetryInfo"))
    assert pushback([(DETAILS, rich.SerializeToString())]).overloaded


def test_no_bytes_make_it_raise() -> None:
    rng = random.Random(6)
    good = status(BadRequest(), OVERLOADED, retry(2, 5))
    read = 0
    for _ in range(3000):
        broken = bytearray(good)
        for _ in range(rng.randint(1, 4)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        found = pushback([(DETAILS, bytes(broken)), (MS, bytes(broken[:6]))])
        read += found.overloaded
        assert found.delay_s is None or 0 <= found.delay_s <= 60
    assert 0 < read < 3000
