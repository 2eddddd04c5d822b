"""One log line a request."""

import logging
import time

import orjson

from fleet.errors import Status
from fleet.server.logs import json_lines
from fleet.server.stamp import stamp
from services.gateway.exchange import Request, Response

log = logging.getLogger("gateway.access")

_LINE = (
    "%(verb)s %(path)s %(method)s %(status)d %(ms).1f ms %(bytes)d B"
    " %(client)s %(principal)s id=%(request_id)s"
)
_FINE = frozenset({Status.OK, Status.CANCELLED})
"""A caller that left is no failure."""
_LONGEST_PATH = 256
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked for all the time by machines: they would be most lines."""


def log_request(
    request: Request, response: Response, seconds: float, size: int
) -> None:
    """Log *request* when it has been answered; a stream, at its end.

    The query is left out: it may hold a key, or half a body.

    Args:
        request: As the door has left it, with principal and method.
        response: What was answered.
        seconds: From its first byte to the last of the answer.
        size: Bytes of the answer's body.
    """
    level = logging.INFO if response.outcome in _FINE else logging.WARNING
    if request.path in _QUIET:
        level = logging.DEBUG
    if not log.isEnabledFor(level):
        return
    fields = {
        "verb": request.verb,
        "path": request.path[:_LONGEST_PATH],
        "method": request.method or "-",
        "status": response.status,
        "code": response.outcome.name,
        "ms": round(seconds * 1e3, 3),
        "bytes": size,
        "client": request.client or "-",
        "principal": request.principal or "-",
        "request_id": request.request_id,
    }
    write = json_lines()
    if write is None:
        log.log(level, _LINE, fields, extra={"fields": fields})
        return
    # Most of a record of `logging` would be made for nothing.
    line = {
        "time": stamp(time.time()),
        "level": logging.getLevelName(level),
        "logger": log.name,
        "message": _LINE % fields,
        **fields,
    }
    write(orjson.dumps(line))
