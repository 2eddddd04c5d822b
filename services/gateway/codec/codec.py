"""The codec of one pool of descriptors."""

from collections.abc import Callable
from typing import Any, NoReturn

import orjson
from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message

from fleet.errors import Status
from services.gateway.codec.blame import blame
from services.gateway.codec.descriptors import kind_of, lacks
from services.gateway.codec.printer import Printer
from services.gateway.codec.reader import Reader
from services.gateway.codec.setter import setter
from services.gateway.codec.text import load
from services.gateway.codec.wrong import Wrong, refusal
from services.gateway.failure import Failure

_SETTERS = 4096


class Codec:
    """JSON for every message of a pool, as the ProtoJSON rules have it.

    Source: https://protobuf.dev/programming-guides/json/.
    Functions are compiled when a type is first met, and kept. Where the rules leave
    a choice: fields stand in the order of the proto, keys of maps are sorted, and a
    field that is given twice is refused, by either of its names.
    """

    def __init__(self, pool: DescriptorPool) -> None:
        self._printers = tuple(
            Printer(pool, defaults=defaults) for defaults in (False, True)
        )
        self._readers, self._strict = (
            tuple(
                Reader(pool, strict=strict, ignore_unknown=ignore)
                for ignore in (False, True)
            )
            for strict in (False, True)
        )
        self._setters: dict[tuple[Descriptor, str], Callable[[Message, str], None]] = {}

    def plain(self, message: Message, *, defaults: bool = True) -> Any:  # noqa: ANN401
        """Return *message* as plain data, ready for orjson.

        Args:
            message: Of a type of the pool.
            defaults: Whether scalars, enums, lists and maps that are empty are
                there all the same (json_format's
                `always_print_fields_with_no_presence`).

        Raises:
            Failure: INTERNAL, naming the field that JSON cannot say.
        """
        printer = self._printers[defaults]
        try:
            return printer.of(kind_of(message))(message)
        except (ValueError, RecursionError) as error:
            where = blame(message, lambda m: printer.of(kind_of(m))(m))
            raise _cannot_say(message, where, error) from error

    def encode(self, message: Message, *, defaults: bool = True) -> bytes:
        """Return *message* as JSON; see `plain`."""
        plain = self.plain(message, defaults=defaults)
        try:
            return orjson.dumps(plain, default=_no_text)
        except TypeError as error:
            raise _cannot_say(message, "", error.__cause__ or error) from error

    def parse(
        self, kind: Descriptor, raw: bytes, *, ignore_unknown: bool = False
    ) -> Message:
        """Return the message of type *kind* that the JSON text *raw* says.

        Raises:
            Failure: INVALID_ARGUMENT, naming the field by its path (such as
                updates[3].user.user_id), the value, and what is allowed; for an
                unknown field, a near one; for bad JSON, the place.
        """
        return self.from_plain(kind, load(raw), ignore_unknown=ignore_unknown)

    def from_plain(
        self,
        kind: Descriptor,
        plain: Any,  # noqa: ANN401 - what orjson reads
        *,
        ignore_unknown: bool = False,
    ) -> Message:
        """Return the message that *plain* says: what orjson has read; see `parse`.

        *plain* stays as it is. Names that stood twice in it are gone: only `parse`
        sees them.
        """
        try:
            message = self._readers[ignore_unknown].build(kind, plain)
        except Wrong as wrong:
            raise wrong.failure(kind.full_name) from None
        except (ValueError, TypeError, RecursionError):
            message = self._slowly(kind, plain, ignore=ignore_unknown)
        if missing := lacks(message):
            raise refusal(missing[0], "is required, and is not there")
        return message

    def _slowly(self, kind: Descriptor, plain: object, *, ignore: bool) -> Message:
        """Find the field that a constructor has refused, without naming it."""
        try:
            return self._strict[ignore].build(kind, plain)
        except Wrong as wrong:
            raise wrong.failure(kind.full_name) from None
        except (ValueError, TypeError, RecursionError) as error:
            raise refusal(kind.full_name, "cannot be read from this") from error

    def scalar(self, message: Message, path: str, text: str) -> None:
        """Set the field *path* (dotted) of *message* from *text* of a URL.

        Repeated fields get one more element. Takes numbers, booleans, enum names
        and numbers, base64 bytes (both alphabets), and well-known types that JSON
        writes as a string or a number (Timestamp, Duration, FieldMask, wrappers).

        Raises:
            Failure: INVALID_ARGUMENT, naming the field, the value and what is allowed.
        """
        self.setter(kind_of(message), path)(message, text)

    def setter(self, kind: Descriptor, path: str) -> Callable[[Message, str], None]:
        """Return what `scalar` does for one *path* of one *kind*: fast, and kept.

        Args:
            kind: The type of the messages that it will be given.
            path: Names of the proto or of JSON, dotted: user.user_id.

        Raises:
            Failure: INVALID_ARGUMENT; there is no such field, or it is a map, a
                message with no text of its own, or below a repeated field. The
                function itself raises it for a text that does not fit.
        """
        found = self._setters.get((kind, path))
        if found is None:
            found = setter(kind, path, self._strict[False])
            # Paths through a type that contains itself have no end, and come from
            # callers.
            if len(self._setters) >= _SETTERS:
                self._setters.clear()
            self._setters[kind, path] = found
        return found


def _no_text(value: object) -> NoReturn:
    # proto2 does not check its strings; upb returns bytes for those that are none.
    raise ValueError(f"a string of it is not UTF-8: {value!r:.100}")


def _cannot_say(message: Message, where: str, error: BaseException) -> Failure:
    """Return the failure of an answer: it is the backend's, or ours."""
    path = where.removeprefix(".") or message.DESCRIPTOR.full_name
    why = str(error) if isinstance(error, ValueError) else "it is nested too deep"
    text = f"the answer's {path} is nothing that JSON has: {why}"
    return Failure(Status.INTERNAL, text)
