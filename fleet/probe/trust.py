"""What the command line and the environment of a probe say about TLS."""

from collections.abc import Mapping

from fleet.probe.wire import Wrap

FLAGS = frozenset({"--ca", "--cert", "--key", "--name"})


def wrap_of(
    host: str, protocol: str, flags: Mapping[str, str], env: Mapping[str, str]
) -> Wrap:
    """Return TLS as *flags* and *env* want it.

    A task's own settings are the defaults: `FLEET_TLS_CA` is whom to believe, and as
    it asks every caller for a certificate, the task's own is presented.

    A task that asks itself, on the loopback, believes whatever it is shown: a new
    file on its disk may not yet be in use, and one that does not fit never will be,
    and neither is a reason to have it killed. What it presents must be good, though:
    with `FLEET_TLS_CA`, files that do not fit fail the check until they are mended.

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

    own = env.get("FLEET_TLS_CERT", "")
    ca = env.get("FLEET_TLS_CA", "") if own else ""
    cert, key = flags.get("--cert", ""), flags.get("--key", "")
    if bool(cert) is not bool(key):
        raise ValueError(cert or key)
    if ca and not cert:
        cert, key = own, env.get("FLEET_TLS_KEY", "")
    itself = bool(own) and _loopback(host) and not {"--ca", "--name"} & flags.keys()
    return wrapping(
        host,
        protocol,
        ca=flags.get("--ca", ca),
        cert=cert,
        key=key,
        name=flags.get("--name", ""),
        anybody=itself,
    )


def _loopback(host: str) -> bool:
    return host in ("::1", "localhost") or host.startswith("127.")
