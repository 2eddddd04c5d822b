"""google.rpc.Status: read from a backend's trailers, and written as JSON.

Source: https://google.aip.dev/193.
"""

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from google.protobuf import any_pb2
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import (  # type: ignore[import-untyped]  # has none
    error_details_pb2,
    status_pb2,
)

from fleet.errors import Status
from services.gateway.exchange import Response
from services.gateway.failure import Failure, Header

_PREFIX = "type.googleapis.com/"
_KNOWN: Mapping[str, type[Message]] = {
    kind.full_name: GetMessageClass(kind)
    for kind in error_details_pb2.DESCRIPTOR.message_types_by_name.values()
}
_DEBUG = "google.rpc.DebugInfo"
"""Stacks of a backend: for its log, never for a caller."""

JSON: Header = (b"content-type", b"application/json")
NO_STORE: Header = (b"cache-control", b"no-store")


def status_response(failure: Failure, request_id: str = "") -> Response:
    """Return *failure* as a response of HTTP, with a google.rpc.Status in JSON."""
    return Response(
        failure.http,
        status_json(failure, request_id),
        [JSON, NO_STORE, *refusal_headers(failure)],
        failure.status,
    )


def refusal_headers(failure: Failure) -> Sequence[Header]:
    """Return the failure's own headers, and `Retry-After` where it says when."""
    wait_s = failure.retry_after_s
    if wait_s is None:
        return failure.headers
    return [*failure.headers, (b"retry-after", b"%d" % max(0, math.ceil(wait_s)))]


def status_json(failure: Failure, request_id: str = "") -> bytes:
    """Return a google.rpc.Status in JSON, on one line.

    Args:
        failure: Its debug information is left out.
        request_id: Told as a `RequestInfo`, unless there is one.
    """
    details = [_as_json(detail) for detail in public_details(failure)]
    info = f"{_PREFIX}google.rpc.RequestInfo"
    if request_id and not any(detail["@type"] == info for detail in details):
        details.append({"@type": info, "requestId": request_id})
    whole: dict[str, Any] = {"code": int(failure.status), "message": text_of(failure)}
    if details:
        whole["details"] = details
    return orjson.dumps(whole)


def text_of(failure: Failure) -> str:
    """Return the message, as UTF-8 can have it."""
    return failure.message.encode(errors="backslashreplace").decode()


def public_details(failure: Failure) -> list[Message]:
    """Return the details that a caller may see."""
    return [each for each in failure.details if type_of(each) != _DEBUG]


def type_of(detail: Message) -> str:
    """Return the full name of a detail's type; of an `Any`, of what is in it."""
    if isinstance(detail, any_pb2.Any):
        return detail.type_url.rpartition("/")[2]
    return detail.DESCRIPTOR.full_name


def value_of(detail: Message) -> bytes:
    """Return the detail, encoded by protobuf."""
    if isinstance(detail, any_pb2.Any):
        return detail.value
    return detail.SerializeToString()


def _as_json(detail: Message) -> dict[str, Any]:
    if isinstance(detail, any_pb2.Any):
        value = base64.b64encode(detail.value).decode()
        return {"@type": detail.type_url, "value": value}
    kind = f"{_PREFIX}{detail.DESCRIPTOR.full_name}"
    return {"@type": kind, **MessageToDict(detail)}


def encoded(failure: Failure) -> bytes:
    """Return a google.rpc.Status, encoded by protobuf."""
    details = [
        any_pb2.Any(type_url=f"{_PREFIX}{type_of(each)}", value=value_of(each))
        for each in public_details(failure)
    ]
    status = status_pb2.Status(
        code=int(failure.status), message=text_of(failure), details=details
    )
    return bytes(status.SerializeToString())


def from_details(status: Status, message: str, details: bytes) -> Failure:
    """Return the failure that a backend told.

    Args:
        status: What gRPC itself said; it counts.
        message: What gRPC itself said; it counts.
        details: An encoded google.rpc.Status, or nothing. One that cannot be read,
            or that tells of another code, is left out whole.
    """
    try:
        told = status_pb2.Status.FromString(details)
        known = [_unpacked(each) for each in told.details]
    except DecodeError:
        return Failure(status, message)
    same = told.code == int(status)
    return Failure(status, message, details=known if same else ())


def _unpacked(detail: any_pb2.Any) -> Message:
    kind = _KNOWN.get(detail.type_url.rpartition("/")[2])
    return detail if kind is None else kind.FromString(detail.value)
