"""The codec of several pools: backends that describe the same name differently."""

from collections.abc import Sequence
from typing import Any, cast

from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message

from services.gateway.codec.codec import Codec


class Several(Codec):
    """Leaves each message to the codec of the pool that it comes from."""

    def __init__(self, pools: Sequence[DescriptorPool]) -> None:
        super().__init__(pools[0])
        self._codecs = {id(pool): Codec(pool) for pool in pools}

    def plain(self, message: Message, *, defaults: bool = True) -> Any:  # noqa: ANN401 - JSON
        """Return *message* as plain data; see `Codec`."""
        return self._of(_kind(message)).plain(message, defaults=defaults)

    def encode(self, message: Message, *, defaults: bool = True) -> bytes:
        """Return *message* as JSON; see `Codec`."""
        return self._of(_kind(message)).encode(message, defaults=defaults)

    def parse(
        self, kind: Descriptor, raw: bytes, *, ignore_unknown: bool = False
    ) -> Message:
        """Return the message that *raw* says; see `Codec`."""
        return self._of(kind).parse(kind, raw, ignore_unknown=ignore_unknown)

    def from_plain(
        self,
        kind: Descriptor,
        plain: Any,  # noqa: ANN401 - JSON
        *,
        ignore_unknown: bool = False,
    ) -> Message:
        """Return the message that *plain* says; see `Codec`."""
        return self._of(kind).from_plain(kind, plain, ignore_unknown=ignore_unknown)

    def _of(self, kind: Descriptor) -> Codec:
        return self._codecs[id(kind.file.pool)]


def _kind(message: Message) -> Descriptor:
    return cast("Descriptor", message.DESCRIPTOR)
