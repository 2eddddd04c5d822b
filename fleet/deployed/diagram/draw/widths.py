"""How wide a text is, without a font at hand.

The widths are those of Helvetica, in thousandths of the font's size, out of the
metrics that Adobe publishes; Arial and Liberation Sans have the same on purpose.
"""

_REGULAR = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278"
    " 556 556 556 556 556 556 556 556 556 556 278 278 584 584 584 556"
    " 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778"
    " 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556"
    " 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556"
    " 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584"
)
_BOLD = (
    "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278"
    " 556 556 556 556 556 556 556 556 556 556 333 333 584 584 584 611"
    " 975 722 722 722 722 667 611 778 722 278 556 722 611 833 722 778"
    " 667 778 722 667 611 722 667 944 667 667 611 333 278 333 584 556"
    " 333 556 611 556 611 556 333 611 611 278 278 556 278 889 611 611"
    " 611 611 389 556 333 611 556 778 556 556 500 389 280 389 584"
)
_FIRST = " "
_WIDEST = 1015


def _table(widths: str) -> dict[str, int]:
    return {chr(ord(_FIRST) + at): int(w) for at, w in enumerate(widths.split())}


_TABLES = {False: _table(_REGULAR), True: _table(_BOLD)}
_MORE = "..."


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the pixels that *text* takes; beyond ASCII, the widest is taken."""
    table = _TABLES[bold]
    return sum(table.get(sign, _WIDEST) for sign in text) * size / 1000


def fitted(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """Return *text*, or as much of its beginning as fits into *room* pixels."""
    if width(text, size, bold=bold) <= room:
        return text
    shorter = text
    while shorter and width(shorter + _MORE, size, bold=bold) > room:
        shorter = shorter[:-1]
    return shorter.rstrip() + _MORE


def wrapped(text: str, room: float, size: float) -> list[str]:
    """Return *text* as lines that fit, broken between words where they can be."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
