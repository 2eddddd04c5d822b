"""Whether this gateway should get more work, and whether its streams should end."""

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Readiness:
    """Set by the server, read by `/readyz` and by the streams."""

    serving: bool = False
    """False from the first moment of a drain: nobody new should be sent here."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the linger of a drain is over: a stream says its last words now,
    with a hint when to come back, and ends."""
