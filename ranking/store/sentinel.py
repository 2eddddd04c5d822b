"""Where the master is, as the first sentinel tells it that knows."""

from ranking.store.address import Address, Login, Place
from ranking.store.engine import Misconfigured, ReplyError, Unreachable
from ranking.store.link import ask_once
from ranking.store.options import StoreOptions


async def locate(address: Address, options: StoreOptions) -> Place:
    """Ask the sentinels one by one.

    Raises:
        Unreachable: No sentinel answers and knows a master by this name.
    """
    reasons = []
    for place in address.places:
        try:
            return await _ask(place, address, options)
        except (Unreachable, Misconfigured) as error:
            reasons.append(str(error))
    raise Unreachable(f"no sentinel knows {address.master}: {'; '.join(reasons)}")


async def _ask(place: Place, address: Address, options: StoreOptions) -> Place:
    words = ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", address.master)
    login = address.sentinel_login or Login()
    found = await ask_once(place, login, options, words)
    if not found or isinstance(found, ReplyError):
        raise Unreachable(f"{place} says {found or 'it is unknown'}")
    host, port = found
    return Place(host.decode(), int(port))
