"""JSON that was typed, as messages."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from fleet.errors import BadInput


def typed_text(argument: str) -> str:
    """Return the argument itself, or stdin for `-`, or a file for `@name`.

    Raises:
        BadInput: The file cannot be read.
    """
    if argument == "-":
        return sys.stdin.read()
    if not argument.startswith("@"):
        return argument
    try:
        return Path(argument[1:]).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BadInput(argument, str(error)) from error


def requests(text: str, kind: Descriptor, pool: DescriptorPool) -> Iterator[bytes]:
    """Yield each JSON document in *text* as a message of *kind*, encoded.

    Raises:
        BadInput: Naming the field, or the place where it is not JSON.
    """
    for document in _documents(text):
        message = GetMessageClass(kind)()
        try:
            json_format.ParseDict(document, message, descriptor_pool=pool)
        except (json_format.ParseError, RecursionError) as error:
            reason = " ".join(str(error).split())
            raise BadInput(kind.full_name, reason) from None
        yield message.SerializeToString()


def _documents(text: str) -> Iterator[dict[str, object]]:
    decoder = json.JSONDecoder()
    rest = text.lstrip()
    while rest:
        try:
            document, end = decoder.raw_decode(rest)
        except (ValueError, RecursionError) as error:  # or a number too long
            raise BadInput("the JSON argument", str(error)) from None
        if not isinstance(document, dict):
            raise BadInput("the JSON argument", f"{rest[:end]} is not an object {{}}")
        yield document
        rest = rest[end:].lstrip()
