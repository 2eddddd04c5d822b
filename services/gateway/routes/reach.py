"""What no request can reach: verbs that no server reads, and places that are taken."""

import re
from collections.abc import Container, Iterator

from services.gateway.routes.template import Literal, Template

VERBS = (
    *("*", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"),
    *("ACL", "BIND", "CHECKOUT", "COPY", "LINK", "LOCK", "MERGE", "MKACTIVITY"),
    *("MKCALENDAR", "MKCOL", "MOVE", "M-SEARCH", "NOTIFY", "PROPFIND"),
    *("PROPPATCH", "PURGE", "QUERY", "REBIND", "REPORT", "SEARCH", "SOURCE"),
    *("SUBSCRIBE", "UNBIND", "UNLINK", "UNLOCK", "UNSUBSCRIBE"),
)
"""Any, and those that the server's parser (llhttp) knows: it refuses others as no
HTTP. Without CONNECT, which asks for a tunnel."""

PLACES = frozenset({"/", "/healthz", "/readyz", "/metrics", "/openapi.json"})
"""Paths at which the gateway answers itself."""
FOLDERS = ("/console/", "/-/")
"""Below these too."""

METHOD = re.compile(r"/[A-Za-z_]\w*(\.[A-Za-z_]\w*)+/[A-Za-z_]\w*", re.ASCII)
"""A package, a service, a method: the dialects that name methods have these paths."""


def taken(template: Template, methods: Container[str]) -> Iterator[str]:
    """Yield why no request comes to *template*; *methods* are such as rpc.Rpc/Get."""
    first, *rest = template.segments
    path = _only_path(template)
    below = bool(rest) and isinstance(first, Literal) and f"/{first.text}/" in FOLDERS
    if below or path in PLACES:
        yield f"{template.text} is a place of the gateway's own, which answers first"
    elif path[1:] in methods or METHOD.fullmatch(path):
        yield f"{template.text} is how Connect, gRPC-Web and the broker call a method"


def _only_path(template: Template) -> str:
    """Return the one path that *template* matches; "" where there are more."""
    texts = [one.text for one in template.segments if isinstance(one, Literal)]
    more = template.verb or len(texts) < len(template.segments)
    return "" if more or any("/" in text for text in texts) else f"/{'/'.join(texts)}"
