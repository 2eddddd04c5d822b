"""From verb and path to a method and its request: google.api.http."""

from services.gateway.routes.match import Match
from services.gateway.routes.table import Routes

__all__ = ["Match", "Routes"]
