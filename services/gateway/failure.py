"""Why a request was refused, whoever refused it: one shape for every door."""

import difflib
from collections.abc import Iterable, Sequence

from google.protobuf.message import Message
from google.rpc.error_details_pb2 import (  # type: ignore[import-untyped]  # has none
    BadRequest,
    RetryInfo,
)

from fleet.errors import FleetError, Status

Header = tuple[bytes, bytes]

_NAME = 200
"""Characters of a name that are looked at: it is the caller's."""

# The table of grpc-gateway and of Connect, which are the same.
_HTTP = {
    Status.OK: 200,
    Status.CANCELLED: 499,
    Status.UNKNOWN: 500,
    Status.INVALID_ARGUMENT: 400,
    Status.DEADLINE_EXCEEDED: 504,
    Status.NOT_FOUND: 404,
    Status.ALREADY_EXISTS: 409,
    Status.PERMISSION_DENIED: 403,
    Status.RESOURCE_EXHAUSTED: 429,
    Status.FAILED_PRECONDITION: 400,
    Status.ABORTED: 409,
    Status.OUT_OF_RANGE: 400,
    Status.UNIMPLEMENTED: 501,
    Status.INTERNAL: 500,
    Status.UNAVAILABLE: 503,
    Status.DATA_LOSS: 500,
    Status.UNAUTHENTICATED: 401,
}


class Failure(FleetError):
    """A call that was refused: what every door turns into its own words.

    Args:
        status: The canonical code.
        message: For the caller; never the text of a bug.
        details: Messages of google.rpc, or an `Any` whose type we do not know.
        http: The HTTP status, where the code's own is too coarse (405, 413 ...).
        headers: That the answer needs besides, such as `Allow`.
    """

    def __init__(
        self,
        status: Status,
        message: str,
        *,
        details: Sequence[Message] = (),
        http: int | None = None,
        headers: Sequence[Header] = (),
    ) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.details = tuple(details)
        self.http = http or _HTTP[status]
        self.headers = tuple(headers)

    def __str__(self) -> str:
        return self.message

    @property
    def retry_after_s(self) -> float | None:
        """Seconds that a `RetryInfo` among the details asks for."""
        for detail in self.details:
            if isinstance(detail, RetryInfo):
                return float(detail.retry_delay.ToNanoseconds() / 1e9)
        return None


def invalid(field: str, value: object, allowed: str) -> Failure:
    """Return the failure of one field: its name, its value and what is allowed."""
    wrong = BadRequest.FieldViolation(field=field, description=allowed)
    return Failure(
        Status.INVALID_ARGUMENT,
        f"{field} is {_shown(value)}, allowed is {allowed}",
        details=[BadRequest(field_violations=[wrong])],
    )


def unknown(what: str, name: str, known: Iterable[str], *, field: str = "") -> Failure:
    """Return the failure of a name that means nothing; a near one is suggested.

    Args:
        what: Such as "field" or "query parameter".
        name: As it was given.
        known: What there is.
        field: The field to blame, where it is not *name* itself.
    """
    near = nearest(name, known)
    hint = f"; did you mean {near!r}?" if near else ""
    text = f"no {what} {_shown(name)}{hint}"
    blamed = (field or name)[:_NAME]
    wrong = BadRequest.FieldViolation(field=blamed, description=text)
    details = [BadRequest(field_violations=[wrong])]
    return Failure(Status.INVALID_ARGUMENT, text, details=details)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the one of *known* that *name* was probably meant to be, or ""."""
    # All of a long name, which may be a body of a megabyte, would take a second.
    near = difflib.get_close_matches(name[:_NAME], tuple(known), n=1)
    return near[0] if near else ""


def retry(after_s: float) -> RetryInfo:
    """Return the detail that asks for another try in *after_s* seconds."""
    detail = RetryInfo()
    detail.retry_delay.FromNanoseconds(round(after_s * 1e9))
    return detail


def _shown(value: object) -> str:
    text = repr(value[:_NAME] if isinstance(value, str | bytes) else value)
    return text if len(text) <= 100 else f"{text[:100]}..."  # noqa: PLR2004 - a line
