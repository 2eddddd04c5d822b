"""Asking a running fleet something: the other end of `fleet.local.control.socket`."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from fleet.errors import ControlFailed, NotRunning
from fleet.local.home import Home

LONGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of one line."""


def _ignore(_: Any) -> None:  # noqa: ANN401 - JSON
    """Take no notice of an item."""


async def ask(
    home: Home,
    command: str,
    *,
    on_item: Callable[[Any], None] = _ignore,
    **arguments: object,
) -> Any:  # noqa: ANN401 - JSON
    """Send *command* to the fleet in *home* and return its answer.

    Args:
        home: Where the fleet runs.
        command: One of those in `fleet.local.control.commands`.
        on_item: Gets what comes before the answer: progress, lines of a log.
        **arguments: Sent along.

    Raises:
        NotRunning: No fleet answers.
        ControlFailed: It refuses.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(
            home.socket, limit=LONGEST_ANSWER
        )
    except OSError:
        raise NotRunning(str(home.path)) from None
    try:
        writer.write(json.dumps({"command": command, **arguments}).encode() + b"\n")
        return await _answer(reader, on_item)
    except BrokenPipeError:
        raise  # not the fleet's: whoever reads our output has gone
    except ConnectionError:
        raise ControlFailed("the fleet ended before it had answered") from None
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader, on_item: Callable[[Any], None]) -> Any:  # noqa: ANN401
    while line := await reader.readline():
        message = json.loads(line)
        if "error" in message:
            raise ControlFailed(message["error"])
        if "ok" in message:
            return message["ok"]
        on_item(message["item"])
    raise ConnectionResetError
