"""Messages as JSON, by functions compiled for each type."""

from collections.abc import Sequence

from google.protobuf.descriptor_pool import DescriptorPool

from services.gateway.codec.codec import Codec
from services.gateway.codec.several import Several

__all__ = ["Codec", "codec_of"]


def codec_of(pools: Sequence[DescriptorPool]) -> Codec:
    """Return the codec of all *pools*, of which there is mostly one."""
    [first, *others] = pools
    return Several(pools) if others else Codec(first)
