"""The Lua scripts, each with the functions that it begins with."""

from pathlib import Path

from ranking.store.store import Script

_LUA = Path(__file__).with_name("lua")


def _script(name: str, *, prelude: str = "order") -> Script:
    head = (_LUA / f"{prelude}.lua").read_text() if prelude else ""
    return Script(head + (_LUA / f"{name}.lua").read_text())


UPDATE = _script("update")
REPEATED = _script("repeated")
WINDOW = _script("window")
USERS = _script("users")
PLACES = _script("places")
ERASE = _script("erase")
FEED = _script("feed")
ASIDE = _script("aside")
ADOPT = _script("adopt")
FLIP = _script("flip")
TICKET = _script("ticket", prelude="")
