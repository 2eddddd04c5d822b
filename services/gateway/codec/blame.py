"""Which field of a message it is that JSON cannot say."""

from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from services.gateway.codec.descriptors import entry_of

Says = Callable[[Message], object]


def blame(message: Message, says: Says) -> str:
    """Return the path of the innermost message that *says* refuses; "" for *message*.

    Slow, and only ever asked after a failure.
    """
    for step, inner in _inner(message):
        try:
            says(inner)
        except Exception:  # noqa: BLE001 - whatever it was that failed
            return step + blame(inner, says)
    return ""


def _inner(message: Message) -> Iterator[tuple[str, Message]]:
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        step = f".{field.json_name}"
        for where, inner in _each(field, value):
            yield step + where, inner


def _each(field: FieldDescriptor, value: Any) -> Iterator[tuple[str, Message]]:  # noqa: ANN401
    if entry := entry_of(field):
        if entry["value"].message_type is not None:
            yield from ((f'["{key}"]', value[key]) for key in value)
    elif field.is_repeated:
        yield from ((f"[{index}]", inner) for index, inner in enumerate(value))
    else:
        yield "", value
