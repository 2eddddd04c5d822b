"""One `grpc.health.v1.Health/Check`, spoken by hand."""

import socket
import time

from fleet.probe import frames, hpack
from fleet.probe.answer import Answer
from fleet.probe.failed import ProbeFailed

__all__ = ["ProbeFailed", "check"]

_CHUNK = 65536
_NO_TABLE = b"\0\x01" + bytes(4)
"""SETTINGS_HEADER_TABLE_SIZE is 0."""
_LONGEST_NAME = 127


def check(host: str, port: int, *, service: str = "", timeout_s: float = 2.0) -> None:
    """Return when the task says SERVING; blocks for *timeout_s* at most.

    Args:
        host: An address; a name is looked up, for which the system takes its time.
        port: Of the task.
        service: Such as `rpc.Rpc`, 127 bytes at most; empty: the whole task.
        timeout_s: Seconds for everything, connecting included.

    Raises:
        ProbeFailed: Any other outcome, with the reason for people.
    """
    where = f"{host}:{port}"
    if len(service.encode()) > _LONGEST_NAME:
        raise ProbeFailed(where, f"a service name of more than {_LONGEST_NAME} bytes")
    deadline = time.monotonic() + timeout_s
    try:
        with _connect(host, port, timeout_s) as wire:
            wire.settimeout(_left(deadline))
            wire.sendall(_question(where, service))
            answer = _listen(wire, deadline)
    except TimeoutError as error:
        raise ProbeFailed(where, f"no answer in {timeout_s:g} s") from error
    except (OSError, UnicodeError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ProbeFailed(where, reason) from error
    except ValueError as error:
        raise ProbeFailed(where, f"not a gRPC server: {error}") from error
    if problem := answer.problem():
        raise ProbeFailed(where, problem)


def _connect(host: str, port: int, timeout_s: float) -> socket.socket:
    """Connect to the first address of *host*; a task has one."""
    # Bytes, or the whole of IDNA is loaded to look at four numbers.
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    family, kind, protocol, _, address = found[0]
    wire = socket.socket(family, kind, protocol)
    try:
        wire.settimeout(timeout_s)
        wire.connect(address)
    except BaseException:
        wire.close()
        raise
    return wire


def _question(authority: str, service: str) -> bytes:
    """Return all that the client has to say, in one piece."""
    name = service.encode()
    # Field 1, a string; a length below 128 is one byte.
    field = b"\x0a" + len(name).to_bytes() + name if name else b""
    return b"".join(
        [
            frames.PREFACE,
            frames.pack(frames.SETTINGS, 0, 0, _NO_TABLE),
            frames.pack(frames.HEADERS, frames.END_HEADERS, 1, _headers(authority)),
            frames.pack(
                frames.DATA, frames.END_STREAM, 1, len(field).to_bytes(5) + field
            ),
        ]
    )


def _headers(authority: str) -> bytes:
    return b"".join(
        [
            hpack.literal(":method", "POST"),
            hpack.literal(":scheme", "http"),
            hpack.literal(":path", "/grpc.health.v1.Health/Check"),
            hpack.literal(":authority", authority),
            hpack.literal("te", "trailers"),
            hpack.literal("content-type", "application/grpc"),
        ]
    )


def _listen(wire: socket.socket, deadline: float) -> Answer:
    """Read frames until the answer is whole, and do what HTTP/2 asks for.

    Raises:
        TimeoutError: Not whole at *deadline*, however much was said.
        ValueError: This is not HTTP/2, or not as the rules have it.
        OSError: The connection broke.
    """
    reader = frames.Reader()
    answer = Answer()
    while not answer.done:
        wire.settimeout(_left(deadline))
        data = wire.recv(_CHUNK)
        if not data:
            raise ConnectionResetError("closed before it answered")
        for frame in reader.feed(data):
            if reply := frames.courtesy(frame):
                wire.settimeout(_left(deadline))
                wire.sendall(reply)
            answer.take(frame)
            if answer.done:
                break
    return answer


def _left(deadline: float) -> float:
    left_s = deadline - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s
