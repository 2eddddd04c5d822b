"""One GET of a health page, spoken by hand.

In HTTP/1.0 (RFC 1945): an answer to it comes in one piece, as long as its
content-length or until the connection ends, and never in chunks.
"""

from fleet.probe.failed import ProbeFailed
from fleet.probe.wire import Ears, Wrap, converse

_HEALTHY = b"200"
_LARGEST = 65536
"""Bytes of headers, and of the page: a health page has a hundred."""
_END = b"\r\n\r\n"
_LENGTH = b"content-length"


def get(
    host: str,
    port: int,
    path: str,
    *,
    timeout_s: float = 2.0,
    wrap: Wrap | None = None,
) -> None:
    """Return when a GET is answered with 200, to the end; blocks for *timeout_s*.

    A redirect is not followed and not healthy: whoever answers it is not the task.

    Args:
        host: An address, an IPv6 one without brackets; a name is looked up, for
            which the system takes its time.
        port: Of the task.
        path: From the first slash on, printable ASCII.
        timeout_s: Seconds for everything, connecting included.
        wrap: For TLS, see `fleet.probe.secure`; None: the connection is plain.

    Raises:
        ProbeFailed: Any other outcome, with the reason for people.
    """
    name = f"[{host}]" if ":" in host else host
    question = f"GET {path} HTTP/1.0\r\nhost: {name}:{port}\r\naccept: */*\r\n\r\n"
    status = converse(
        (host, port),
        question.encode("ascii"),
        _listen,
        timeout_s=timeout_s,
        wanted="an HTTP server",
        wrap=wrap,
    )
    if status != _HEALTHY:
        raise ProbeFailed(
            f"{host}:{port}", f"it answers with HTTP status {status.decode()}"
        )


def _listen(ears: Ears) -> bytes:
    """Return the status of an answer that was read to its end.

    Raises:
        TimeoutError: No end in time, however much was said.
        ValueError: This is not HTTP, or too much of it.
        OSError: The connection broke, or ended early.
    """
    said = b""
    while _END not in said:
        data = ears.read()
        if not data:
            raise ConnectionResetError("closed before it answered")
        said += data
        _check_start(said)
        if _END not in said and len(said) > _LARGEST:
            raise ValueError(f"headers of more than {_LARGEST} bytes")
    head, _, body = said.partition(_END)
    _read_body(ears, _length(head), len(body))
    return head[9:12]


def _check_start(said: bytes) -> None:
    """Say early that this is no HTTP: its first packet may be its last."""
    start = said[:12]
    like = b"HTTP/1." + start[7:8] + b" " + start[9:12]
    digits = start[7:8] + start[9:12]
    if not like.startswith(start) or (digits and not digits.isdigit()):
        raise ValueError(f"it says {start!r}")
    if said[12:13] not in (b"", b" ", b"\r"):
        raise ValueError(f"it says {said[:16]!r}")


def _length(head: bytes) -> int | None:
    """Return how long the page is, None for: until the connection ends."""
    found: set[int] = set()
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == _LENGTH:
            value = value.strip()
            if not value.isdigit() or len(value) > len(str(_LARGEST)):
                raise ValueError(f"a content-length of {value[:20]!r}")
            found.add(int(value))
    if len(found) > 1:  # whoever stands between believes one of them: RFC 9112, 6.3
        raise ValueError(f"content-lengths of {sorted(found)}")
    return found.pop() if found else None


def _read_body(ears: Ears, length: int | None, got: int) -> None:
    while length is None or got < length:
        if got > _LARGEST:
            raise ValueError(f"a page of more than {_LARGEST} bytes")
        data = ears.read()
        if not data and length is not None:
            raise ConnectionResetError(f"closed after {got} of {length} bytes")
        if not data:
            return
        got += len(data)
