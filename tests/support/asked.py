"""Requests as a server hands them to the gateway."""

from services.gateway.exchange import Request


async def _nothing() -> bytes:
    return b""


def asked(
    headers: dict[str, str] | None = None,
    *,
    verb: str = "GET",
    query: str = "",
    client: str = "1.2.3.4",
    principal: str = "",
) -> Request:
    """Return a request without a body."""
    return Request(
        verb=verb,
        path="/v1/champions/1",
        query=query,
        headers=headers or {},
        client=client,
        request_id="an-id",
        body=_nothing,
        principal=principal,
    )
