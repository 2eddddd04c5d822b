"""Getting a page of metrics: one GET, bounded in time and size.

In HTTP/1.0 (RFC 1945): an answer to it comes in one piece, and ends with the
connection.
"""

import asyncio
import os
from urllib.parse import urlsplit

TIMEOUT_S = 1.0
"""Seconds for everything; a page is made in some milliseconds."""
_LARGEST = 16 * 1024 * 1024
"""Bytes of a page: a thousand methods with every status."""
_CHUNK = 65536


async def fetch(url: str, *, timeout_s: float = TIMEOUT_S) -> str:
    """Return the page at *url*, which starts with `http://`.

    Raises:
        OSError: There is no answer, or none within *timeout_s*.
        ValueError: What is answered is no such page.
    """
    parts = urlsplit(url)
    async with asyncio.timeout(timeout_s):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
        try:
            question = f"GET {parts.path or '/'} HTTP/1.0\r\nHost: {parts.netloc}\r\n"
            writer.write(f"{question}Accept: text/plain\r\n\r\n".encode("ascii"))
            answer = await _everything(reader)
        finally:
            writer.transport.abort()
    return _body(answer)


async def _everything(reader: asyncio.StreamReader) -> bytes:
    answer = bytearray()
    while chunk := await reader.read(_CHUNK):
        answer += chunk
        if len(answer) > _LARGEST:
            raise ValueError(f"a page of more than {_LARGEST} bytes")
    return bytes(answer)


def _body(answer: bytes) -> str:
    head, end, body = answer.partition(b"\r\n\r\n")
    first, *fields = head.split(b"\r\n")
    version, _, status = first.partition(b" ")
    if not end or not version.startswith(b"HTTP/"):
        raise ValueError("what answers is no HTTP server")
    if not status.startswith(b"200"):
        raise ValueError(f"HTTP status {status[:40].decode('ascii', 'replace')}")
    for line in fields:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length" and int(value) != len(body):
            raise ValueError(f"it broke off after {len(body)} bytes")
    return body.decode()


def why(error: OSError | ValueError) -> str:
    """Return why there is no page, for people."""
    if isinstance(error, TimeoutError):
        return f"no answer within {TIMEOUT_S:g} s"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()  # asyncio's own text has the address
    return str(error)
