"""Percent-decoding, strict: half an escape is a mistake, not text."""

import re
from urllib.parse import unquote_to_bytes

_BAD = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SLASH = re.compile(r"(%2[Ff])")


class BadEscape(ValueError):
    """A text that is no percent-encoded UTF-8; says why."""


def decode(text: str) -> str:
    """Return *text* with every escape decoded.

    Raises:
        BadEscape: It is not ASCII, an escape is not two hex digits, or the bytes
            are not UTF-8.
    """
    if not text.isascii():
        raise BadEscape("characters beyond ASCII must be percent-encoded")
    if "%" not in text:
        return text
    bad = _BAD.search(text)
    if bad:
        raise BadEscape(f"{text[bad.start() : bad.start() + 3]!r} is not an escape")
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError as error:
        raise BadEscape("its escapes are not UTF-8") from error


def decode_but_slash(text: str) -> str:
    """Return *text* decoded, but for %2F: what a value of many segments needs.

    Else a slash of the value could not be told from one between segments.

    Raises:
        BadEscape: As `decode`.
    """
    if "%" not in text:
        return text
    parts = _SLASH.split(text)
    parts[::2] = [decode(part) for part in parts[::2]]
    return "".join(parts)
