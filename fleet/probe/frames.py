"""HTTP/2 frames (RFC 9113), as far as one call needs them."""

from collections.abc import Iterator

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 6, 7, 9

ACK = END_STREAM = 0x1
END_HEADERS = 0x4
PADDED = 0x8
PRIORITY = 0x20

_HEAD = 9
_LARGEST = 16384
"""Bytes of a payload; nobody may send more to one who has not allowed it."""


class Frame:
    """One frame; a plain class, as every import costs the probe a millisecond."""

    __slots__ = ("flags", "kind", "payload", "stream")

    def __init__(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        self.kind = kind
        self.flags = flags
        self.stream = stream
        self.payload = payload


def pack(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Return the bytes of a frame."""
    head = len(payload).to_bytes(3, "big") + bytes([kind, flags])
    return head + stream.to_bytes(4, "big") + payload


def courtesy(frame: Frame) -> bytes | None:
    """Return the acknowledgement that *frame* is owed, if any."""
    if frame.kind in (SETTINGS, PING) and not frame.flags & ACK:
        echo = frame.payload if frame.kind == PING else b""
        return pack(frame.kind, ACK, 0, echo)
    return None


def body(frame: Frame) -> bytes:
    """Return the payload of DATA or HEADERS, without padding and priority.

    Raises:
        ValueError: There is more padding than payload.
    """
    start, end = 0, len(frame.payload)
    if frame.flags & PADDED:
        start, end = 1, end - frame.payload[0] if frame.payload else -1
    if frame.kind == HEADERS and frame.flags & PRIORITY:
        start += 5
    if end < start:
        raise ValueError("a frame is shorter than its padding")
    return frame.payload[start:end]


class Reader:
    """Cuts bytes into frames, however they were packed into packets."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._greeted = False

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Return the frames that *data* completes.

        Raises:
            ValueError: The bytes are not HTTP/2.
        """
        self._buffer += data
        while len(self._buffer) >= _HEAD:
            frame_end = _HEAD + self._length()
            if len(self._buffer) < frame_end:
                return
            raw = bytes(self._buffer[:frame_end])
            del self._buffer[:frame_end]
            stream = int.from_bytes(raw[5:_HEAD], "big") & 0x7FFFFFFF
            yield Frame(raw[3], raw[4], stream, raw[_HEAD:])

    def _length(self) -> int:
        length = int.from_bytes(self._buffer[:3], "big")
        if not self._greeted and self._buffer[3] != SETTINGS:
            raise ValueError(
                f"it says {bytes(self._buffer[:16])!r}, which is not HTTP/2"
            )
        self._greeted = True
        if length > _LARGEST:
            raise ValueError(f"a frame of {length} bytes, allowed are {_LARGEST}")
        return length
