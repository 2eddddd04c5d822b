"""One `grpc.health.v1.Health/Check`, spoken by hand."""

from fleet.probe import frames, hpack
from fleet.probe.answer import Answer
from fleet.probe.failed import ProbeFailed
from fleet.probe.wire import Ears, Wrap, converse

__all__ = ["ProbeFailed", "check"]

_NO_TABLE = b"\0\x01" + bytes(4)
"""SETTINGS_HEADER_TABLE_SIZE is 0."""
_LONGEST_NAME = 127


def check(
    host: str,
    port: int,
    *,
    service: str = "",
    timeout_s: float = 2.0,
    wrap: Wrap | None = None,
) -> None:
    """Return when the task says SERVING; blocks for *timeout_s* at most.

    Args:
        host: An address; a name is looked up, for which the system takes its time.
        port: Of the task.
        service: Such as `rpc.Rpc`, 127 bytes at most; empty: the whole task.
        timeout_s: Seconds for everything, connecting included.
        wrap: For TLS, see `fleet.probe.secure`; None: the connection is plain.

    Raises:
        ProbeFailed: Any other outcome, with the reason for people.
    """
    where = f"{host}:{port}"
    if len(service.encode()) > _LONGEST_NAME:
        raise ProbeFailed(where, f"a service name of more than {_LONGEST_NAME} bytes")
    answer = converse(
        (host, port),
        _question(where, service, "https" if wrap else "http"),
        _listen,
        timeout_s=timeout_s,
        wanted="a gRPC server",
        wrap=wrap,
    )
    if problem := answer.problem():
        raise ProbeFailed(where, problem)


def _question(authority: str, service: str, scheme: str) -> bytes:
    """Return all that the client has to say, in one piece."""
    name = service.encode()
    # Field 1, a string; a length below 128 is one byte.
    field = b"\x0a" + len(name).to_bytes() + name if name else b""
    return b"".join(
        [
            frames.PREFACE,
            frames.pack(frames.SETTINGS, 0, 0, _NO_TABLE),
            frames.pack(
                frames.HEADERS, frames.END_HEADERS, 1, _headers(authority, scheme)
            ),
            frames.pack(
                frames.DATA, frames.END_STREAM, 1, len(field).to_bytes(5) + field
            ),
        ]
    )


def _headers(authority: str, scheme: str) -> bytes:
    return b"".join(
        [
            hpack.literal(":method", "POST"),
            hpack.literal(":scheme", scheme),
            hpack.literal(":path", "/grpc.health.v1.Health/Check"),
            hpack.literal(":authority", authority),
            hpack.literal("te", "trailers"),
            hpack.literal("content-type", "application/grpc"),
        ]
    )


def _listen(ears: Ears) -> Answer:
    """Read frames until the answer is whole, and do what HTTP/2 asks for.

    Raises:
        TimeoutError: Not whole in time, however much was said.
        ValueError: This is not HTTP/2, or not as the rules have it.
        OSError: The connection broke.
    """
    reader = frames.Reader()
    answer = Answer()
    while not answer.done:
        data = ears.read()
        if not data:
            raise ConnectionResetError("closed before it answered")
        for frame in reader.feed(data):
            if reply := frames.courtesy(frame):
                ears.say(reply)
            answer.take(frame)
            if answer.done:
                break
    return answer
