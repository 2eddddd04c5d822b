"""What a descriptor does not say plainly about a field."""

from google.protobuf.descriptor import Descriptor, FieldDescriptor, OneofDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto


def map_entry(field: FieldDescriptor) -> Descriptor | None:
    """Return the type of a map's entries; None where *field* is no map."""
    kind = field.message_type
    if kind is not None and field.is_repeated and kind.GetOptions().map_entry:
        return kind
    return None


def oneof_of(field: FieldDescriptor) -> OneofDescriptor | None:
    """Return the oneof that *field* is in.

    The oneofs that the compiler makes for `optional` are no choice of anybody.
    """
    oneof = field.containing_oneof
    if oneof is None or len(oneof.fields) > 1:
        return oneof
    # Only the proto of the whole message tells a choice of one from no choice.
    message = DescriptorProto()
    oneof.containing_type.CopyToProto(message)
    return None if message.field[field.index].proto3_optional else oneof
