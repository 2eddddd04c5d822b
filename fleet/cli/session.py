"""What every command knows about where it runs."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fleet.local.home import Home


@dataclass(frozen=True, slots=True)
class Session:
    """The surroundings of one command."""

    env: Mapping[str, str]
    home: Home
    json: bool
    """Data on stdout is JSON."""


def home_of(option: str | None, env: Mapping[str, str]) -> Home:
    """Return the state folder: the option, FLEET_HOME, or one per user."""
    named = option or env.get("FLEET_HOME")
    if named:
        return Home(Path(named).absolute())
    return Home(_writable() / f"fleet-{os.getuid()}")


def _writable() -> Path:
    """Return the folder of what is temporary; commands that keep nothing need none."""
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:  # in a container whose root is read-only
        return Path("/tmp")  # noqa: S108 - a name, for the message that it cannot be
