"""What a task answers to one call, put together from frames."""

from fleet.probe import frames, hpack
from fleet.probe.frames import Frame

_LARGEST = 65536
"""Bytes of headers or of message: an answer has a hundred."""

_HEALTH = ("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN")
_MEANING = {
    "4": "its deadline is over",
    "5": "it knows no such service",
    "8": "it is overloaded",
    "12": "it has no health service",
    "14": "it is unavailable",
}


class Answer:
    """Collects the frames of stream 1.

    Attributes:
        done: Nothing more is to come.
    """

    def __init__(self) -> None:
        self.done = False
        self._broken = ""
        self._headers: dict[str, str] = {}
        self._block = b""
        self._last_block = False
        self._message = b""

    def take(self, frame: Frame) -> None:
        """Add *frame*.

        Raises:
            ValueError: The frame is against the rules, or too much was said.
        """
        if frame.kind == frames.GOAWAY:
            self._goaway(frame.payload)
        elif frame.stream != 1:
            return
        elif frame.kind == frames.RST_STREAM:
            code = int.from_bytes(frame.payload, "big")
            self._break(f"it reset the call (HTTP/2 error {code})")
        elif frame.kind == frames.DATA:
            self._message = _within(self._message + frames.body(frame))
            self.done = bool(frame.flags & frames.END_STREAM)
        elif frame.kind in (frames.HEADERS, frames.CONTINUATION):
            self._take_headers(frame)

    def _take_headers(self, frame: Frame) -> None:
        if frame.kind == frames.HEADERS:
            self._last_block = bool(frame.flags & frames.END_STREAM)
        self._block = _within(self._block + frames.body(frame))
        if frame.flags & frames.END_HEADERS:
            self._headers.update(hpack.decode(self._block))
            self._block = b""
            self.done = self._last_block

    def _goaway(self, payload: bytes) -> None:
        last, code = payload[:4], int.from_bytes(payload[4:8], "big")
        if not int.from_bytes(last, "big"):  # ours is 1: it will not be answered
            said = payload[8:108].decode("ascii", "backslashreplace")
            self._break(f"it sent us away (HTTP/2 error {code}) {said!r}")

    def _break(self, problem: str) -> None:
        self._broken = problem
        self.done = True

    def problem(self) -> str | None:
        """Return why this is not SERVING, or None when it is."""
        http = self._headers.get(":status", "200")
        status = self._headers.get("grpc-status")
        if self._broken:
            return self._broken
        if http != "200":
            return f"not a gRPC server: it answers with HTTP status {http[:40]!r}"
        if status is None:
            return "not a gRPC server: the answer has no grpc-status"
        if status != "0":
            meaning = _MEANING.get(status, "it refused the call")
            return f"{meaning} (grpc-status {status[:40]!r})"
        health = _health(self._message)
        return None if health == "SERVING" else f"it says {health}"


def _within(data: bytes) -> bytes:
    if len(data) > _LARGEST:
        raise ValueError(f"an answer of more than {_LARGEST} bytes")
    return data


def _health(message: bytes) -> str:
    """Return the status in a framed HealthCheckResponse.

    Only its one field is understood; a newer one may follow it.
    """
    if len(message) < 5 or int.from_bytes(message[:5], "big") != len(message) - 5:  # noqa: PLR2004 - the frame of a message
        return "something that is not one whole, uncompressed message"
    field = message[5:7]
    if not field:
        return "UNKNOWN"
    known = field[0] == 0x08 and len(field) > 1 and field[1] < len(_HEALTH)  # noqa: PLR2004 - field 1, a varint
    return _HEALTH[field[1]] if known else f"{message[5:45]!r}"
