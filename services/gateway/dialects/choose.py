"""Which dialect a request speaks."""

import re
from collections.abc import Container

from services.gateway.dialects.broker import Broker
from services.gateway.dialects.connect import Connect
from services.gateway.dialects.dialect import Dialect
from services.gateway.dialects.grpcweb import GrpcWeb
from services.gateway.dialects.native import Native
from services.gateway.dialects.rest import Rest
from services.gateway.exchange import Request
from services.gateway.routes.reach import METHOD

_REST = Rest()
_BROKER = Broker()
_CONNECT = Connect(_BROKER)
_GRPC_WEB = GrpcWeb()
_NATIVE = Native()

_CONNECT_TYPES = frozenset({"application/json", "application/proto"})
_CONNECT_QUERY = re.compile(r"(^|&)(connect|encoding)=")
_BROKER_QUERY = re.compile(r"(^|&)args=")


def dialect_of(request: Request, methods: Container[str]) -> Dialect:
    """Return the dialect of *request*, by its path, verb, content type and query.

    Args:
        request: Its body is not read.
        methods: Names such as rpc.Rpc/GetChampion. What looks like one is taken
            for one, so that a mistyped name is told as such.
    """
    path = request.path
    if path[1:] not in methods and not METHOD.fullmatch(path):
        return _REST
    if request.verb in {"GET", "HEAD"}:
        return _CONNECT if _CONNECT_QUERY.search(request.query) else _BROKER
    return _by_type(request)


def _by_type(request: Request) -> Dialect:
    header = request.headers.get("content-type", "")
    kind = header.partition(";")[0].strip().lower()
    if kind.startswith("application/grpc-web"):
        return _GRPC_WEB
    if kind == "application/grpc" or kind.startswith("application/grpc+"):
        return _NATIVE
    if kind.startswith("application/connect+"):
        return _CONNECT
    if kind in _CONNECT_TYPES and not _BROKER_QUERY.search(request.query):
        return _CONNECT
    return _BROKER
