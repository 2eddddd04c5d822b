"""Asking a task for its health, without blocking the supervisor."""

import asyncio
import functools
import re
from collections.abc import Mapping

from fleet.endpoint import Endpoint
from fleet.local.tasks.task import Probe
from fleet.probe import ProbeFailed, check
from fleet.probe.secure import wrapping
from fleet.tls.files import TlsFiles

_ASK = "GET /readyz"
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)(?: [ -~]{0,50})?\r\n")


def probes(tls: TlsFiles | None) -> Mapping[str, Probe]:
    """Return how tasks are asked, by what `ServicePlan.probe` says.

    Args:
        tls: With which gRPC is spoken, read for each question anew; None: plainly.
    """
    return {"grpc": functools.partial(_probe, tls), "http": http_probe}


async def _probe(
    tls: TlsFiles | None, endpoint: Endpoint, timeout_s: float
) -> str | None:
    """Ask *endpoint*; return None when it is serving, else the reason why not."""
    host, port = endpoint.host, endpoint.port
    wrap = None
    if tls is not None:
        ca, cert, key = str(tls.ca), str(tls.cert), str(tls.key)
        wrap = wrapping(host, "h2", ca=ca, cert=cert, key=key)
    try:
        await asyncio.to_thread(check, host, port, timeout_s=timeout_s, wrap=wrap)
    except ProbeFailed as failed:
        return str(failed)
    return None


async def http_probe(endpoint: Endpoint, timeout_s: float) -> str | None:
    """Ask *endpoint* for /readyz; return None when that is 200, else the reason."""
    try:
        async with asyncio.timeout(timeout_s):
            line = await _first_line(endpoint)
    except TimeoutError:
        return f"{endpoint}: no answer to {_ASK} within {timeout_s:g} s"
    except OSError as error:
        return f"{endpoint}: {error.strerror or error}"
    except asyncio.IncompleteReadError:
        return f"{endpoint}: hung up on {_ASK}"
    except asyncio.LimitOverrunError:
        line = b""
    status = _STATUS.fullmatch(line)
    if status is None:
        return f"{endpoint}: the answer to {_ASK} is not HTTP"
    said = status[1].decode()
    return None if said == "200" else f"{endpoint}: {_ASK} says {said}"


async def _first_line(endpoint: Endpoint) -> bytes:
    reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
    try:
        head = f"{_ASK} HTTP/1.1\r\nhost: {endpoint}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode())
        return await reader.readuntil(b"\r\n")
    finally:
        writer.close()
