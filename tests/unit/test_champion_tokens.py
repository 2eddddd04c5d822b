"""Tokens: what was put in comes out, and nothing else is taken."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import InvalidArgument
from ranking.entry import Cursor
from ranking.spec import MOST
from services.champion.ranking import tokens

CURSOR = Cursor(-MOST, 2**48 - 1, "é:\u2028=")
PAGE = tokens.page_token("daily", "20421016", CURSOR)
RESUME = tokens.resume_token("daily", {"20421016/3": 7, "20421017": 0})


def test_a_page_token_carries_its_period_and_place() -> None:
    assert tokens.read_page_token("daily", PAGE) == ("20421016", CURSOR)
    assert tokens.page_token("daily", "20421016", None) == ""


def test_a_resume_token_carries_every_feed() -> None:
    wanted = {"20421016/3": 7, "20421017": 0}

    assert tokens.read_resume_token("daily", RESUME) == wanted


def test_tokens_fit_into_a_url() -> None:
    for token in (PAGE, RESUME):
        assert set(token) <= set(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
        )


def sealed(kind: str, *parts: str) -> str:
    """Return a token with a right sum, as somebody who read the code makes it."""
    return tokens._seal(kind, "daily", list(parts))  # noqa: SLF001 - hostile


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("x", id="garbage"),
        pytest.param("é", id="not-ascii"),
        pytest.param("====", id="padding"),
        pytest.param(PAGE[: len(PAGE) // 2], id="half"),
        pytest.param(PAGE + "AAAA", id="more"),
        pytest.param("A" * 100_000, id="huge"),
        pytest.param(RESUME, id="the-other-kind"),
        pytest.param(tokens.page_token("weekly", "2042W42", CURSOR), id="other-board"),
        pytest.param(base64.urlsafe_b64encode(b"2" * 40).decode(), id="version"),
        pytest.param(sealed("page", "20421016", "1", "1"), id="a-part-less"),
        pytest.param(sealed("page", "20421016", "1.5", "1", "a"), id="float"),
        pytest.param(sealed("page", "20421016", str(MOST + 1), "1", "a"), id="score"),
        pytest.param(sealed("page", "20421016", "1", "-1", "a"), id="tie-below"),
        pytest.param(sealed("page", "20421016", "1", str(2**48), "a"), id="tie-above"),
        pytest.param(sealed("page", "20421016", "1", "9" * 5000, "a"), id="digits"),
        pytest.param(sealed("page", "20421016", "1", "1", "a" * 65), id="long-user"),
        pytest.param(sealed("page", "20421016", "1", "1", ""), id="no-user"),
    ],
)
def test_refuses_what_is_no_page_token_of_the_board(token: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        tokens.read_page_token("daily", token)

    assert caught.value.field == "page_token"


@pytest.mark.parametrize(
    "token",
    ["x", RESUME[:-3], PAGE, sealed("watch", "20421016=-1"), sealed("watch", "a=x")],
)
def test_refuses_what_is_no_resume_token_of_the_board(token: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        tokens.read_resume_token("daily", token)

    assert caught.value.field == "resume_token"


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda b: b.hex()))
def test_refuses_anything_else(token: str) -> None:
    with pytest.raises(InvalidArgument):
        tokens.read_page_token("daily", token)
    with pytest.raises(InvalidArgument):
        tokens.read_resume_token("daily", token)


@given(st.integers(0, len(PAGE) - 1), st.sampled_from("AZaz09-_"))
def test_one_wrong_character_is_found(at: int, character: str) -> None:
    changed = PAGE[:at] + character + PAGE[at + 1 :]
    try:
        assert tokens.read_page_token("daily", changed) == ("20421016", CURSOR)
    except InvalidArgument:
        return
    # The last character may carry bits that say nothing.
    assert changed == PAGE or at == len(PAGE) - 1
