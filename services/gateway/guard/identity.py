"""Who calls, and how it is said that nobody may who does not tell."""

from collections.abc import Iterable
from dataclasses import dataclass

from google.rpc.error_details_pb2 import (  # type: ignore[import-untyped]  # has none
    ErrorInfo,
)

from fleet.errors import Status
from services.gateway.failure import Failure, Header

_REALM = 'realm="gateway"'
BEARER = f"Bearer {_REALM}"
API_KEY = f"ApiKey {_REALM}"
"""Of no standard: it tells people that there are keys."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller whose credential was good."""

    kind: str
    """`key` or `jwt`."""
    principal: str
    """Such as key:partner or jwt:ada."""
    scopes: frozenset[str]


def unauthenticated(reason: str, text: str, challenges: Iterable[str]) -> Failure:
    """Return the failure of a caller that could not show who it is.

    Args:
        reason: A constant for programs, in the words of google.api.ErrorReason.
        text: For people. Never a credential, nor a part of one.
        challenges: Values of WWW-Authenticate.
    """
    return Failure(
        Status.UNAUTHENTICATED,
        text,
        details=[_info(reason)],
        headers=[(b"www-authenticate", challenge.encode()) for challenge in challenges],
    )


def denied(selector: str, missing: Iterable[str], *, token: bool) -> Failure:
    """Return the failure of a known caller that lacks scopes for *selector*.

    Args:
        selector: The method.
        missing: Scopes.
        token: The caller came with one; RFC 6750 has words for that.
    """
    names = " ".join(sorted(missing))
    scope = f'{BEARER}, error="insufficient_scope", scope="{names}"'
    headers: list[Header] = [(b"www-authenticate", scope.encode())] if token else []
    return Failure(
        Status.PERMISSION_DENIED,
        f"{selector} needs a scope that you do not have: {names}",
        details=[_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT")],
        headers=headers,
    )


def _info(reason: str) -> ErrorInfo:
    return ErrorInfo(reason=reason, domain="gateway")
