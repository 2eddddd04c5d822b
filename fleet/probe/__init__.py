"""Ask a task for its health with nothing but the standard library.

For container health checks: `python -m fleet.probe 127.0.0.1:5000`, or a page,
`python -m fleet.probe http://127.0.0.1:8080/healthz`. A probe that imports gRPC
costs ten times the CPU, every few seconds, on a task that may have a quarter of one.
"""

from fleet.probe.check import check
from fleet.probe.failed import ProbeFailed
from fleet.probe.page import get

__all__ = ["ProbeFailed", "check", "get"]
