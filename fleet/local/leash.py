"""The supervisor's end of a leash; the other is `fleet.server.leash`."""

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def leash() -> Iterator[int]:
    """Hold a pipe open; whoever has its read end hears when we are gone."""
    read, write = os.pipe()
    try:
        yield read
    finally:
        os.close(write)
        os.close(read)
