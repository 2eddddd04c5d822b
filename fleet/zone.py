"""In which zone this task runs."""

import asyncio
import json
import logging
import urllib.request
from collections.abc import Mapping

log = logging.getLogger(__name__)

ECS = "ecs"
"""Instead of a name: the zone is asked of ECS."""
METADATA = "ECS_CONTAINER_METADATA_URI_V4"
"""Where a task of ECS is told of itself. Source:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html"""
LIMIT_S = 2.0
_MOST_BYTES = 1_000_000


async def own_zone(named: str, env: Mapping[str, str]) -> str | None:
    """Return the zone, such as eu-west-1a; None: zones do not matter.

    A zone that cannot be found out is logged and does not hold up a start: calls then
    go to every zone.

    Args:
        named: A zone, `ecs` to ask for it, or empty.
        env: Has the address to ask.
    """
    if named != ECS:
        return named or None
    try:
        return await asyncio.to_thread(_asked, env[METADATA])
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("the own zone is unknown, calls go to every zone: %r", error)
        return None


def _asked(address: str) -> str:
    if not address.startswith("http://"):
        raise ValueError(address)
    with urllib.request.urlopen(f"{address}/task", timeout=LIMIT_S) as answer:  # noqa: S310 - just checked
        zone = json.loads(answer.read(_MOST_BYTES))["AvailabilityZone"]
    if not isinstance(zone, str) or not zone:
        raise ValueError(zone)
    return zone
