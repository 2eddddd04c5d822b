"""Where a command calls, and over what: TARGET and the options of TLS."""

import argparse
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fleet.cli.session import Session
from fleet.cli.target import find
from fleet.client.config import ChannelConfig
from fleet.client.wire import Wire, wire
from fleet.errors import BadInput, NoEndpoints
from fleet.tls.config import TlsConfig
from fleet.tls.files import TlsFiles

_FILES = {
    "ca": "authorities to believe (those of the system)",
    "cert": "certificate to show",
    "key": "its key",
}
_NAME = "what the server's certificate must say (the host of TARGET)"

_ADVICE = {
    "it speaks TLS, and we do not": "give --tls, and --ca FILE with its authority",
    "it does not speak TLS": "leave out --tls, --ca and the like",
    "it wants a certificate": "give --cert FILE --key FILE",
    "it refuses our certificate": "give another one with --cert FILE --key FILE",
    "its certificate has expired": "it needs a new one (a local fleet: fleet renew)",
    "not valid before": "compare the clocks of both machines",
    "an authority that we do not know": "give --ca FILE with it, if you trust it",
    ", not for ": "check TARGET, or give --server-name NAME",
}
"""What may be done about what `fleet.tls.diagnose` has found."""


def tls_arguments(parser: argparse.ArgumentParser, *, name: bool = True) -> None:
    """Declare the options of TLS; without *name* where `--name` means something."""
    group = parser.add_argument_group(
        "encryption", "Found by themselves for a service of a local fleet with TLS."
    )
    group.add_argument(
        "--tls", action="store_true", help="call over TLS; each of those below says so"
    )
    for option, text in _FILES.items():
        group.add_argument(f"--{option}", type=Path, metavar="FILE", help=text)
    names = ["--name", "--server-name"] if name else ["--server-name"]
    group.add_argument(*names, dest="server_name", metavar="NAME", help=_NAME)


@dataclass(frozen=True, slots=True)
class Destination:
    """A target URL, and what to call it over; None: not encrypted."""

    url: str
    tls: TlsConfig | None


async def destination(options: argparse.Namespace, session: Session) -> Destination:
    """Return where to call for what was typed.

    What is typed goes before what a local fleet says of its files.

    Raises:
        BadInput: A certificate without its key, or the reverse.
        BadTarget: Nothing that can be called, as NotRunning and Unknown.
    """
    found = await find(options.target, session)
    typed = {option: getattr(options, option) for option in _FILES}
    if (typed["cert"] is None) is not (typed["key"] is None):
        raise BadInput("--cert", "is of use only together with --key, and the reverse")
    paths = {**_paths(found.tls), **{k: v for k, v in typed.items() if v}}
    if not (paths or options.tls or options.server_name):
        return Destination(found.url, None)
    files = TlsFiles(**paths)
    return Destination(found.url, TlsConfig(files=files, name=options.server_name))


def _paths(told: Mapping[str, str]) -> dict[str, Path]:
    return {option: Path(path) for option, path in told.items()}


@contextlib.asynccontextmanager
async def opened(options: argparse.Namespace, session: Session) -> AsyncIterator[Wire]:
    """Open a channel to the target that was typed, for the length of the block.

    Raises:
        NoEndpoints: From the block, with what to do where it is about TLS.
    """
    where = await destination(options, session)
    async with wire(where.url, ChannelConfig(tls=where.tls)) as found:
        try:
            yield found
        except NoEndpoints as error:
            raise advised(error) from None


def advised(error: NoEndpoints) -> NoEndpoints:
    """Return *error*, with what to do where its reason is one of TLS."""
    for words, advice in _ADVICE.items():
        if words in error.reason:
            reason = f"{error.reason}: {advice}"
            return NoEndpoints(error.target, reason, error.status)
    return error
