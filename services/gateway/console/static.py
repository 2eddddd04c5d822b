"""The files of the console: read once, served with a strict policy."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fleet.errors import Status
from services.gateway.exchange import Request, Response
from services.gateway.failure import Failure, Header

FILES = Path(__file__).parent / "static"

_TYPES = {
    ".css": b"text/css; charset=utf-8",
    ".html": b"text/html; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}

# Nothing inline, nothing from elsewhere: text that slipped in as markup could
# neither run nor call home. Only images may be data, for the marks in the CSS.
_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self';"
    b" img-src 'self' data:; connect-src 'self'; base-uri 'none';"
    b" form-action 'none'; frame-ancestors 'none'"
)

_HEADERS: tuple[Header, ...] = (
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    # A new version is seen at once; what has not changed costs a 304.
    (b"cache-control", b"no-cache"),
)


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    kind: bytes
    etag: str

    def response(self, *, known: bool) -> Response:
        headers = [*_HEADERS, (b"etag", self.etag.encode())]
        if known:
            return Response(304, headers=headers)
        return Response(200, self.body, [*headers, (b"content-type", self.kind)])


class Static:
    """The page at `/`, and what it loads from `/console/`.

    Args:
        folder: Read whole when this is made; a later change is not seen.
    """

    def __init__(self, folder: Path = FILES) -> None:
        self._files = dict(_read(folder))

    def find(self, path: str) -> Response | None:
        """Return the file at *path*, or None where there is none."""
        found = self._files.get(path)
        return found.response(known=False) if found else None

    def answer(self, request: Request) -> Response | None:
        """Return the answer to *request*, or None where it is not for a file.

        Raises:
            Failure: The verb is neither GET nor HEAD.
        """
        found = self._files.get(request.path)
        if found is None:
            return None
        if request.verb not in {"GET", "HEAD"}:
            raise Failure(
                Status.UNIMPLEMENTED,
                f"{request.path} can only be read, by GET or HEAD",
                http=405,
                headers=[(b"allow", b"GET, HEAD")],
            )
        asked = request.headers.get("if-none-match", "")
        return found.response(known=_matches(asked, found.etag))


def _read(folder: Path) -> Iterator[tuple[str, _File]]:
    for path in sorted(folder.rglob("*")):
        kind = _TYPES.get(path.suffix)
        if kind is None or not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        body = path.read_bytes()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        url = "/" if name == "index.html" else f"/console/{name}"
        yield url, _File(body, kind, etag)


def _matches(asked: str, etag: str) -> bool:
    """Tell whether `If-None-Match` *asked* knows *etag*: RFC 9110, 13.1.2.

    The comparison is the weak one, since a proxy that compresses weakens tags.
    """
    tags = (tag.strip().removeprefix("W/") for tag in asked.split(","))
    return any(tag in {etag, "*"} for tag in tags)
