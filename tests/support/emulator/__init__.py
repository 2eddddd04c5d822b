"""MiniStack, an emulator of AWS, with the types that our stacks need beyond it."""

from tests.support.emulator.running import Aws, aws

__all__ = ["Aws", "aws"]
