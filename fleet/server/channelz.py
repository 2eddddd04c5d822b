"""What gRPC's core counts of a server, by its own diagnosis "channelz".

See https://github.com/grpc/proposal/blob/master/A14-channelz.md. A part of the engine.
"""

import json
import logging

from grpc._cython import cygrpc  # type: ignore[attr-defined]  # has no types

from fleet.server.arrivals import Arrivals, Traffic

log = logging.getLogger(__name__)


class Channelz:
    """What the core tells of one server, and nothing else does.

    It is made for people to look at: it may be switched off, or another version may
    tell it otherwise. Then nothing seems to wait, which refuses nobody.

    Args:
        number: Of the server.
        arrivals: Know how many calls were begun.
    """

    def __init__(self, number: int, arrivals: Arrivals) -> None:
        self._number = number
        self._arrivals = arrivals
        self._silent = False

    def traffic(self) -> Traffic:
        """Return what was counted, or that every call that came was begun."""
        try:
            return self._told()
        except Exception as error:  # noqa: BLE001 - nobody promises what it may be
            if not self._silent:
                log.warning("calls that wait in the engine are not seen: %r", error)
            self._silent = True
            return Traffic(self._arrivals.begun, 0)

    def _told(self) -> Traffic:
        told = json.loads(cygrpc.channelz_get_server(self._number))["server"]["data"]
        came = int(told["callsStarted"])
        ended = int(told["callsSucceeded"]) + int(told["callsFailed"])
        return Traffic(came, came - ended)


def newest() -> int:
    """Return the number that channelz gave the server that was made last; 0: none."""
    number = 0
    try:
        while (last := _last_of(number + 1)) > number:
            number = last
    except Exception:  # noqa: BLE001 - `Channelz` tells of it
        return 0
    return number


def _last_of(first: int) -> int:
    """Return the last number on the page of servers that begins with *first*."""
    page = json.loads(cygrpc.channelz_get_servers(first))
    return max((int(each["ref"]["serverId"]) for each in page["server"]), default=0)
