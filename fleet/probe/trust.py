"""What the command line and the environment of a probe say about TLS."""

from collections.abc import Mapping

from fleet.probe.wire import Wrap

FLAGS = frozenset({"--ca", "--cert", "--key", "--name"})

_CERT, _KEY, _CA = "FLEET_TLS_CERT", "FLEET_TLS_KEY", "FLEET_TLS_CA"


def wrap_of(
    host: str, protocol: str, flags: Mapping[str, str], env: Mapping[str, str]
) -> Wrap:
    """Return TLS as *flags* and *env* want it.

    A task's own settings are the defaults: `FLEET_TLS_CA` is whom to believe, and as
    it asks every caller for a certificate, the task's own is presented.

    A task that asks itself, on the loopback, believes whatever it is shown: a new
    file on its disk may not yet be in use, and one that does not fit never will be,
    and neither is a reason to have it killed. Nor is what it presents: see `own`.

    Args:
        host: Of the task.
        protocol: What is spoken inside (ALPN), such as `h2`.
        flags: Those of `FLAGS` that were given.
        env: Of the task.

    Raises:
        ValueError: A certificate without its key, or a key without one.
    """
    # It is slow to import, and most probes need no TLS.
    from fleet.probe.secure import wrapping  # noqa: PLC0415

    own = env.get(_CERT, "")
    ca = env.get(_CA, "") if own else ""
    cert, key = flags.get("--cert", ""), flags.get("--key", "")
    if bool(cert) is not bool(key):
        raise ValueError(cert or key)
    if ca and not cert:
        cert, key = own, env.get(_KEY, "")
    return wrapping(
        host,
        protocol,
        ca=flags.get("--ca", ca),
        cert=cert,
        key=key,
        name=flags.get("--name", ""),
        anybody=_itself(host, flags, env),
    )


def own_pair(
    host: str, flags: Mapping[str, str], env: Mapping[str, str]
) -> tuple[str, str, str] | None:
    """Return the files that a task presents to itself: certificate, key, authorities.

    None: it presents nothing, or to somebody else, or what *flags* say.
    """
    if not env.get(_CA) or "--cert" in flags or not _itself(host, flags, env):
        return None
    return env[_CERT], env.get(_KEY, ""), env[_CA]


def _itself(host: str, flags: Mapping[str, str], env: Mapping[str, str]) -> bool:
    mine = bool(env.get(_CERT)) and _loopback(host)
    return mine and not {"--ca", "--name"} & flags.keys()


def _loopback(host: str) -> bool:
    return host in ("::1", "localhost") or host.startswith("127.")
