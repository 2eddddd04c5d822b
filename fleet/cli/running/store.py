"""The store of the fleet, as people see it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fleet.errors import BadInput

_PASSWORD = re.compile(r"(?<=://)([^:/@]*):.*@|(?<=[?&])(password=)[^&]*")


def without_password(address: str) -> str:
    """Return *address* as it may be printed."""
    return _PASSWORD.sub(
        lambda found: f"{found[1]}:***@" if found[2] is None else f"{found[2]}***",
        address,
    )


def printable(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the fleet tells about itself, without the store's password."""
    store = report["store"]
    if store is None:
        return dict(report)
    return {**report, "store": {**store, "address": without_password(store["address"])}}


def store_line(store: Mapping[str, Any]) -> str:
    """Describe the store of a printable report."""
    if not store["embedded"]:
        return f"store: {store['address']}, not ours"
    state = ": ".join(filter(None, [store["state"], store["problem"]]))
    pid = f", pid {store['pid']}" if store["pid"] else ""
    return f"store: {store['address']}, {state}, data in {_near(store['data'])}{pid}"


def store_address(text: str | None) -> str | None:
    """Return the address that was given, None when none was.

    Nothing but its form is looked at: what it means is up to who connects to it.

    Raises:
        BadInput: It has no scheme.
    """
    if text and "://" not in text:
        raise BadInput("--store", "is not an address like redis://127.0.0.1:6379")
    return text or None


def _near(folder: str) -> str:
    """Return *folder* from where we are, if it is below."""
    path, here = Path(folder), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
