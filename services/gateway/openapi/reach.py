"""Every type that some messages are made of."""

from collections.abc import Iterable

from google.protobuf.descriptor import Descriptor, EnumDescriptor


class Reach:
    """Messages and enums that can be met on the way from some messages.

    Args:
        roots: Where to begin; they are part of what is reached.
    """

    def __init__(self, roots: Iterable[Descriptor]) -> None:
        self.messages: dict[str, Descriptor] = {}
        """By full name, in the order of their first use; without map entries."""
        self.enums: dict[str, EnumDescriptor] = {}
        waiting = list(roots)[::-1]
        while waiting:  # a loop, since a hostile schema may be nested deeply
            waiting += self._visit(waiting.pop())

    def _visit(self, kind: Descriptor) -> list[Descriptor]:
        if kind.full_name in self.messages:
            return []
        entry = kind.GetOptions().map_entry
        if not entry:
            self.messages[kind.full_name] = kind
        for field in kind.fields:
            if field.enum_type is not None:
                self.enums[field.enum_type.full_name] = field.enum_type
        below = [f.message_type for f in kind.fields if f.message_type is not None]
        return below[::-1]
