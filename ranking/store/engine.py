"""The only file that knows redis-py and hiredis: how to connect, pack and read.

redis-py connects, encrypts and logs in. What follows is ours: its clients wait for
one reply per connection, a fifth of what one event loop can carry.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

from hiredis import Reader, ReplyError, pack_command
from redis import exceptions
from redis.asyncio import Connection, SSLConnection, UnixDomainSocketConnection
from redis.crc import key_slot

from ranking.store.address import Login, Place

__all__ = [
    "Misconfigured",
    "Reader",
    "ReplyError",
    "Unreachable",
    "connect",
    "key_slot",
    "pack_command",
]

Adopt = Callable[[asyncio.WriteTransport, object], asyncio.Protocol]
"""Takes a logged-in transport, and what must live as long as it, as its protocol."""

_NAME = "grpc-fleet-ranking"
"""In the server's CLIENT LIST; setting it also shows that the server answers."""


class Unreachable(Exception):
    """No connection for now; the text says why."""


class Misconfigured(Exception):
    """No connection until somebody changes something; the text says what."""


async def connect(place: Place, login: Login, adopt: Adopt, timeout_s: float) -> None:
    """Log in at *place*, and let *adopt* have the connection.

    Raises:
        Unreachable: Nobody answers there, or not in time.
        Misconfigured: A wrong password, database or certificate.
    """
    connection = _connection(place, login, timeout_s)
    try:
        async with asyncio.timeout(timeout_s):
            await connection.connect()
        _hand_over(connection, adopt)
    except TimeoutError:
        raise Unreachable(f"{place} does not answer in {timeout_s:g} s") from None
    except (exceptions.RedisError, OSError) as error:
        # Over a unix socket redis-py wraps what the server said.
        said = error.__cause__ if isinstance(error.__cause__, Exception) else error
        raise _meaning(place, said) from error
    finally:
        await connection.disconnect(nowait=True)


def _hand_over(connection: Connection, adopt: Adopt) -> None:
    # redis-py has no public way out. Its writer would close the transport when it
    # is collected, so it has to stay.
    writer = connection._writer  # noqa: SLF001
    assert writer is not None  # noqa: S101 - connected just now
    writer.transport.set_protocol(adopt(writer.transport, writer))
    connection._reader = connection._writer = None  # noqa: SLF001


def _connection(place: Place, login: Login, timeout_s: float) -> Any:  # noqa: ANN401
    common: dict[str, Any] = {
        "username": login.user,
        "password": login.password,
        "db": login.database,
        "protocol": 2,  # the replies of which are the same for every server
        "client_name": _NAME,
        "driver_info": None,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
    }
    if not place.port:
        return UnixDomainSocketConnection(path=place.host, **common)
    common |= {"host": place.host, "port": place.port}
    if login.tls is None:
        return Connection(**common)
    return SSLConnection(
        ssl_ca_certs=login.tls.ca,
        ssl_certfile=login.tls.certificate,
        ssl_keyfile=login.tls.key,
        ssl_check_hostname=login.tls.check_hostname,
        **common,
    )


def _meaning(place: Place, error: Exception) -> Exception:
    cause = error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Misconfigured(f"{place}: {cause.verify_message}; set ?ca= to its issuer")
    if isinstance(error, exceptions.AuthenticationError):
        return Misconfigured(
            f"{place} refuses the login: wrong user or password ({error}); set"
            " user:password@ in the address, or the password beside it. A task reads"
            " it once: start it anew after a rotation"
        )
    if isinstance(error, exceptions.NoPermissionError):
        return Misconfigured(f"{place}: {error}; give the user what store/acl.py says")
    if isinstance(error, exceptions.ResponseError):  # such as a database too many
        return Misconfigured(f"{place} refuses: {error}")
    return Unreachable(f"{place}: {cause or error}")
