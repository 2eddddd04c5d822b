"""Sending a response: whole, or as its chunks come."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from services.gateway.exchange import Chunks, Response
from services.gateway.failure import Header
from services.gateway.guard.headers import SECURITY

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
SendWhole = Callable[[int, bytes, bytes], bool]
"""See `services.gateway.http.whole`."""

_ID = b"x-request-id"
_OURS = frozenset([_ID, *(name for name, _ in SECURITY)])
_SPECIAL = _OURS | {b"connection", b"content-length", b"transfer-encoding"}
_SECURITY_LINES = b"".join(b"%b: %b\r\n" % header for header in SECURITY)
_BODILESS = frozenset([204, 304])


class Answer:
    """One answer, and how far it has got."""

    __slots__ = ("_request_id", "_send", "_verb", "_whole", "done", "size")

    def __init__(
        self, send: Send, whole: SendWhole | None, verb: str, request_id: str
    ) -> None:
        self._send = send
        self._whole = whole
        self._verb = verb
        self._request_id = request_id
        self.done = False
        self.size = 0
        """Bytes of the body so far."""

    async def give(self, response: Response, more: Sequence[Header] = ()) -> None:
        """Send *response*, with the headers *more* that the server wants."""
        body = response.body
        empty = response.status in _BODILESS
        if not isinstance(body, bytes):
            await self._stream(response, body, silent=empty or self._verb == "HEAD")
            return
        if not (empty or more) and self._at_once(response, body):
            return
        headers = [*self._headers(response), *more]
        if not empty:
            headers.append((b"content-length", b"%d" % len(body)))
        await self._begin(response.status, headers)
        await self._end(b"" if empty or self._verb == "HEAD" else body)

    def _at_once(self, response: Response, body: bytes) -> bool:
        """Send an answer as nearly all are; False for one that is not like that."""
        own = response.headers
        if self._whole is None or not _SPECIAL.isdisjoint([name for name, _ in own]):
            return False
        lines = b"".join([b"%b: %b\r\n" % header for header in own])
        if not lines.count(b"\r") == lines.count(b"\n") == len(own):
            return False  # a value with an end of line; the slow way refuses it
        head = b"%b%bx-request-id: %b\r\ncontent-length: %d\r\n" % (
            lines,
            _SECURITY_LINES,
            self._request_id.encode(),
            len(body),
        )
        if not self._whole(response.status, head, body):
            return False
        self.size = len(body)
        self.done = True
        return True

    async def _stream(
        self, response: Response, chunks: Chunks, *, silent: bool
    ) -> None:
        try:
            await self._begin(response.status, self._headers(response))
            if not silent:
                await self._chunks(chunks)
            await self._end(b"")
        finally:
            await chunks.aclose()

    async def _chunks(self, chunks: Chunks) -> None:
        async for chunk in chunks:
            self.size += len(chunk)
            await self._send(
                {"type": "http.response.body", "body": chunk, "more_body": True}
            )

    def _headers(self, response: Response) -> list[Header]:
        """Return all but the length; what a door says of its own safety counts."""
        named = {name for name, _ in response.headers}
        own = [header for header in response.headers if header[0] != _ID]
        rest = [header for header in SECURITY if header[0] not in named]
        return [*own, *rest, (_ID, self._request_id.encode())]

    async def _begin(self, status: int, headers: list[Header]) -> None:
        await self._send(
            {"type": "http.response.start", "status": status, "headers": headers}
        )

    async def _end(self, body: bytes) -> None:
        self.size += len(body)
        await self._send({"type": "http.response.body", "body": body})
        self.done = True
