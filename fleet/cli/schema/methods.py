"""Finding a method by its name, in any spelling, with a hint when it is wrong."""

import contextlib

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from fleet.client.reflection import Reflection
from fleet.errors import BadInput, CallRefused, Status, Unknown


async def find_service(reflection: Reflection, name: str) -> ServiceDescriptor:
    """Return the service *name*.

    Raises:
        Unknown: The server does not have it; a near name is suggested.
    """
    try:
        await reflection.learn(name)
    except CallRefused as error:
        if error.status is not Status.NOT_FOUND:
            raise
    with contextlib.suppress(KeyError):
        return reflection.pool.FindServiceByName(name)
    raise Unknown("service", name, await reflection.services())


async def find_method(reflection: Reflection, name: str) -> MethodDescriptor:
    """Return the method *name*: `a.B/C`, `a.B.C` or `/a.B/C`.

    Raises:
        BadInput: It is in none of these forms.
        Unknown: There is no such service, or no such method in it.
    """
    service, _, method = name.removeprefix("/").replace("/", ".").rpartition(".")
    if not service or not method:
        raise BadInput(name, "is not a method like rpc.Rpc/GetChampion")
    found = await find_service(reflection, service)
    if method not in found.methods_by_name:
        raise Unknown(f"method of {service}", method, sorted(found.methods_by_name))
    return found.methods_by_name[method]
