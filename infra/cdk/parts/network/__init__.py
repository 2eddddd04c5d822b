"""Where tasks live, and how they reach AWS."""

from infra.cdk.parts.network.network import Network

__all__ = ["Network"]
