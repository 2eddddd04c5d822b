"""Everything that the backends serve, at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from google.protobuf.descriptor_pool import DescriptorPool

from services.gateway.schema.method import Method


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """The methods of all backends. Replaced whole, never changed."""

    pool: DescriptorPool
    """A private one: nothing of our own code is in it by chance."""
    methods: Mapping[str, Method]
    """By name, such as rpc.Rpc/GetChampion, in the order of the proto."""
    comments: Mapping[str, str] = field(default_factory=dict)
    """By full name of a message, field, enum, value, service or method: what stands
    before it in the proto, else behind it on its line. Absent where nothing does."""
    other_pools: Sequence[DescriptorPool] = ()
    """Of backends that describe a name differently from those before them."""

    @property
    def pools(self) -> Sequence[DescriptorPool]:
        """Return every pool."""
        return (self.pool, *self.other_pools)
