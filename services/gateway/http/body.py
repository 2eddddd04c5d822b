"""The body of a request: read once, when a door wants it, under limits."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from fleet.errors import Status
from services.gateway.failure import Failure
from services.gateway.http.inflate import inflate, too_large
from services.gateway.http.metrics import Metrics
from services.gateway.policy.policy import Limits

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Body:
    """Called once; one that is never called costs nothing."""

    __slots__ = ("_headers", "_limits", "_metrics", "_receive", "read")

    def __init__(
        self,
        headers: Mapping[str, str],
        receive: Receive,
        limits: Limits,
        metrics: Metrics,
    ) -> None:
        self._headers = headers
        self._receive = receive
        self._limits = limits
        self._metrics = metrics
        self.read = False
        """Whether all of it has been taken from the connection."""

    @property
    def announced(self) -> bool:
        """Whether the request says that it has one."""
        length = self._headers.get("content-length", "0")
        return length != "0" or "transfer-encoding" in self._headers

    async def __call__(self) -> bytes:
        """Return it, without its compression.

        Raises:
            Failure: 413, 408, 415, or 400 for one that is broken.
        """
        if not self.announced:
            return b""
        most = self._limits.body_bytes
        if int(self._headers.get("content-length", "0")) > most:
            raise self._too_large()
        data = await self._in_time()
        self.read = True
        encoding = self._headers.get("content-encoding")
        return data if encoding is None else inflate(data, encoding, most)

    async def _in_time(self) -> bytes:
        limit_s = self._limits.body_timeout_s
        try:
            async with asyncio.timeout(limit_s):
                return await self._whole()
        except TimeoutError:
            self._metrics.rejected("body_timeout")
            text = f"the body took longer than {limit_s:g} s"
            # The rest may come as long as it likes; it would be read as the next
            # request's if this connection went on.
            close = [(b"connection", b"close")]
            raise Failure(
                Status.DEADLINE_EXCEEDED, text, http=408, headers=close
            ) from None

    async def _whole(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Failure(Status.CANCELLED, "the caller has left")
            part = message.get("body", b"")
            size += len(part)
            if size > self._limits.body_bytes:
                raise self._too_large()
            parts.append(part)
            if not message.get("more_body", False):
                return parts[0] if len(parts) == 1 else b"".join(parts)

    def _too_large(self) -> Failure:
        self._metrics.rejected("body_bytes")
        return too_large(self._limits.body_bytes)
