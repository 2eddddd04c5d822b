"""Asking the store whether it serves, in the one line of its protocol we need."""

import asyncio
from pathlib import Path

TIMEOUT_S = 1.0


async def ping(socket: Path) -> str:
    """Return an empty text when the store answers, else what is wrong."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            answer = await _ask(socket)
    except TimeoutError:
        return f"no answer in {TIMEOUT_S:g} s"
    except (OSError, ValueError) as error:  # a line without end is a ValueError
        return str(error)
    # While it loads its data it answers with an error that says so.
    return "" if answer == "+PONG" else answer or "it hung up"


async def _ask(socket: Path) -> str:
    reader, writer = await asyncio.open_unix_connection(socket)
    try:
        writer.write(b"PING\r\n")
        return (await reader.readline()).decode(errors="replace").strip()
    finally:
        writer.close()
