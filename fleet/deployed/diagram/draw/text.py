"""Lines of text that never leave their room."""

from xml.sax.saxutils import escape

from fleet.deployed.diagram.draw.widths import fitted, width
from fleet.deployed.plain import plain

TITLE = 14.0
FACT = 13.0
SMALL = 12.0
LINE = 17.5


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
    shown = fitted(plain(text), room, size, bold=bold)
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
