"""Texts of templates, for a terminal or a picture."""


def plain(text: str) -> str:
    """Return *text* on one line, without what moves a cursor or cannot be shown.

    Control codes, those of C1 and of directions too, lone surrogates and line ends
    become a space: https://www.unicode.org/reports/tr44/#General_Category_Values
    """
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(shown.split())
