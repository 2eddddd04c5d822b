"""The Valkey that keeps the rankings."""

from infra.cdk.parts.store.store import Store

__all__ = ["Store"]
