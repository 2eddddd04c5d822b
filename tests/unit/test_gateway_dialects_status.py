"""google.rpc.Status from trailers, and as JSON."""

import json

import pytest
from google.protobuf.any_pb2 import Any
from google.rpc.error_details_pb2 import (  # type: ignore[import-untyped]  # has none
    BadRequest,
    DebugInfo,
    ErrorInfo,
    RequestInfo,
    RetryInfo,
)
from google.rpc.status_pb2 import Status as Told  # type: ignore[import-untyped]

from fleet.errors import Status
from services.gateway.failure import Failure, invalid, retry
from services.gateway.status import (
    encoded,
    from_details,
    status_json,
    status_response,
)

PREFIX = "type.googleapis.com/google.rpc."


def told(code: Status, *details: Any) -> bytes:
    return bytes(
        Told(code=code, message="as told", details=details).SerializeToString()
    )


def packed(message: object) -> Any:
    box = Any()
    box.Pack(message)  # type: ignore[arg-type]  # google.rpc has no types
    return box


def test_details_become_json() -> None:
    failure = invalid("score", "x", "a number")

    assert json.loads(status_json(failure)) == {
        "code": 3,
        "message": "score is 'x', allowed is a number",
        "details": [
            {
                "@type": f"{PREFIX}BadRequest",
                "fieldViolations": [{"field": "score", "description": "a number"}],
            }
        ],
    }


def test_a_type_that_nobody_knows_stays_as_it_is() -> None:
    detail = Any(type_url="type.googleapis.com/game.Odd", value=b"\x00\xff")
    plain = json.loads(status_json(Failure(Status.ABORTED, "no", details=[detail])))
    assert plain["details"] == [
        {"@type": "type.googleapis.com/game.Odd", "value": "AP8="}
    ]


@pytest.mark.parametrize(
    "detail", [DebugInfo(detail="stack"), packed(DebugInfo(detail="stack"))]
)
def test_a_stack_stays_here(detail: Any) -> None:
    failure = Failure(Status.INTERNAL, "internal error", details=[detail])
    assert b"stack" not in status_json(failure)
    assert b"stack" not in encoded(failure)


def test_the_request_is_named_once() -> None:
    own = Failure(Status.ABORTED, "no", details=[RequestInfo(request_id="theirs")])
    assert b"theirs" in status_json(own, "ours")
    assert b"ours" not in status_json(own, "ours")


def test_a_message_that_is_no_text_is_told_all_the_same() -> None:
    assert json.loads(status_json(Failure(Status.ABORTED, "a\ud800b")))["message"]


@pytest.mark.parametrize(("wait_s", "header"), [(0.0, b"0"), (0.2, b"1"), (2.0, b"2")])
def test_a_pause_is_a_header(wait_s: float, header: bytes) -> None:
    failure = Failure(Status.UNAVAILABLE, "later", details=[retry(wait_s)])
    assert (b"retry-after", header) in status_response(failure).headers


def test_own_status_and_headers_count() -> None:
    failure = Failure(
        Status.UNIMPLEMENTED, "no", http=405, headers=[(b"allow", b"GET")]
    )
    response = status_response(failure)
    assert (response.status, response.outcome) == (405, Status.UNIMPLEMENTED)
    assert (b"allow", b"GET") in response.headers


def test_details_of_a_backend_are_read() -> None:
    odd = Any(type_url="type.googleapis.com/game.Odd", value=b"x")
    reason = ErrorInfo(reason="FULL", domain="game")
    raw = told(Status.ABORTED, packed(reason), packed(retry(2)), odd)

    failure = from_details(Status.ABORTED, "as grpc says", raw)

    assert failure.message == "as grpc says"
    assert failure.details == (reason, RetryInfo(retry_delay={"seconds": 2}), odd)
    assert failure.retry_after_s == 2.0


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xff\xff",
        told(Status.NOT_FOUND, packed(ErrorInfo(reason="OTHER"))),
        told(Status.ABORTED, Any(type_url=f"{PREFIX}ErrorInfo", value=b"\xff")),
    ],
    ids=["none", "junk", "another-code", "junk-within"],
)
def test_details_that_cannot_be_trusted_are_left_out_whole(raw: bytes) -> None:
    failure = from_details(Status.ABORTED, "no", raw)
    assert (failure.status, failure.message, failure.details) == (
        Status.ABORTED,
        "no",
        (),
    )


def test_what_is_encoded_can_be_read_again() -> None:
    failure = invalid("score", "x", "a number")
    again = from_details(failure.status, failure.message, encoded(failure))
    assert isinstance(again.details[0], BadRequest)
    assert again.details == failure.details
