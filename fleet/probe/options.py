"""The command line of a probe; argparse would be a quarter of its CPU."""

from collections.abc import Callable, Mapping, Sequence

from fleet.probe.check import check
from fleet.probe.page import get
from fleet.probe.trust import FLAGS, own_pair, wrap_of

Probe = Callable[[], str | None]
"""Returns what there is to say of a task that is healthy; it raises `ProbeFailed`."""

_HTTP, _HTTPS = "http://", "https://"
_TLS = "--tls"
_FLAGS = frozenset({"--service", "--timeout-s"}) | FLAGS
_LAST_PORT = 65535
_HOUR_S = 3600


def probe_of(argv: Sequence[str], env: Mapping[str, str] | None = None) -> Probe:
    """Return what *argv* asks for.

    Args:
        argv: As in the usage.
        env: Of the task, for what *argv* does not say of TLS; see `trust`.

    Raises:
        ValueError: It is not as in the usage.
        IndexError: It ends too early.
    """
    target, given = argv[0], _flags(argv[1:])
    timeout_s = float(given.pop("--timeout-s", "2"))
    if not 0 < timeout_s < _HOUR_S:
        raise ValueError(timeout_s)
    if target.startswith((_HTTP, _HTTPS)):
        return _page_probe(target, given, env or {}, timeout_s)
    return _health_probe(target, given, env or {}, timeout_s)


def _health_probe(
    target: str, given: dict[str, str], env: Mapping[str, str], timeout_s: float
) -> Probe:
    host, port = _address(target)
    service = given.pop("--service", "")
    service.encode()  # UnicodeEncodeError is a ValueError
    secure = given or env.get("FLEET_TLS_CERT")
    wrap = wrap_of(host, "h2", given, env) if secure else None

    def ask() -> None:
        check(host, port, service=service, timeout_s=timeout_s, wrap=wrap)

    pair = own_pair(host, given, env)
    if pair is None:
        return ask
    # It is slow to import, and most probes need no TLS.
    from fleet.probe.own import Own, asked  # noqa: PLC0415

    return lambda: asked(ask, Own((host, port), timeout_s, pair))


def _page_probe(
    url: str, given: dict[str, str], env: Mapping[str, str], timeout_s: float
) -> Probe:
    secure = url.startswith(_HTTPS)
    # A page is of the whole task, and without TLS no certificate is asked for.
    if "--service" in given or (given and not secure):
        raise ValueError(given)
    host, port, path = _page(url)
    wrap = wrap_of(host, "http/1.1", given, env) if secure else None
    return lambda: get(host, port, path, timeout_s=timeout_s, wrap=wrap)


def _flags(argv: Sequence[str]) -> dict[str, str]:
    """Return each flag with what follows it; `--tls` has nothing to say."""
    words = [word for word in argv if word != _TLS]
    if len(words) % 2 or not set(words[::2]) <= _FLAGS:
        raise ValueError(argv)
    given = dict(zip(words[::2], words[1::2], strict=True))
    return given | {_TLS: ""} if _TLS in argv else given


def _page(url: str) -> tuple[str, int, str]:
    """Split `http://HOST[:PORT]/PATH`; nothing in it may end a line of the request."""
    if not (url.isascii() and url.isprintable()) or set(url) & set(" #@\\"):
        raise ValueError(url)
    scheme, _, rest = url.partition("//")
    authority, slash, path = rest.partition("/")
    bare = authority.endswith("]") or ":" not in authority
    usual = 443 if scheme == "https:" else 80
    host, port = _address(f"{authority}:{usual}" if bare else authority)
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
