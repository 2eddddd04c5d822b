"""Header compression (RFC 7541), as far as one answer needs it.

A whole decoder needs a table of 257 codes. The two headers that count here,
`:status` and `grpc-status`, are made of 20 characters; a text with any other is
skipped, not misread. There is no dynamic table: our SETTINGS forbid it.
"""

from collections.abc import Iterator

_CODES = {
    "00000": "0", "00001": "1", "00010": "2", "011001": "3", "011010": "4",
    "011011": "5", "011100": "6", "011101": "7", "011110": "8", "011111": "9",
    "010110": "-", "00011": "a", "00100": "c", "100110": "g", "101011": "p",
    "101100": "r", "01000": "s", "01001": "t", "101101": "u", "1011100": ":",
}  # fmt: skip
"""From the Huffman code to the character (its appendix B)."""
_LONGEST_CODE = 8  # one bit more than any of ours: what is left may be padding

_STATIC_STATUS = {
    number: (":status", value)
    for number, value in enumerate(("200", "204", "206", "304", "400", "404", "500"), 8)
}
"""The entries of the static table (its appendix A) that count here."""
_STATIC_LAST = 61

Text = str | None
"""None: a text with a character that we do not know."""


def literal(name: str, value: str) -> bytes:
    """Return a header, plainly: not indexed, not Huffman-coded."""
    return b"\x00" + _plain(name) + _plain(value)


def _plain(text: str) -> bytes:
    raw = text.encode()
    return _integer(len(raw)) + raw


def _integer(value: int) -> bytes:
    if value < 127:  # noqa: PLR2004 - the most that 7 bits of prefix hold
        return bytes([value])
    coded, value = bytearray([127]), value - 127
    while value >= 128:  # noqa: PLR2004 - seven bits a byte
        coded.append(value & 127 | 128)
        value >>= 7
    return bytes([*coded, value])


def decode(block: bytes) -> dict[str, str]:
    """Return the headers in *block* whose name and value we can read.

    Raises:
        ValueError: The block is cut short, or against the rules.
    """
    try:
        return {
            name: value
            for name, value in _headers(block)
            if name is not None and value is not None
        }
    except IndexError as error:
        raise ValueError("a block of headers is cut short") from error


def _headers(block: bytes) -> Iterator[tuple[Text, Text]]:
    at = 0
    while at < len(block):
        first = block[at]
        if first & 0x80:  # a whole header from a table
            index, at = _number(block, at, 7)
            yield _entry(index)
        elif first & 0xE0 == 0x20:  # noqa: PLR2004 - the size of the table, which is 0
            _, at = _number(block, at, 5)
        else:  # a name from a table or spelled out, and a value
            index, at = _number(block, at, 6 if first & 0x40 else 4)
            name, at = (_entry(index)[0], at) if index else _text(block, at)
            value, at = _text(block, at)
            yield name, value


def _entry(index: int) -> tuple[Text, Text]:
    if not 1 <= index <= _STATIC_LAST:
        raise ValueError(f"header {index} of a table that we do not keep")
    return _STATIC_STATUS.get(index, (None, None))


def _number(block: bytes, at: int, prefix: int) -> tuple[int, int]:
    most = (1 << prefix) - 1
    value = block[at] & most
    at += 1
    if value < most:
        return value, at
    for shift in (0, 7, 14):
        value += (block[at] & 127) << shift
        at += 1
        if block[at - 1] < 128:  # noqa: PLR2004 - the last byte of a number
            return value, at
    raise ValueError("a number that no header needs")


def _text(block: bytes, at: int) -> tuple[Text, int]:
    huffman = block[at] & 0x80
    length, at = _number(block, at, 7)
    end = at + length
    if end > len(block):
        raise IndexError
    raw = block[at:end]
    return (_unhuffman(raw) if huffman else raw.decode("latin-1")), end


def _unhuffman(raw: bytes) -> Text:
    bits = "".join(f"{byte:08b}" for byte in raw)
    text, code = "", ""
    for bit in bits:
        code += bit
        if code in _CODES:
            text, code = text + _CODES[code], ""
        elif len(code) >= _LONGEST_CODE:
            return None
    return None if "0" in code else text  # the padding is ones
