"""A refusal as google.rpc says it: the status and its typed details."""

import itertools
import random
from collections.abc import Callable
from urllib.parse import quote

from google.protobuf.any_pb2 import Any
from google.protobuf.message import Message
from google.rpc import status_pb2  # type: ignore[import-untyped]  # has none
from google.rpc.error_details_pb2 import (  # type: ignore[import-untyped]  # has none
    BadRequest,
    ErrorInfo,
    RetryInfo,
)

from fleet.errors import InvalidArgument, Overloaded, Refusal, Unavailable

KEY = "grpc-status-details-bin"
_DOMAIN = "fleet"
_SPREAD = 0.5
"""Of the time to wait, added at random: refused together, not back together."""
_LONGEST = 1024
"""Bytes of one text as it travels. A caller takes 8 KiB of headers and trailers
(gRPC's own default), the text goes out twice, and more than that would reach it
as RESOURCE_EXHAUSTED, whatever we meant to say."""


def short(text: str) -> str:
    """Cut *text* to what a status can carry; gRPC percent-encodes what is not ASCII."""
    # Cut first: quoting megabytes would hold up everybody else for seconds.
    text = text[: _LONGEST + 1].encode("utf-8", "replace").decode()
    if len(quote(text)) <= _LONGEST:
        return text
    size = itertools.accumulate(len(quote(character)) for character in text)
    kept = sum(1 for bytes_ in size if bytes_ <= _LONGEST)
    return text[:kept] + "..."


def status_details(
    refusal: Refusal, *, draw: Callable[[], float] = random.random
) -> bytes:
    """Return the value of the trailer `grpc-status-details-bin`.

    Args:
        refusal: What is told.
        draw: A number from 0 up to 1, by which the time to wait grows; tests pass
            their own.
    """
    rich = status_pb2.Status(code=refusal.status, message=short(str(refusal)))
    rich.details.extend(_packed(detail) for detail in _details(refusal, draw))
    return bytes(rich.SerializeToString())


def _details(refusal: Refusal, draw: Callable[[], float]) -> list[Message]:
    match refusal:
        case InvalidArgument(field=field, allowed=allowed):
            wrong = BadRequest.FieldViolation(
                field=short(field), description=short(allowed)
            )
            return [BadRequest(field_violations=[wrong])]
        case Overloaded(retry_after_s=seconds):
            # The reason tells our own limit, where no work was done and another
            # task may be asked, from a quota that the service itself enforces.
            reason = ErrorInfo(reason="OVERLOADED", domain=_DOMAIN)
            return [_retry(seconds * (1 + _SPREAD * draw())), reason]
        case Unavailable(retry_after_s=seconds):
            return [_retry(seconds)]
        case _:
            return []


def _retry(after_s: float) -> RetryInfo:
    retry = RetryInfo()
    retry.retry_delay.FromNanoseconds(round(after_s * 1e9))
    return retry


def _packed(detail: Message) -> Any:
    packed = Any()
    packed.Pack(detail)
    return packed
