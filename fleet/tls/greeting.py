"""A first contact over TLS, as gRPC makes it, whose errors say what they mean."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fleet.endpoint import Endpoint
from fleet.tls.contexts import client_context, present
from fleet.tls.files import Material

_HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
"""The preface of HTTP/2 and empty SETTINGS (RFC 9113, section 3.4)."""

Answer = tuple[asyncio.StreamReader, ssl.SSLObject]


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to greet, and as whom."""

    endpoint: Endpoint
    name: str
    """What the certificate must say, where anybody looks."""
    material: Material

    def context(self) -> ssl.SSLContext:
        """Return a client that presents our certificate and believes everybody."""
        context = client_context()
        present(context, self.material)
        return context

    @contextlib.asynccontextmanager
    async def greeted(self, context: ssl.SSLContext) -> AsyncIterator[Answer]:
        """Connect, shake hands and say hello; yield what they answer, and their TLS.

        In TLS 1.3 a server refuses its caller's certificate only after the handshake:
        the first bytes that it says tell whether it has.

        Raises:
            ssl.SSLError: The handshake failed.
            OSError: So did the connection before it.
        """
        reader, writer = await asyncio.open_connection(
            self.endpoint.host,
            self.endpoint.port,
            ssl=context,
            server_hostname=self.name,
        )
        try:
            writer.write(_HELLO)
            yield reader, writer.get_extra_info("ssl_object")
        finally:
            writer.transport.abort()
