"""A password that comes beside its address: a secret of its own."""

import json
from collections.abc import Iterator
from dataclasses import replace

from ranking.errors import BadStore
from ranking.store.address import Address

_MEMORY = "memory:"


def password_problems(address: str, password: str) -> Iterator[str]:
    """Tell what is wrong with *password* as it was set, without showing it.

    Args:
        address: It is meant for the store there.
        password: Empty: there is none.
    """
    if not password:
        return
    if not address or address.startswith(_MEMORY):
        yield "is set, and there is no store that it would be for"
    if not password.isprintable() or password != password.strip():
        # Such as the line end of a file that a secret was made of.
        yield "has a space or a line end around it, or a control character in it"
    if _is_json_object(password):
        yield "is a JSON object; name one of its keys in the task definition: ARN:KEY::"


def with_password(address: Address, password: str) -> Address:
    """Return *address* with *password* in its login.

    Raises:
        BadStore: The address has one too, and nobody can know which is right.
    """
    if not password:
        return address
    if address.login.password is not None:
        twice = "it has a password, and the ..._STORE_PASSWORD beside it is another"
        raise BadStore(str(address), [f"{twice}; keep one of them"])
    return replace(address, login=replace(address.login, password=password))


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
