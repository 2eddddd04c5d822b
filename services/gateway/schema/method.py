"""A method as every door sees it."""

from dataclasses import dataclass

from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Method:
    """A method of a backend."""

    name: str
    """Such as rpc.Rpc/GetChampion."""
    descriptor: MethodDescriptor
    target: str
    """The backend that serves it, as `fleet.connect` takes it."""
    request: type[Message]
    response: type[Message]
    client_streaming: bool
    server_streaming: bool
    reads: bool
    """NO_SIDE_EFFECTS: may be called by GET, shared, kept for a moment."""
    safe: bool
    """May be called twice: `reads`, or IDEMPOTENT."""

    @property
    def path(self) -> str:
        """Return the name on the wire: /rpc.Rpc/GetChampion."""
        return f"/{self.name}"

    @property
    def selector(self) -> str:
        """Return the full name: rpc.Rpc.GetChampion."""
        return str(self.descriptor.full_name)

    @property
    def input(self) -> Descriptor:
        """Return the type of a request."""
        return self.descriptor.input_type

    @property
    def output(self) -> Descriptor:
        """Return the type of a response."""
        return self.descriptor.output_type


def method_of(found: MethodDescriptor, target: str) -> Method:
    """Describe the method *found*, which *target* serves."""
    level = found.GetOptions().idempotency_level
    reads = level == MethodOptions.NO_SIDE_EFFECTS
    return Method(
        name=f"{found.containing_service.full_name}/{found.name}",
        descriptor=found,
        target=target,
        request=GetMessageClass(found.input_type),
        response=GetMessageClass(found.output_type),
        client_streaming=found.client_streaming,
        server_streaming=found.server_streaming,
        reads=reads,
        safe=reads or level == MethodOptions.IDEMPOTENT,
    )
