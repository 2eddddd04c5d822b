"""How long a call may take: the least that anybody has asked for."""

import re
from collections.abc import Mapping

from services.gateway.failure import invalid
from services.gateway.policy.policy import Limits

# https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
_GRPC = re.compile(r"([0-9]{1,8})([HMSmun])")
_UNIT_S = {"H": 3600.0, "M": 60.0, "S": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
# https://connectrpc.com/docs/protocol
_CONNECT = re.compile(r"[0-9]{1,10}")


def timeout_s(
    headers: Mapping[str, str], timeout_ms: float | None, limits: Limits
) -> float:
    """Return the seconds that a call with one answer may take.

    Args:
        headers: `grpc-timeout` and `connect-timeout-ms` are read.
        timeout_ms: What the door has read elsewhere; None: nothing.
        limits: The deadline where nobody asks for one, and the longest.

    Raises:
        Failure: A header that cannot be read.
    """
    asked = asked_s(headers, timeout_ms)
    if asked is None:
        return limits.timeout_s
    return min(asked, limits.most_timeout_s)


def asked_s(headers: Mapping[str, str], timeout_ms: float | None) -> float | None:
    """Return the least that the caller has asked for, in seconds; None: nothing.

    Raises:
        Failure: A header that cannot be read.
    """
    asked = [] if timeout_ms is None else [timeout_ms / 1e3]
    if (text := headers.get("grpc-timeout")) is not None:
        asked.append(_grpc_s(text))
    if (text := headers.get("connect-timeout-ms")) is not None:
        if not _CONNECT.fullmatch(text):
            raise invalid("connect-timeout-ms", text, "1 to 10 digits")
        asked.append(int(text) / 1e3)
    return min(asked, default=None)


def _grpc_s(text: str) -> float:
    found = _GRPC.fullmatch(text)
    if not found:
        raise invalid("grpc-timeout", text, "1 to 8 digits and one of H M S m u n")
    return int(found[1]) * _UNIT_S[found[2]]
