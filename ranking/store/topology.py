"""Which server has which slot, in the words of one of them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ranking.store.address import Login, Place
from ranking.store.engine import Misconfigured, ReplyError, Unreachable
from ranking.store.link import ask_once
from ranking.store.options import StoreOptions

SLOTS = 16384


class Share(NamedTuple):
    """Some slots, and the master that has them."""

    first: int
    last: int
    place: Place


def read(reply: Sequence[Any], asked: Place) -> list[Share]:
    """Take the reply of the server at *asked* to CLUSTER SLOTS apart."""
    return [
        Share(first, last, place_of(master[0] or b"", master[1], asked))
        for first, last, master, *_ in reply
    ]


def place_of(host: bytes, port: int, asked: Place) -> Place:
    """Return where a server is that *asked* told of; it may not know its own host."""
    name = host.decode()
    return Place(asked.host if name in {"", "?"} else name, port or asked.port)


async def ask(place: Place, login: Login, options: StoreOptions) -> list[Share]:
    """Ask one server, over a connection for this only.

    Raises:
        Unreachable: It does not answer, or not yet.
        Misconfigured: It is in no cluster, or does not let us in.
    """
    reply = await ask_once(place, login, options, ("CLUSTER", "SLOTS"))
    if isinstance(reply, ReplyError):
        if "cluster support disabled" in str(reply):
            raise Misconfigured(f"{place} is in no cluster; the address is redis://")
        raise Unreachable(f"{place}: {reply}")
    return read(reply, place)
