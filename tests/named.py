"""BIND's nameserver, as the judge of our questions."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import dns.asyncquery
import dns.exception
import dns.message

from fleet.endpoint import Endpoint
from tests import programs

_CONFIG = """
options {{
  directory "{home}"; pid-file none; session-keyfile none;
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  recursion no; dnssec-validation no; notify no; empty-zones-enable no;
}};
controls {{ }};
zone "local" {{ type primary; file "local.zone"; }};
zone "broken" {{ type primary; file "missing.zone"; }};
"""
_ZONE = """
$TTL 1
@ SOA ns hostmaster {serial} 60 60 60 1
@ NS ns
ns A 127.0.0.1
"""
_PATIENCE_S = 30


class Named:
    """A running `named` that is the source of the zone `local`."""

    def __init__(self, home: Path, process: asyncio.subprocess.Process) -> None:
        self._home = home
        self._process = process
        self._serial = 1

    def serve(self, lines: Iterable[str]) -> None:
        """Replace the records of the zone; seen a moment later."""
        self._serial += 1
        write_zone(self._home, self._serial, lines)
        self._process.send_signal(signal.SIGHUP)

    def freeze(self) -> None:
        """Make it silent, with its port open."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)


def write_zone(home: Path, serial: int, lines: Iterable[str]) -> None:
    """Write the zone file with *lines* after SOA and NS."""
    text = _ZONE.format(serial=serial) + "\n".join(lines) + "\n"
    (home / "local.zone").write_text(text)


@contextlib.asynccontextmanager
async def named(
    home: Path, lines: Iterable[str] = ()
) -> AsyncIterator[tuple[Endpoint, Named]]:
    """Run `named` for the length of the block."""
    there = Endpoint("127.0.0.1", free_port())
    (home / "named.conf").write_text(_CONFIG.format(home=home, port=there.port))
    write_zone(home, 1, lines)
    with (home / "named.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            programs.find("named") or "",
            *("-g", "-4", "-n", "1", "-c", str(home / "named.conf")),
            stderr=log,
        )
    try:
        if not await _is_ready(there, process):
            raise RuntimeError(_text(home / "named.log"))
        yield there, Named(home, process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()  # it may be frozen, and has nothing to save
        await process.wait()


async def _is_ready(there: Endpoint, process: asyncio.subprocess.Process) -> bool:
    question = dns.message.make_query("local", "SOA")
    async with asyncio.timeout(_PATIENCE_S):
        while process.returncode is None:
            with contextlib.suppress(dns.exception.DNSException, OSError):
                await dns.asyncquery.udp(question, there.host, 0.2, there.port)
                return True
    return False


def _text(log: Path) -> str:
    return log.read_text()


def free_port() -> int:
    """Return a port that is free for both UDP and TCP at this moment."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError):
                udp.bind(tcp.getsockname())
                return int(tcp.getsockname()[1])
