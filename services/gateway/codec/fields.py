"""The names of one message, and reading an object by them."""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from services.gateway.codec.descriptors import named
from services.gateway.codec.enums import NULL
from services.gateway.codec.scalars import Convert
from services.gateway.codec.wrong import Broken, Dropped, Stranger, Wrong

DEEPEST = 100
"""Messages within messages; protobuf's own limit, and json_format's."""


class Never:
    """The type of no plain data."""


Slot = tuple[str, type, Convert]
"""A field's name, the type that needs no conversion, and the conversion."""


class Fields(dict[str, Slot]):
    """From a name, of the proto or of JSON, to the slot, made when first asked for.

    Lazy, so that types which contain each other need no second pass.
    """

    def __init__(
        self,
        kind: Descriptor,
        slot: Callable[[FieldDescriptor], Slot],
        *,
        ignore_unknown: bool,
    ) -> None:
        super().__init__()
        self._named = named(kind)
        self._slot = slot
        self._ignore_unknown = ignore_unknown
        self.nullable = frozenset(f.name for f in kind.fields if _takes_null(f))
        """Fields of which null is a value; others it leaves unset."""

    def __missing__(self, name: str) -> Slot:
        field = self._named.get(name)
        if field is not None:
            slot = self[name] = self._slot(field)
            return slot
        if self._ignore_unknown:
            return "", Never, _drop
        raise Stranger(name, self._named)


def convert_message(kind: Descriptor, fields: Fields) -> Convert:
    """Return the converter of objects to the keywords of a constructor."""
    convert_fields = _converter(fields)
    oneofs = _oneofs(kind)

    def convert(plain: Any, depth: int) -> dict[str, Any]:  # noqa: ANN401
        if type(plain) is not dict:
            raise Wrong(plain, "an object")
        if depth >= DEEPEST:
            raise Broken(f"is nested too deep, allowed is {DEEPEST} messages")
        made: dict[str, Any] = convert_fields(plain, depth + 1)
        if len(made) != len(plain):
            _no_field_twice(plain, fields)
        for oneof, members in oneofs:
            if len(members & made.keys()) > 1:
                _one_of_them(oneof, plain, fields, members)
        return made

    return convert


def _converter(fields: Fields) -> Convert:
    nullable = fields.nullable

    def convert_fields(plain: dict[str, Any], depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        name = ""
        try:
            for name, value in plain.items():
                field, exact, convert = fields[name]
                if type(value) is exact:
                    made[field] = value
                elif value is not None or field in nullable:
                    try:
                        made[field] = convert(value, depth)
                    except Dropped:
                        continue
        except Wrong as wrong:
            raise wrong.at(f".{name}") from None
        return made

    return convert_fields


def _oneofs(kind: Descriptor) -> Sequence[tuple[str, frozenset[str]]]:
    """Return those that can conflict; `optional` makes oneofs of one field."""
    return tuple(
        (oneof.name, frozenset(field.name for field in oneof.fields))
        for oneof in kind.oneofs
        if len(oneof.fields) > 1
    )


def _no_field_twice(plain: dict[str, Any], fields: Fields) -> None:
    """Refuse two names of one field: it is not for us to say which one counts."""
    seen = {""}
    for name in plain:
        field = fields[name][0]
        if field in seen and field:
            raise Broken("is there twice, by both of its names").at(f".{name}")
        seen.add(field)


def _one_of_them(
    oneof: str, plain: dict[str, Any], fields: Fields, members: frozenset[str]
) -> NoReturn:
    names = [n for n, v in plain.items() if v is not None and fields[n][0] in members]
    raise Broken(f"and {names[0]} are both of the oneof {oneof}").at(f".{names[-1]}")


def _takes_null(field: FieldDescriptor) -> bool:
    if field.is_repeated:
        return False
    kind = field.enum_type or field.message_type
    return kind is not None and kind.full_name in (NULL, "google.protobuf.Value")


def _drop(value: object, depth: int) -> NoReturn:
    del value, depth
    raise Dropped
