"""Page tokens and resume tokens: places that callers carry, and cannot read."""

import base64
import zlib
from collections.abc import Mapping

from fleet.errors import InvalidArgument
from ranking.entry import Cursor, Position
from ranking.errors import BadValue
from ranking.rules import check_user_id
from ranking.spec import MOST

_VERSION = b"1"
_LONGEST = 32 * 1024
"""Characters: 64 shards of several periods fit in."""
_SUM = 4
_MARK = "\x1f"
"""Between two parts; no id and no period may contain it."""
_MOST_TIE = 2**48 - 1
_MOST_SEEN = 2**53


def page_token(board: str, period: str, cursor: Cursor | None) -> str:
    """Return the token of the page that begins after *cursor*; "": there is none."""
    if cursor is None:
        return ""
    return _seal("page", board, [period, *map(str, cursor)])


def read_page_token(board: str, token: str) -> tuple[str, Cursor]:
    """Return the period and the place that *token* carries.

    Raises:
        InvalidArgument: It is not a page token of *board*.
    """
    try:
        period, score, tie, user_id = _open("page", board, token)
        return period, _cursor(score, tie, user_id)
    except (ValueError, BadValue):
        allowed = "next_page_token of an answer for this board"
        raise InvalidArgument("page_token", token, allowed) from None


def resume_token(board: str, position: Position) -> str:
    """Return the token of a watch that has come to *position*."""
    return _seal("watch", board, [f"{feed}={seen}" for feed, seen in position.items()])


def read_resume_token(board: str, token: str) -> Mapping[str, int]:
    """Return the position that *token* carries.

    Raises:
        InvalidArgument: It is not a resume token of *board*.
    """
    try:
        parts = [part.rpartition("=") for part in _open("watch", board, token)]
        return {feed: _whole(seen, 0, _MOST_SEEN) for feed, _, seen in parts}
    except ValueError:
        allowed = "resume_token of an answer for this board"
        raise InvalidArgument("resume_token", token, allowed) from None


def _cursor(score: str, tie: str, user_id: str) -> Cursor:
    check_user_id(user_id)
    return Cursor(_whole(score, -MOST, MOST), _whole(tie, 0, _MOST_TIE), user_id)


def _whole(text: str, least: int, most: int) -> int:
    number = int(text)
    if not least <= number <= most:
        raise ValueError(text)
    return number


def _seal(kind: str, board: str, parts: list[str]) -> str:
    payload = _MARK.join(parts).encode()
    sealed = _VERSION + _sum(kind, board, payload) + payload
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _open(kind: str, board: str, token: str) -> list[str]:
    """Return the parts of *token*; `ValueError` for what `_seal` did not make."""
    if len(token) > _LONGEST:
        raise ValueError(token)
    padded = token.encode("ascii") + b"=" * (-len(token) % 4)
    sealed = base64.b64decode(padded, altchars=b"-_", validate=True)
    start = len(_VERSION) + _SUM
    version, given, payload = sealed[:1], sealed[1:start], sealed[start:]
    if version != _VERSION or given != _sum(kind, board, payload):
        raise ValueError(token)
    return payload.decode().split(_MARK)


def _sum(kind: str, board: str, payload: bytes) -> bytes:
    """Guard against accidents; who makes a token up only gets another page."""
    whole = f"{kind} {board} ".encode() + payload
    return zlib.crc32(whole).to_bytes(_SUM, "big")
