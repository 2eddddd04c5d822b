"""What a backend refused, or gRPC on its behalf, as a `Failure`."""

import logging

from fleet.client.engine import RpcFailed
from fleet.client.wire import refused
from fleet.errors import NoEndpoints, Status
from services.gateway.failure import Failure, retry
from services.gateway.status import from_details

log = logging.getLogger("gateway.upstream")

_BUGS = ("Unexpected <class ", "Exception calling ", "Exception iterating ")
"""How grpc.aio and grpc begin when a method of their server has raised: what
follows is the text of a bug."""
_LOCAL = (Status.UNAVAILABLE, Status.DEADLINE_EXCEEDED)
_RETRY_S = 1.0


def failure_of(error: RpcFailed, method: str) -> Failure:
    """Return what the caller of *method* may know of *error*."""
    if isinstance(error, NoEndpoints):
        # Its text has the addresses of tasks.
        log.warning("%s: %s", method, error)
        return _nobody(method, error.status)
    told = refused(error)
    if not error.trailing_metadata() and told.status in _LOCAL:
        # No server has said it: gRPC's own words are about connections.
        log.warning("%s: %s", method, told)
        return _nobody(method, told.status)
    if told.message.startswith(_BUGS):
        log.error("bug in a backend, %s: %s", method, told)
        return Failure(Status.INTERNAL, "internal error")
    return from_details(told.status, told.message, told.details)


def _nobody(method: str, status: Status) -> Failure:
    if status is Status.DEADLINE_EXCEEDED:
        return Failure(status, f"{method} was not answered in time")
    text = f"no task of {method} can be reached now"
    return Failure(status, text, details=[retry(_RETRY_S)])
