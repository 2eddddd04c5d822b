"""Why Cloud Map did not answer, in words for people.

botocore's errors are told apart by the names of their classes, since only the
engine knows the library.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

THROTTLED = {
    "RequestLimitExceeded",
    "RequestThrottled",
    "Throttling",
    "ThrottlingException",
    "TooManyRequests",
    "TooManyRequestsException",
}
"""Codes of "too many questions": Cloud Map's own is the first (developer guide,
request throttling quota), the others come from what stands before AWS's APIs."""
MISSING = {"NamespaceNotFound": "namespace", "ServiceNotFound": "service"}
_ROLE = "servicediscovery:DiscoverInstances and DiscoverInstancesRevision"
_CREDENTIALS = "give the task a role, or set AWS_PROFILE or AWS_ACCESS_KEY_ID"
_ADVICE = {
    "AccessDenied": f"allow {_ROLE}",
    "AccessDeniedException": f"allow {_ROLE}",
    "ExpiredTokenException": "log in again",
    "UnrecognizedClientException": "these credentials are not of this AWS",
}
_LONG = 200
_SILENT = "is silent"
_UNREADABLE = "sends what is no answer of Cloud Map"
_CLOSED = "ConnectionClosedError"
_THERE = {
    "ConnectTimeoutError": _SILENT,
    "ReadTimeoutError": _SILENT,
    _CLOSED: "closed the connection in the middle of its answer",
    "EndpointConnectionError": "is not there",
    "ProxyConnectionError": "is behind a proxy that cannot be reached",
    "SSLError": "shows no certificate that can be trusted",
    "HTTPClientError": "cannot be asked",
}
_HERE = {
    "NoRegionError": "no AWS region; add ?region=eu-west-1, or set AWS_DEFAULT_REGION",
    "InvalidRegionError": "the AWS region is not one such as eu-west-1",
    "NoCredentialsError": f"no AWS credentials; {_CREDENTIALS}",
    "PartialCredentialsError": f"half of the AWS credentials; {_CREDENTIALS}",
    "BotoCoreError": "AWS's settings or credentials cannot be used",
    "FileNotFoundError": "a file that AWS's settings name is missing",
    "PermissionError": "a file that AWS's settings name cannot be read",
}
_EXPLAINED = {
    "ConnectTimeoutError",
    "NoCredentialsError",
    "NoRegionError",
    "ReadTimeoutError",
    _CLOSED,
}
"""Nothing that botocore adds would help."""


def code_of(error: Exception) -> str:
    """Return the code with which the API refused; empty: it did not."""
    return str(_told(error).get("Code", ""))


def is_closed(error: Exception) -> bool:
    """Tell whether the connection ended where an answer should have begun."""
    return type(error).__name__ == _CLOSED


def reason(error: Exception, endpoint: str) -> str:
    """Return what went wrong with asking *endpoint*, which is a URL."""
    where = urlsplit(_facts(error).get("endpoint_url") or endpoint)
    if code := code_of(error):
        return _refusal(where.netloc, code, str(_told(error).get("Message", "")))
    for kind in (each.__name__ for each in type(error).__mro__):
        if kind in _THERE:
            cause = "" if kind in _EXPLAINED else _cause(error)
            return f"{where.netloc} {_THERE[kind]}{cause}"
        if kind in _HERE:
            return _HERE[kind] + ("" if kind in _EXPLAINED else f": {error}")
    if str(error).startswith("Invalid endpoint"):
        return f"{_HERE['BotoCoreError']}: {error}"
    return f"{where.netloc} {_UNREADABLE}: {_short(repr(error))}"


def _facts(error: Exception) -> Mapping[str, Any]:
    facts: Mapping[str, Any] = getattr(error, "kwargs", {})
    return facts


def _told(error: Exception) -> Mapping[str, Any]:
    # Errors of the connection have it too, and nothing in it.
    response: Mapping[str, Mapping[str, Any]] = getattr(error, "response", None) or {}
    return response.get("Error", {})


def _refusal(where: str, code: str, message: str) -> str:
    if code.isdigit():  # no error of AWS's, only HTTP's
        return f"{where} is in trouble itself: HTTP {code}"
    told = _short(message).removesuffix(".")
    words = f"{where} refuses: {code}" + (f", {told}" if told else "")
    return f"{words}; {_ADVICE[code]}" if code in _ADVICE else words


def _cause(error: Exception) -> str:
    """Return what the system said, which is deep inside."""
    cause: Any = _facts(error).get("error")
    text = str(getattr(cause, "reason", cause) or "").rpartition("] ")[2]
    text = text.rstrip(")\"' ")  # what botocore has put around it
    return f": {_short(text.lower())}" if text else ""


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]} ..."
