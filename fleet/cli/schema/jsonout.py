"""A message as JSON, byte for byte as grpcurl prints it."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message

_HTML = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
"""Go writes these so in every string."""
_SMALLEST, _LARGEST = -4, 6
"""Decimal exponents between which grpcurl writes a float without exponent."""


def as_json(message: Message, pool: DescriptorPool) -> str:
    """Return *message* as JSON: 2 spaces, camelCase, defaults left out.

    Args:
        message: Of a type in *pool*.
        pool: Where the types of packed `Any` fields are looked for.
    """
    return render(as_dict(message, pool))


def as_dict(message: Message, pool: DescriptorPool) -> Any:  # noqa: ANN401 - JSON
    """Return *message* as plain data, the keys of maps in order."""
    plain = json_format.MessageToDict(message, descriptor_pool=pool)
    return _sorted_maps(plain, cast("Descriptor", message.DESCRIPTOR))


def render(value: object, indent: str = "") -> str:
    """Return plain data as JSON text in Go's spelling."""
    inner = indent + "  "
    if isinstance(value, Mapping):
        rows = [f"{_text(k)}: {render(v, inner)}" for k, v in value.items()]
        return _block("{", rows, "}", indent)
    if isinstance(value, list):
        return _block("[", [render(v, inner) for v in value], "]", indent)
    if isinstance(value, float):
        return _number(value)
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _block(begin: str, rows: list[str], end: str, indent: str) -> str:
    if not rows:
        return begin + end
    body = f",\n{indent}  ".join(rows)
    return f"{begin}\n{indent}  {body}\n{indent}{end}"


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).translate(_HTML)


def _number(value: float) -> str:
    """Return 1.0 as "1", and 1234567.0 as "1.234567e+06"."""
    exact = Decimal(repr(value))
    exponent = exact.adjusted()
    if _SMALLEST <= exponent < _LARGEST:
        return f"{exact.normalize():f}"
    return f"{exact.scaleb(-exponent).normalize():f}e{exponent:+03d}"


def _sorted_maps(value: Any, kind: Descriptor) -> Any:  # noqa: ANN401 - JSON
    if kind.full_name.startswith("google.protobuf.") or not isinstance(value, dict):
        return _sorted_deep(value) if kind.name == "Struct" else value
    fields = {f.json_name: f for f in kind.fields}
    return {k: _field(v, fields[k]) if k in fields else v for k, v in value.items()}


def _field(value: Any, field: FieldDescriptor) -> Any:  # noqa: ANN401 - JSON
    kind = field.message_type
    if kind is None:
        return value
    if kind.GetOptions().map_entry:
        of = kind.fields_by_name["value"]
        return {k: _field(value[k], of) for k in sorted(value)}
    if isinstance(value, list):
        return [_sorted_maps(item, kind) for item in value]
    return _sorted_maps(value, kind)


def _sorted_deep(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {k: _sorted_deep(value[k]) for k in sorted(value)}
    return [_sorted_deep(v) for v in value] if isinstance(value, list) else value
