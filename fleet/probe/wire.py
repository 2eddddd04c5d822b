"""One question and its answer over a connection of their own, in bounded time."""

import socket
import time
from collections.abc import Callable
from typing import TypeVar

from fleet.probe.failed import ProbeFailed, Refused

T = TypeVar("T")

Wrap = Callable[[socket.socket], socket.socket]
"""Puts TLS around a connection."""

_CHUNK = 65536


class Ears:
    """What a listener reads and replies with until its time is over.

    Attributes:
        heard: Something came.
    """

    __slots__ = ("_deadline", "_wire", "heard")

    def __init__(self, wire: socket.socket, deadline: float) -> None:
        self.heard = False
        self._wire = wire
        self._deadline = deadline

    def read(self) -> bytes:
        """Return what came, empty at the end of the connection.

        Raises:
            TimeoutError: The deadline is over, however much was said.
            OSError: The connection broke.
        """
        self._wire.settimeout(_left(self._deadline))
        data = self._wire.recv(_CHUNK)
        self.heard = self.heard or bool(data)
        return data

    def say(self, data: bytes) -> None:
        """Send *data*.

        Raises:
            TimeoutError: The deadline is over.
            OSError: The connection broke.
        """
        self._wire.settimeout(_left(self._deadline))
        self._wire.sendall(data)


def converse(  # noqa: PLR0913 - one question, and how it is put
    address: tuple[str, int],
    question: bytes,
    listen: Callable[[Ears], T],
    *,
    timeout_s: float,
    wanted: str,
    wrap: Wrap | None = None,
) -> T:
    """Connect, say *question*, return what *listen* makes of the answer.

    Args:
        address: Host and port; a name is looked up, for which the system takes
            its time.
        question: All that we say unasked.
        listen: Raises ValueError where the answer breaks the rules.
        timeout_s: Seconds for everything, connecting included.
        wanted: What should be there, for people: "a gRPC server".
        wrap: For TLS; None: the connection is plain.

    Raises:
        Refused: It hung up after the TLS handshake, and has said nothing.
        ProbeFailed: Anything else that went wrong, with the reason for people.
    """
    where = f"{address[0]}:{address[1]}"
    deadline = time.monotonic() + timeout_s
    ears: Ears | None = None
    try:
        with _connect(address, deadline, wrap) as wire:
            ears = Ears(wire, deadline)
            ears.say(question)
            return listen(ears)
    except TimeoutError as error:
        raise ProbeFailed(where, f"no answer in {timeout_s:g} s") from error
    except (OSError, UnicodeError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        # In TLS 1.3 the handshake is over before our certificate is refused.
        hint = wrap and isinstance(error, ConnectionResetError)
        reason += " (does it want another certificate?)" if hint else ""
        refused = wrap and ears and not ears.heard
        raise (Refused if refused else ProbeFailed)(where, reason) from error
    except ValueError as error:
        raise ProbeFailed(where, f"not {wanted}: {error}") from error


def _connect(
    address: tuple[str, int], deadline: float, wrap: Wrap | None
) -> socket.socket:
    """Connect to the first address of the host; a task has one."""
    host, port = address
    # Bytes, or the whole of IDNA is loaded to look at four numbers.
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    family, kind, protocol, _, numbers = found[0]
    wire = socket.socket(family, kind, protocol)
    try:
        wire.settimeout(_left(deadline))
        wire.connect(numbers)
        wire.settimeout(_left(deadline))
        return wrap(wire) if wrap else wire
    except BaseException:
        wire.close()
        raise


def _left(deadline: float) -> float:
    left_s = deadline - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s
