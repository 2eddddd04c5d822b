"""Why a question was not answered, in words for people."""

from typing import Any

import dns.exception
import dns.resolver

from fleet.discovery.dns.nameserver import Garbage

_CODES = {
    "SERVFAIL": "failed itself (SERVFAIL)",
    "REFUSED": "refuses to answer for this name (REFUSED)",
    "FORMERR": "did not understand the question (FORMERR)",
    "NOTIMP": "does not serve such questions (NOTIMP)",
}


def reason(error: Exception) -> str:
    """Return what went wrong, with each nameserver by its address."""
    if isinstance(error, (dns.resolver.NoNameservers, dns.resolver.LifetimeTimeout)):
        attempts: list[Any] = error.kwargs.get("errors") or []
        # Of several attempts at one nameserver the last one tells.
        told = {where: _words(what) for where, _, _, what, _ in attempts}
        if told:
            return "; ".join(f"{where} {words}" for where, words in told.items())
    if isinstance(error, dns.resolver.NoResolverConfiguration):
        return "the system names no nameserver"
    return str(error) or type(error).__name__


def _words(what: Exception | str) -> str:
    if isinstance(what, str):
        return _CODES.get(what, f"answered {what}")
    if isinstance(what, Garbage):
        return "sends garbage, so it is no nameserver"
    if isinstance(what, dns.exception.Timeout):
        return "is silent"
    if isinstance(what, ConnectionRefusedError):
        return "is not there: nobody listens on the port"
    if isinstance(what, EOFError):
        return "closed the connection in the middle of its answer"
    return f"cannot be asked: {str(what) or type(what).__name__}"
