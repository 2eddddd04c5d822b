"""A server's life: serve, be asked for health, drain without losing a call."""

from fleet.server.run import run
from fleet.server.serve import Server, serving
from fleet.server.settings import ServerSettings

__all__ = ["Server", "ServerSettings", "run", "serving"]
