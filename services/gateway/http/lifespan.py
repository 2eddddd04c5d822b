"""The lifespan of ASGI, for servers that ask for it; ours does not."""

from collections.abc import MutableMapping
from typing import Any

from services.gateway.http.answer import Send
from services.gateway.http.body import Receive


async def lifespan(
    scope: MutableMapping[str, Any], receive: Receive, send: Send
) -> None:
    """Agree to start and to end: there is nothing to be done for either.

    Raises:
        NotImplementedError: For another kind of connection, as ASGI wants it.
    """
    if scope["type"] != "lifespan":
        raise NotImplementedError(scope["type"])
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
