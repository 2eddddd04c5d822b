"""What a caller may know of a refusal, and what only the log."""

import grpc
import pytest
from grpc.aio import AioRpcError, Metadata

from fleet.client.engine import CallFailed
from fleet.errors import NoEndpoints, Status
from services.gateway.upstream.refused import failure_of

HERE = Metadata(("x-request-id", "1"))
NOBODY = Metadata()


def error(code: grpc.StatusCode, text: str, trailers: Metadata = HERE) -> AioRpcError:
    return AioRpcError(code, Metadata(), trailers, details=text)


@pytest.mark.parametrize(
    ("raised", "status", "text"),
    [
        (
            error(grpc.StatusCode.NOT_FOUND, "no champion 9"),
            Status.NOT_FOUND,
            "no champion 9",
        ),
        (
            error(grpc.StatusCode.UNAVAILABLE, "the store is gone"),
            Status.UNAVAILABLE,
            "the store is gone",
        ),
        (
            error(grpc.StatusCode.UNAVAILABLE, "ipv4:10.0.0.7:5000: refused", NOBODY),
            Status.UNAVAILABLE,
            "no task of rpc.Rpc/GetChampion can be reached now",
        ),
        (
            error(
                grpc.StatusCode.DEADLINE_EXCEEDED,
                "Stream removed (Deadline Exceeded)",
                NOBODY,
            ),
            Status.DEADLINE_EXCEEDED,
            "rpc.Rpc/GetChampion was not answered in time",
        ),
        (
            error(grpc.StatusCode.UNKNOWN, "Unexpected <class 'KeyError'>: 'secret'"),
            Status.INTERNAL,
            "internal error",
        ),
        (
            error(grpc.StatusCode.UNKNOWN, "Exception calling application: secret"),
            Status.INTERNAL,
            "internal error",
        ),
        (
            CallFailed(NoEndpoints("dns://x", "10.0.0.7 refused", Status.UNAVAILABLE)),
            Status.UNAVAILABLE,
            "no task of rpc.Rpc/GetChampion can be reached now",
        ),
    ],
)
def test_a_refusal_is_told_without_addresses_and_bugs(
    raised: AioRpcError, status: Status, text: str
) -> None:
    failure = failure_of(raised, "rpc.Rpc/GetChampion")
    assert (failure.status, failure.message) == (status, text)


def test_nobody_there_says_when_to_come_back() -> None:
    raised = error(grpc.StatusCode.UNAVAILABLE, "connection refused", NOBODY)
    assert failure_of(raised, "a.B/C").retry_after_s == 1
