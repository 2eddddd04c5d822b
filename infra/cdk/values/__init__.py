"""What may differ between environments, read from `environments.toml`."""

from infra.cdk.values.environment import Environment
from infra.cdk.values.file import load
from infra.cdk.values.mistakes import BadValues
from infra.cdk.values.service import ServiceSize
from infra.cdk.values.whole import Values

__all__ = ["BadValues", "Environment", "ServiceSize", "Values", "load"]
