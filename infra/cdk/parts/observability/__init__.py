"""What is watched, and who is told."""

from infra.cdk.parts.observability.observability import Observability

__all__ = ["Observability"]
