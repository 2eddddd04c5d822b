"""Throw-away certificates, made by the openssl program."""

import asyncio
import ssl
from pathlib import Path


async def certificate(folder: Path, name: str = "server") -> tuple[Path, Path]:
    """Return a certificate for 127.0.0.1 that vouches for itself, and its key."""
    made, key = folder / f"{name}.pem", folder / f"{name}.key"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1"
    extension = "subjectAltName=IP:127.0.0.1,DNS:localhost"
    process = await asyncio.create_subprocess_exec(
        "openssl",
        *words.split(),
        *("-subj", f"/CN={name}", "-addext", extension),
        *("-keyout", str(key), "-out", str(made)),
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return made, key


def server_context(made: Path, key: Path) -> ssl.SSLContext:
    """Return what a server needs to speak TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    return context
