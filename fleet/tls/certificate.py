"""What a certificate says, in words for people."""

import datetime as dt
import ssl
from typing import Any

Certificate = dict[str, Any]
"""As `getpeercert()` of the standard library gives it."""

_MOST_NAMES = 5


def ends(certificate: Certificate) -> float:
    """Return the last moment at which it is valid, in seconds since 1970."""
    return ssl.cert_time_to_seconds(certificate["notAfter"])


def starts(certificate: Certificate) -> float:
    """Return the first moment at which it is valid, in seconds since 1970."""
    return ssl.cert_time_to_seconds(certificate["notBefore"])


def day(moment: float) -> str:
    """Return `2026-01-31` of seconds since 1970, in UTC."""
    return str(dt.datetime.fromtimestamp(moment, dt.UTC).date())


def names(certificate: Certificate) -> str:
    """Return its subject alternative names, the first few of many."""
    found = [value for _, value in certificate.get("subjectAltName", ())]
    more = f" and {len(found) - _MOST_NAMES} more" if found[_MOST_NAMES:] else ""
    return _printable(", ".join(found[:_MOST_NAMES]) + more) or "nobody"


def issuer(certificate: Certificate) -> str:
    """Return who has signed it, such as `CN=fleet`."""
    parts = dict(part for group in certificate["issuer"] for part in group)
    if "commonName" in parts:
        return _printable(f"CN={parts['commonName']}")
    return _printable(", ".join(f"{key}={value}" for key, value in parts.items()))


def _printable(text: str) -> str:
    """Let nothing that another side has written change a terminal."""
    return text if text.isprintable() else ascii(text)
