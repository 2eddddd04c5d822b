"""Which calls may be made twice."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions

_marked: ContextVar[bool] = ContextVar("safe_to_repeat", default=False)


@contextlib.contextmanager
def safe_to_repeat() -> Iterator[None]:
    """Mark every call that is started in the block as safe to make twice.

    For a method that the descriptor does not mark, where the caller knows
    better: an `UpdateScore` with a `request_id`, say.
    """
    token = _marked.set(True)
    try:
        yield
    finally:
        _marked.reset(token)


marked_safe = _marked.get
"""Whether the caller is inside `safe_to_repeat`."""


def declared_safe(method: str) -> bool:
    """Tell whether the descriptor of `/package.Service/Method` allows repeating.

    `NO_SIDE_EFFECTS` and `IDEMPOTENT` of `google.protobuf.MethodOptions` do. A
    method that no imported file describes is not safe.
    """
    name = method.strip("/").replace("/", ".")
    try:
        found = descriptor_pool.Default().FindMethodByName(name)
    except KeyError:
        return False
    return is_safe(found)


def is_safe(method: MethodDescriptor) -> bool:
    """Tell whether *method* may be called twice, by what its proto says."""
    return method.GetOptions().idempotency_level in (
        MethodOptions.NO_SIDE_EFFECTS,
        MethodOptions.IDEMPOTENT,
    )
