"""From messages to plain data, by functions compiled for each type.

A function is written as source, for then the interpreter does without a call per
field. Descriptors come from the network, so the source holds nothing of them but
names of fields that are identifiers; all else goes by number.
"""

import keyword
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message

from services.gateway.codec.descriptors import entry_of
from services.gateway.codec.enums import NULL, Names
from services.gateway.codec.known_printer import known, single, standard, unusual
from services.gateway.codec.known_reader import WRAPPERS

Print = Callable[[Message], Any]

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_LONG = {FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64}
_SCALARS = {
    FieldDescriptor.TYPE_BYTES: "standard({0})",
    FieldDescriptor.TYPE_DOUBLE: "(y if (y := {0}) - y == 0 else unusual(y))",
    FieldDescriptor.TYPE_FLOAT: "single({0})",
}
_FLOATING = {FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT}


class Printer:
    """The functions of one pool.

    Args:
        pool: Where the type of an `Any` is looked up.
        defaults: Whether what is empty and cannot be unset is printed as well.
    """

    def __init__(self, pool: DescriptorPool, *, defaults: bool) -> None:
        self.pool = pool
        self.defaults = defaults
        self._names: dict[Descriptor, str] = {}
        self._globals: dict[str, Any] = {
            "single": single,
            "standard": standard,
            "unusual": unusual,
        }

    def of(self, kind: Descriptor) -> Print:
        """Return the function of the type *kind*."""
        found: Print = self._globals[self._function(kind)]
        return found

    def _function(self, kind: Descriptor) -> str:
        """Return the name of the function of *kind*, which is compiled when called."""
        name = self._names.get(kind)
        if name is None:
            name = self._names[kind] = f"f{len(self._names)}"
            self._globals[name] = known(kind, self) or self._later(name, kind)
        return name

    def _later(self, name: str, kind: Descriptor) -> Print:
        """Put the compilation off: types contain each other, and themselves."""

        def first(message: Message) -> Any:  # noqa: ANN401 - plain data
            source = "\n".join([f"def {name}(m):", *self._lines(kind), " return d"])
            exec(source, self._globals)  # noqa: S102 - see the top
            return self._globals[name](message)

        return first

    def _lines(self, kind: Descriptor) -> Iterator[str]:
        if kind.full_name in WRAPPERS:
            value = kind.fields_by_name["value"]
            yield f" d = {self._one(value, 'm.value')}"
            return
        first, others = self._split(kind)
        pairs = (f"{self._constant(f.json_name)}: {self._whole(f)}" for f in first)
        yield f" d = {{{', '.join(pairs)}}}"
        for field in others:
            yield from self._line(field)

    def _split(self, kind: Descriptor) -> tuple[Sequence[FieldDescriptor], ...]:
        """Return the fields that are there in any case, up to one that may not be.

        They make one expression, which is faster than one by one.
        """
        fields = kind.fields
        end = next((f.index for f in fields if f.has_presence), len(fields))
        return (fields[:end], fields[end:]) if self.defaults else ((), fields)

    def _line(self, field: FieldDescriptor) -> Iterator[str]:
        key = self._constant(field.json_name)
        if field.has_presence:
            yield f" if m.HasField({self._constant(field.name)}):"
            yield f"  d[{key}] = {self._one(field, self._get(field))}"
        elif self.defaults:
            yield f" d[{key}] = {self._whole(field)}"
        else:
            yield f" v = {self._get(field)}"
            yield f" if {_is_set(field)}: d[{key}] = {self._all(field, 'v')}"

    def _whole(self, field: FieldDescriptor) -> str:
        return self._all(field, self._get(field))

    def _all(self, field: FieldDescriptor, got: str) -> str:
        """Return the expression of the whole field, which *got* gets."""
        if entry := entry_of(field):
            return self._map(entry, got)
        if field.is_repeated:
            one = self._one(field, "x")
            return f"list({got})" if one == "x" else f"[{one} for x in {got}]"
        return self._one(field, got)

    def _map(self, entry: Mapping[str, FieldDescriptor], got: str) -> str:
        # Sorted: upb's own order changes from one process to the next, and equal
        # answers should be equal bytes.
        is_bool = entry["key"].cpp_type == FieldDescriptor.CPPTYPE_BOOL
        key = "('true' if k else 'false')" if is_bool else "str(k)"
        one = self._one(entry["value"], "w[k]")
        return f"{{{key}: {one} for w in ({got},) for k in sorted(w)}}"

    def _one(self, field: FieldDescriptor, got: str) -> str:
        """Return the expression of one value."""
        if field.message_type is not None:
            return f"{self._function(field.message_type)}({got})"
        if field.enum_type is not None:
            return self._enum(field.enum_type, got)
        if field.cpp_type in _LONG:
            return f"str({got})"
        return _SCALARS.get(field.type, "{0}").format(got)

    def _enum(self, kind: EnumDescriptor, got: str) -> str:
        if kind.full_name == NULL:
            return "None"
        return f"{self._constant(Names(kind))}[{got}]"

    def _get(self, field: FieldDescriptor) -> str:
        name = field.name
        if _IDENTIFIER.fullmatch(name) and not keyword.iskeyword(name):
            return f"m.{name}"
        return f"getattr(m, {self._constant(name)})"

    def _constant(self, value: object) -> str:
        name = f"c{len(self._globals)}"
        self._globals[name] = value
        return name


def _is_set(field: FieldDescriptor) -> str:
    # The zero below zero is false, and is set.
    is_float = field.cpp_type in _FLOATING and not field.is_repeated
    return "v or str(v) == '-0.0'" if is_float else "v"
