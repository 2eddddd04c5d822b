"""One call that was typed: made once for its replies, or often for its times."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from fleet.cli.calling.status import EXIT_BASE, status_lines
from fleet.cli.out import note
from fleet.cli.schema.jsonin import requests
from fleet.cli.schema.jsonout import as_json
from fleet.client.reflection import Reflection
from fleet.client.safety import is_safe
from fleet.client.wire import CallOptions, Method
from fleet.errors import BadInput, CallRefused


@dataclass(frozen=True, slots=True)
class OneCall:
    """A method, its requests encoded, and what goes along."""

    reflection: Reflection
    found: MethodDescriptor
    bodies: Sequence[bytes]
    options: CallOptions

    async def aloud(self) -> int:
        """Print each reply as it comes; return the exit code."""
        reply = GetMessageClass(self.found.output_type)
        wire, pool = self.reflection.wire, self.reflection.pool
        try:
            async for body in wire.call(self._method, self.bodies, self.options):
                print(as_json(reply.FromString(body), pool), flush=True)
        except DecodeError as error:
            note(f"fleet: the reply is no {reply.DESCRIPTOR.full_name}: {error}")
            return 1
        except CallRefused as error:
            note("\n".join(await status_lines(error, self.reflection)))
            return EXIT_BASE + error.status
        return 0

    async def quietly(self) -> None:
        """Read every reply, and throw it away undecoded."""
        wire = self.reflection.wire
        async for _ in wire.call(self._method, self.bodies, self.options):
            pass

    @property
    def _method(self) -> Method:
        service, name = self.found.containing_service.full_name, self.found.name
        return Method(
            f"/{service}/{name}",
            self.found.client_streaming,
            self.found.server_streaming,
            safe=is_safe(self.found),
        )


def encoded(text: str, found: MethodDescriptor, reflection: Reflection) -> list[bytes]:
    """Return the requests in *text*; none is the empty message for most methods.

    Raises:
        BadInput: Not JSON, not of the method's type, or too many for it.
    """
    bodies = list(requests(text, found.input_type, reflection.pool))
    if found.client_streaming:
        return bodies
    if len(bodies) > 1:
        raise BadInput(found.full_name, f"takes one request, not {len(bodies)}")
    return bodies or [b""]
