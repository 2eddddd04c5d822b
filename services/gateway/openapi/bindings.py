"""What a description needs of the routes."""

from collections.abc import Sequence
from typing import Protocol

from services.gateway.routes.rule import Rule


class Bindings(Protocol):
    """The rules of a table; `Routes` is one."""

    def rules(self) -> Sequence[Rule]:
        """Return every binding, in the order of the file."""
