"""From plain data to what the constructors of messages take, compiled per field.

A constructor takes dictionaries for messages within messages, so one call builds
the whole of it, inside upb. It also checks ranges and the names of enums: the fast
converters leave both to it. It does not say which field it is that it refuses;
then the strict ones, which check all themselves, find it.
"""

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from services.gateway.codec import scalars
from services.gateway.codec.containers import mapping, repeated
from services.gateway.codec.descriptors import entry_of
from services.gateway.codec.enums import enum
from services.gateway.codec.fields import Fields, Never, Slot, convert_message
from services.gateway.codec.known_reader import known
from services.gateway.codec.scalars import Convert

_INTEGERS = {
    FieldDescriptor.CPPTYPE_INT32: scalars.integer(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: scalars.integer(-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: scalars.integer(0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: scalars.integer(0, 2**64 - 1),
}
_OTHERS = {
    FieldDescriptor.CPPTYPE_BOOL: (bool, scalars.boolean),
    FieldDescriptor.CPPTYPE_DOUBLE: (float, scalars.double),
    # No type is exact: a constructor makes a large double an infinity.
    FieldDescriptor.CPPTYPE_FLOAT: (Never, scalars.single),
}


class Reader:
    """The converters of one pool.

    Args:
        pool: Where the type of an `Any` is looked up.
        strict: Whether to check what a constructor would.
        ignore_unknown: Whether unknown names are left out.
    """

    def __init__(
        self, pool: DescriptorPool, *, strict: bool, ignore_unknown: bool
    ) -> None:
        self.pool = pool
        self.ignore_unknown = ignore_unknown
        self._strict = strict
        self._converters: dict[Descriptor, Convert] = {}
        self._builders: dict[Descriptor, tuple[Convert, type[Message]]] = {}

    def build(self, kind: Descriptor, plain: object) -> Message:
        """Return the message that *plain* says.

        Raises:
            Wrong: With the path of what it takes issue with.
            ValueError: A constructor refuses it, so does TypeError; not if strict.
        """
        found = self._builders.get(kind)
        if found is None:
            found = self._builders[kind] = (self.of(kind), GetMessageClass(kind))
        convert, message = found
        made = convert(plain, 0)
        return message(**made) if type(made) is dict else made

    def of(self, kind: Descriptor) -> Convert:
        """Return the converter of messages of the type *kind*."""
        found = self._converters.get(kind)
        if found is None:
            found = known(kind, self) or self._regular(kind)
            self._converters[kind] = found
        return found

    def _regular(self, kind: Descriptor) -> Convert:
        fields = Fields(kind, self.slot, ignore_unknown=self.ignore_unknown)
        return convert_message(kind, fields)

    def slot(self, field: FieldDescriptor) -> Slot:
        """Return how *field* is read."""
        if entry := entry_of(field):
            exact, convert = self.single(entry["value"])
            return field.name, Never, mapping(_key(entry["key"]), exact, convert)
        exact, convert = self.single(field)
        if field.is_repeated:
            return field.name, Never, repeated(exact, convert)
        return field.name, exact, convert

    def single(self, field: FieldDescriptor) -> tuple[type, Convert]:
        """Return how one value of *field* is read: the exact type, the converter."""
        if field.message_type is not None:
            return Never, self.of(field.message_type)
        if field.enum_type is not None:
            return self._enum(field.enum_type)
        if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            if field.type == FieldDescriptor.TYPE_BYTES:
                return Never, scalars.base64
            return str, scalars.string
        if integer := _INTEGERS.get(field.cpp_type):
            return (Never if self._strict else int), integer
        return _OTHERS[field.cpp_type]

    def _enum(self, kind: EnumDescriptor) -> tuple[type, Convert]:
        convert = enum(kind, ignore_unknown=self.ignore_unknown)
        return (Never if self._strict else str), convert


def _key(field: FieldDescriptor) -> Convert:
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return scalars.boolean_text
    return _INTEGERS.get(field.cpp_type, scalars.string)
