"""Lines of text that never leave their room."""

from xml.sax.saxutils import escape

from fleet.deployed.diagram.draw.widths import fitted, width

TITLE = 14.0
FACT = 12.5
SMALL = 11.5
LINE = 17.0


def clean(text: str) -> str:
    """Return *text* without what XML 1.0 cannot carry, and on one line."""
    plain = "".join(sign if _fine(sign) else " " for sign in text)
    return " ".join(plain.split())


def _fine(sign: str) -> bool:
    # https://www.w3.org/TR/xml/#charsets
    return (
        sign >= " " and not "\ud800" <= sign <= "\udfff" and sign not in "\ufffe\uffff"
    )


def line(  # noqa: PLR0913 - a text has a place, a room and a look
    text: str,
    x: float,
    y: float,
    room: float,
    size: float,
    *,
    bold: bool = False,
    middle: bool = False,
    kind: str = "",
) -> str:
    """Return a text element, cut to *room* pixels, from or around *x*.

    `textLength` makes it as wide as was measured, whatever font there is.
    """
    shown = fitted(clean(text), room, size, bold=bold)
    long = width(shown, size, bold=bold)
    looks = [kind] if kind else []
    looks += ["bold"] if bold else []
    named = f' class="{" ".join(looks)}"' if looks else ""
    anchor = ' text-anchor="middle"' if middle else ""
    forced = f' textLength="{long:.1f}" lengthAdjust="spacingAndGlyphs"'
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}"{named}{anchor}{forced}>'
        f"{escape(shown)}</text>"
    )
