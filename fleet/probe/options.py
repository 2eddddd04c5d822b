"""The command line of a probe; argparse would be a quarter of its CPU."""

from collections.abc import Callable, Sequence

from fleet.probe.check import check
from fleet.probe.page import get

_HTTP = "http://"
_LAST_PORT = 65535
_HOUR_S = 3600


def probe_of(argv: Sequence[str]) -> Callable[[], None]:
    """Return what *argv* asks for; it raises `ProbeFailed`.

    Raises:
        ValueError: It is not as in the usage.
        IndexError: It ends too early.
    """
    target, given = argv[0], _flags(argv[1:])
    timeout_s = float(given.pop("--timeout-s", "2"))
    if not 0 < timeout_s < _HOUR_S:
        raise ValueError(timeout_s)
    if not target.startswith(_HTTP):
        host, port = _address(target)
        service = given.pop("--service", "")
        service.encode()  # UnicodeEncodeError is a ValueError
        return lambda: check(host, port, service=service, timeout_s=timeout_s)
    if given:  # a page is of the whole task
        raise ValueError(given)
    host, port, path = _page(target)
    return lambda: get(host, port, path, timeout_s=timeout_s)


def _flags(argv: Sequence[str]) -> dict[str, str]:
    if len(argv) % 2 or not set(argv[::2]) <= {"--service", "--timeout-s"}:
        raise ValueError(argv)
    return dict(zip(argv[::2], argv[1::2], strict=True))


def _page(url: str) -> tuple[str, int, str]:
    """Split `http://HOST[:PORT]/PATH`; nothing in it may end a line of the request."""
    if not (url.isascii() and url.isprintable()) or set(url) & set(" #@\\"):
        raise ValueError(url)
    authority, slash, path = url.removeprefix(_HTTP).partition("/")
    bare = authority.endswith("]") or ":" not in authority
    host, port = _address(f"{authority}:80" if bare else authority)
    if not slash:
        raise ValueError(url)
    return host, port, f"/{path}"


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdecimal()) or not 0 < int(port) <= _LAST_PORT:
        raise ValueError(port)
    bare = host.removeprefix("[").removesuffix("]")
    if not bare:
        raise ValueError(text)
    return bare, int(port)
