"""Moments, as people and other programs write them."""

import argparse
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

EXAMPLE = "2018-10-16T12:00:00Z"


def moment(text: str) -> datetime:
    """Parse a time with its zone, as RFC 3339 writes it.

    Raises:
        ValueError: It is none, or has no zone.
    """
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(text)
    return parsed


def typed_moment(text: str) -> datetime:
    """Parse a time that was typed; argparse makes a usage error of the failure."""
    try:
        return moment(text)
    except ValueError:
        problem = f"{text!r} is not a time with a zone, such as {EXAMPLE}"
        raise argparse.ArgumentTypeError(problem) from None


def stamp(at: datetime) -> Timestamp:
    """Return *at* for a message."""
    made = Timestamp()
    made.FromDatetime(at.astimezone(UTC))
    return made


def exact(at: Timestamp) -> str:
    """Return *at* to the millisecond, in UTC, so that `moment` reads it again."""
    text = at.ToDatetime(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def short(at: Timestamp) -> str:
    """Return *at* to the second, in UTC, for people."""
    return f"{at.ToDatetime(UTC):%Y-%m-%d %H:%M:%S}"
