"""Ask a task for its health with nothing but the standard library.

For container health checks: `python -m fleet.probe 127.0.0.1:5000`, or a page,
`python -m fleet.probe http://127.0.0.1:8080/healthz`. A probe that imports gRPC
costs ten times the CPU, every few seconds, on a task that may have a quarter of one.
With TLS: `python -m fleet.probe 10.0.0.1:5000 --ca ca.pem`; a task's own check takes
its files from `FLEET_TLS_CERT`, `FLEET_TLS_KEY` and `FLEET_TLS_CA`.
"""

from fleet.probe.check import check
from fleet.probe.failed import ProbeFailed
from fleet.probe.page import get

__all__ = ["ProbeFailed", "check", "get"]
