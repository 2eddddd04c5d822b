"""An address is one line of text: what it says, or all that is wrong with it."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from ranking.errors import BadStore
from ranking.store.address import Address, Kind, Login, Place, Tls

EXAMPLES = (
    "redis://localhost:6379/0, rediss://user:password@host:6379?ca=/etc/ca.pem,"
    " unix:///run/redis.sock, redis+cluster://host-1:6379,host-2:6379 or"
    " redis+sentinel://host-1:26379,host-2:26379/mymaster"
)
_SCHEMES: Mapping[str, tuple[Kind, bool]] = {
    "redis": ("server", False),
    "rediss": ("server", True),
    "unix": ("server", False),
    "redis+cluster": ("cluster", False),
    "rediss+cluster": ("cluster", True),
    "redis+sentinel": ("sentinel", False),
    "rediss+sentinel": ("sentinel", True),
}
_FILES = {
    "ca": "ca",
    "cert": "certificate",
    "key": "key",
    # As redis-py calls them, which many deployments have written down.
    "ssl_ca_certs": "ca",
    "ssl_certfile": "certificate",
    "ssl_keyfile": "key",
}
_OTHERS = ("db", "ssl_check_hostname", "sentinel_user", "sentinel_password")
_MOST_PORT = 65535
_PLACE = re.compile(r"(\[[0-9a-fA-F:.%]+\]|[^\[\]:]+)(?::(\d{1,5}))?", re.ASCII)
_USER_INFO = re.compile(r"://.*@", re.DOTALL)
_QUERY_SECRET = re.compile(r"(sentinel_password=)[^&]*")


def without_password(text: str) -> str:
    """Return an address, even a wrong one, that may be shown to anybody."""
    return _QUERY_SECRET.sub(r"\1***", _USER_INFO.sub("://***@", text))


def parse(text: str) -> Address:
    """Take an address apart.

    Raises:
        BadStore: With every mistake in it, and no password.
    """
    parsing = _Parsing(text.strip())
    if address := parsing.address():
        return address
    example = f"addresses look like this: {EXAMPLES}"
    raise BadStore(without_password(text), [*parsing.problems, example])


class _Parsing:
    """One address; parts that are wrong become problems and something harmless."""

    def __init__(self, text: str) -> None:
        self.problems: list[str] = []
        self._text = text
        try:
            self._url = urlsplit(text)
        except ValueError:  # such as a [ without its ]
            self._url = SplitResult("", "", "", "", "")
        self._kind, self._encrypted = _SCHEMES.get(self._url.scheme, ("server", False))
        self._query = dict(parse_qsl(self._url.query, keep_blank_values=True))

    def address(self) -> Address | None:
        """Return it, or None when there are problems."""
        if self._url.scheme not in _SCHEMES:
            self._wrong(f"it begins with none of {', '.join(_SCHEMES)}")
            return None
        if self._url.netloc and "@" in "".join(self._url[2:]):
            # What looks like a host is part of a password: it must not be shown.
            self._wrong("it has an @ behind the host; in a password / is %2F, # is %23")
            return None
        userinfo, _, hosts = self._url.netloc.rpartition("@")
        tls = self._tls()
        address = Address(
            text=without_password(self._text),
            kind=self._kind,
            places=self._places(hosts),
            master=self._master(),
            login=self._login(userinfo, tls),
            sentinel_login=self._sentinel_login(tls),
        )
        for name in self._query:
            known = ", ".join([*_OTHERS, *_FILES])
            self._wrong(f"it has {name}=, which is none of {known}")
        return None if self.problems else address

    def _places(self, hosts: str) -> tuple[Place, ...]:
        if self._url.scheme == "unix":
            path = unquote(self._url.path)
            if hosts or not path:
                self._wrong("a socket's path is absolute, as in unix:///run/redis.sock")
            return (Place(path, 0),)
        listed = hosts.split(",")
        if self._kind == "server" and len(listed) > 1:
            self._wrong("several hosts are a redis+cluster:// or a redis+sentinel://")
        return tuple(self._place(host) for host in listed)

    def _place(self, text: str) -> Place:
        default = 26379 if self._kind == "sentinel" else 6379
        found = _PLACE.fullmatch(text)
        if not found or not 0 < int(found[2] or default) <= _MOST_PORT:
            self._wrong(f"{text!r} is neither host nor host:port")
            return Place("", 0)
        return Place(found[1].strip("[]"), int(found[2] or default))

    def _master(self) -> str:
        if self._kind != "sentinel":
            return ""
        name = unquote(self._url.path.strip("/").split("/")[0])
        if not name:
            self._wrong("the master's name is missing: redis+sentinel://host/mymaster")
        return name

    def _login(self, userinfo: str, tls: Tls | None) -> Login:
        user, _, password = (unquote(part) for part in userinfo.partition(":"))
        database = self._database()
        return Login(
            user=user or None, password=password or None, database=database, tls=tls
        )

    def _sentinel_login(self, tls: Tls | None) -> Login | None:
        if self._kind != "sentinel":
            return None
        user = self._query.pop("sentinel_user", None)
        password = self._query.pop("sentinel_password", None)
        return Login(user=user, password=password, tls=tls)

    def _database(self) -> int:
        parts = self._url.path.strip("/").split("/")[self._kind == "sentinel" :]
        in_path = "" if self._url.scheme == "unix" else "/".join(parts)
        text = self._query.pop("db", in_path) or "0"
        if not (text.isascii() and text.isdecimal()):
            self._wrong(f"the database is {text!r}, which is not a number")
            return 0
        if self._kind == "cluster" and int(text):
            self._wrong("a cluster has no database but 0")
        return int(text)

    def _tls(self) -> Tls | None:
        check = self._query.pop("ssl_check_hostname", "true").lower()
        given = [name for name in self._query if name in _FILES]
        files = {_FILES[name]: self._query.pop(name) for name in given}
        if not self._encrypted:
            if files:
                self._wrong(f"certificates are of no use with {self._url.scheme}://")
            return None
        for path in files.values():
            if not Path(path).is_file():
                self._wrong(f"there is no file {path}")
        if ("certificate" in files) != ("key" in files):
            self._wrong("cert and key belong together")
        return Tls(check_hostname=check not in {"false", "no", "0"}, **files)

    def _wrong(self, problem: str) -> None:
        self.problems.append(problem)
