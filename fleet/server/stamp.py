"""The time of a log line."""

import functools
from datetime import UTC, datetime


def stamp(seconds: float) -> str:
    """Return *seconds* since 1970 as 2026-11-21T17:00:00.000+00:00."""
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1e3):03d}+00:00"


@functools.lru_cache(2)  # a busy process writes thousands of lines in the same one
def _second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
