"""What services register, read without an engine."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fleet.server.method import Method, method_of

Register = Sequence[tuple[Callable[[Any, Any], None], Any]]
"""Pairs of a generated `add_..._to_server` and the servicer to add."""


class Registry:
    """Stands where generated code expects a server, and remembers.

    Attributes:
        methods: By service name, in the order of registration.
    """

    def __init__(self) -> None:
        self.methods: dict[str, list[Method]] = {}

    def add(self, register: Register) -> None:
        """Let generated code register each servicer.

        Raises:
            TypeError: A method is not `async def`, or nothing was registered.
            ValueError: Two servicers of one service.
        """
        for add_to_server, servicer in register:
            before = len(self.methods)
            add_to_server(servicer, self)
            if len(self.methods) == before:
                # Code from before grpcio-tools 1.64 has the generic call only.
                raise TypeError(f"{add_to_server!r} names no methods: generate it anew")

    def add_generic_rpc_handlers(self, handlers: object) -> None:
        """Ignore *handlers*: generated code says all of it a second time, below."""

    def add_registered_method_handlers(
        self, service: str, handlers: Mapping[str, Any]
    ) -> None:
        """Take the methods of *service*."""
        if service in self.methods:
            raise ValueError(f"{service} is registered twice")
        self.methods[service] = [
            method_of(f"/{service}/{name}", handler)
            for name, handler in handlers.items()
        ]
