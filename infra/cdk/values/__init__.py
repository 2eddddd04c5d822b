"""What may differ between environments, read from `environments.toml`."""

from infra.cdk.values.environment import Environment
from infra.cdk.values.file import Values, load
from infra.cdk.values.mistakes import BadValues
from infra.cdk.values.service import ServiceSize

__all__ = ["BadValues", "Environment", "ServiceSize", "Values", "load"]
