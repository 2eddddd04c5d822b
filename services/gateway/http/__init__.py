"""HTTP/1.1: connections, requests and answers, under limits; log and figures."""

from services.gateway.http.asgi import Asgi
from services.gateway.http.metrics import Metrics
from services.gateway.http.readiness import Readiness
from services.gateway.http.server import Server, serve, serving

__all__ = ["Asgi", "Metrics", "Readiness", "Server", "serve", "serving"]
