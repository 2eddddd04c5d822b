"""A failure in Connect's words.

Source: https://connectrpc.com/docs/protocol#error-end-stream.
"""

import base64
from typing import Any

import orjson
from google.protobuf import any_pb2
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from fleet.errors import Status
from services.gateway.failure import Failure
from services.gateway.status import (
    public_details,
    text_of,
    type_of,
    value_of,
)


def error_of(failure: Failure) -> dict[str, Any]:
    """Return *failure* as plain data for JSON."""
    error: dict[str, Any] = {"code": _name(failure.status), "message": text_of(failure)}
    details = [_detail(each) for each in public_details(failure)]
    if details:
        error["details"] = details
    return error


def error_json(failure: Failure) -> bytes:
    """Return *failure* as the body of a unary response."""
    return orjson.dumps(error_of(failure))


def _name(status: Status) -> str:
    return "canceled" if status is Status.CANCELLED else status.name.lower()


def _detail(detail: Message) -> dict[str, Any]:
    value = base64.b64encode(value_of(detail)).rstrip(b"=").decode()
    told: dict[str, Any] = {"type": type_of(detail), "value": value}
    if not isinstance(detail, any_pb2.Any):
        told["debug"] = MessageToDict(detail)
    return told
