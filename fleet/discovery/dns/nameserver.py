"""One nameserver, as dnspython is to ask it."""

import asyncio
from typing import Any

import dns.exception
import dns.message
import dns.nameserver

from fleet.endpoint import Endpoint


class Garbage(dns.exception.DNSException):
    """Something came, and none of it was an answer to the question."""


class Nameserver(dns.nameserver.Do53Nameserver):
    """A nameserver that tells dead, silent and senseless apart.

    dnspython's own asks from an unconnected socket: there the news that nobody
    listens is lost, and garbage looks like silence.
    """

    failed = False
    """The last attempt brought nothing."""

    def __str__(self) -> str:
        return str(Endpoint(self.address, self.port))

    async def async_query(
        self,
        request: dns.message.QueryMessage,
        *_: object,
        **options: Any,  # noqa: ANN401 - dnspython's seven, passed on
    ) -> dns.message.Message:
        """Ask over UDP, or over TCP when UDP turned out to be too short."""
        try:
            if options["max_size"]:
                reply = await super().async_query(request, **options)
            else:
                reply = await self._ask(request, options["timeout"])
        except dns.message.Truncated:
            raise  # it is there, and has more to say
        except (dns.exception.DNSException, OSError, EOFError):
            self.failed = True
            raise
        self.failed = False
        return reply

    async def _ask(
        self, question: dns.message.QueryMessage, timeout_s: float
    ) -> dns.message.Message:
        loop = asyncio.get_running_loop()
        transport, exchange = await loop.create_datagram_endpoint(
            lambda: _Exchange(question), remote_addr=(self.address, self.port)
        )
        try:
            async with asyncio.timeout(timeout_s):
                transport.sendto(question.to_wire())
                return await exchange.reply
        except TimeoutError:
            raise Garbage if exchange.heard else dns.exception.Timeout from None
        finally:
            transport.close()


class _Exchange(asyncio.DatagramProtocol):
    """One question on a socket of its own, so on a port that nobody can guess."""

    def __init__(self, question: dns.message.QueryMessage) -> None:
        self._question = question
        self.reply: asyncio.Future[dns.message.Message] = asyncio.Future()
        self.heard = False
        """Something came, whatever it was."""

    def datagram_received(self, data: bytes, _: object) -> None:
        """Take the packet if it is the answer; it may still come after garbage."""
        self.heard = True
        try:
            reply = dns.message.from_wire(data, raise_on_truncation=True)
        except dns.message.Truncated as cut:
            beginning: dns.message.Message = cut.kwargs["message"]
            if self._question.is_response(beginning) and not self.reply.done():
                self.reply.set_exception(cut)
        except Exception:  # noqa: BLE001 - whatever a hostile packet does to the parser
            return
        else:
            if self._question.is_response(reply) and not self.reply.done():
                self.reply.set_result(reply)

    def error_received(self, exc: Exception) -> None:
        """Give up: the system says that nobody listens there."""
        if not self.reply.done():
            self.reply.set_exception(exc)
