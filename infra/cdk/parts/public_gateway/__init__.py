"""The way in from outside."""

from infra.cdk.parts.public_gateway.door import PublicGateway

__all__ = ["PublicGateway"]
