"""A user's row as it is stored: 20 bytes of numbers and the profile."""

import hashlib
import struct
from typing import NamedTuple

from ranking.entry import Cursor, Entry, User

_HEAD = struct.Struct(">HIHIq")
"""tie and time in 6 bytes each, then the score."""
_LAST_TIE = 2**48 - 1
_REQUEST_BYTES = 12


class Row(NamedTuple):
    """A row with what places it: rows of a board sort by (score, member)."""

    score: int
    member: bytes
    """tie and user id, as in the index."""
    achieved_ms: int
    name: str
    grade: str


def profile(user: User) -> bytes:
    """Return a user's profile as stored; an empty part: keep what is there."""
    return f"{user.grade}\0{user.name}".encode()


def row(user: bytes, record: bytes) -> Row:
    """Read a record."""
    _, _, time_high, time_low, score = _HEAD.unpack_from(record)
    grade, _, name = record[_HEAD.size :].decode().partition("\0")
    return Row(score, record[:6] + user, time_high << 32 | time_low, name, grade)


def entry_of(user_id: str, record: bytes, rank: int, shared_rank: int) -> Entry:
    """Return a user's row as the world sees it."""
    _, _, time_high, time_low, score = _HEAD.unpack_from(record)
    grade, _, name = record[_HEAD.size :].decode().partition("\0")
    achieved_ms = time_high << 32 | time_low
    return Entry(User(user_id, name, grade), score, rank, shared_rank, achieved_ms)


def entry(row: Row, rank: int, shared_rank: int) -> Entry:
    """Return *row* as the world sees it."""
    user = User(row.member[6:].decode(), row.name, row.grade)
    return Entry(user, row.score, rank, shared_rank, row.achieved_ms)


def place(head: bytes, user: bytes = b"") -> tuple[bytes, bytes]:
    """Return the score and the member of a record's first 20 bytes, as words."""
    return b"%d" % _HEAD.unpack_from(head)[4], head[:6] + user


def cursor(row: Row, *, descending: bool) -> Cursor:
    """Return the place of *row*, as callers keep it."""
    tie = int.from_bytes(row.member[:6], "big")
    arrival = _LAST_TIE - tie if descending else tie
    return Cursor(row.score, arrival, row.member[6:].decode())


def member(cursor: Cursor, *, descending: bool) -> bytes:
    """Return the member that stands, or stood, at *cursor*."""
    tie = _LAST_TIE - cursor.tie if descending else cursor.tie
    return tie.to_bytes(6, "big") + cursor.user_id.encode()


def request_key(user: bytes, request_id: str) -> bytes:
    """Return what is remembered of a request id, which is its user's own."""
    said = user + b"\0" + request_id.encode()
    return hashlib.blake2b(said, digest_size=_REQUEST_BYTES).digest()
