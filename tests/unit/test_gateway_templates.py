import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.routes.escape import BadEscape, decode, decode_but_slash
from services.gateway.routes.template import (
    MANY,
    ONE,
    BadTemplate,
    Literal,
    Variable,
    parse,
)


def test_a_template_is_taken_apart() -> None:
    found = parse("/v1/{a.b}/x%20y/{c=d/*/**}:read")
    assert found.segments == (
        *(Literal("v1"), ONE, Literal("x y")),
        *(Literal("d"), ONE, MANY),
    )
    assert found.variables == (
        Variable("a.b", 1, 2, single=True),
        Variable("c", 3, 6, single=False),
    )
    assert found.verb == "read"


def test_a_variable_of_one_segment_needs_no_segments() -> None:
    assert parse("/v1/{a}").segments == parse("/v1/{a=*}").segments
    assert parse("/v1/{a}").variables == parse("/v1/{a=*}").variables


def test_the_rest_of_a_path_is_not_one_segment() -> None:
    assert not parse("/v1/{a=**}").variables[0].single


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "begin with /"),
        ("v1/books", "begin with /"),
        ("/", "empty segment"),
        ("/v1/", "empty segment"),
        ("/v1//books", "empty segment"),
        ("/v1/{a=}", "empty segment"),
        ("/v1/{a=x//y}", "empty segment"),
        ("/v1/{a=/x}", "empty segment"),
        ("/v1/{}", "path of a field"),
        ("/v1/{=*}", "path of a field"),
        ("/v1/{a.}", "path of a field"),
        ("/v1/{a b}", "path of a field"),
        ("/v1/{0a}", "path of a field"),
        ("/v1/{a", "without its partner"),
        ("/v1/a}", "without its partner"),
        ("/v1/}a{", "without its partner"),
        ("/v1/{a={b}}", "nested"),
        ("/v1/{a={b=*}/c}", "nested"),
        ("/v1/{a}{b}", "not one variable"),
        ("/v1/x{a}", "text with other"),
        ("/v1/{a}x", "not one variable"),
        ("/v1/***", "text with other"),
        ("/v1/a*", "text with other"),
        ("/v1/a b", "text with other"),
        ("/v1/a?b", "text with other"),
        ("/v1/ü", "text with other"),
        ("/v1/%zz", "text with other"),
        ("/v1/%ff", "not UTF-8"),
        ("/v1/**/a", "** must be the last"),
        ("/v1/{a=**}/b", "** must be the last"),
        ("/v1/{a=**}/{b=**}", "** must be the last"),
        ("/v1/a:", "no verb"),
        ("/v1/a:b/c", "no verb"),
        ("/v1/a:b:c", "text with other"),
        ("/v1/a:*", "no verb"),
        ("/v1/{a}/{a}", "captures a twice"),
    ],
)
def test_a_bad_template_says_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(BadTemplate, match=reason.replace("*", r"\*")):
        parse(text)


@given(st.text(alphabet="/{}=*:.ab%2F", max_size=30))
def test_any_text_is_a_template_or_a_bad_one(text: str) -> None:
    try:
        found = parse(text)
    except BadTemplate:
        return
    assert MANY not in found.segments[:-1]
    assert all(one.start < one.stop for one in found.variables)


@given(st.text())
def test_what_is_encoded_is_decoded(text: str) -> None:
    raw = "".join(f"%{byte:02x}" for byte in text.encode(errors="ignore"))
    assert decode(raw) == text.encode(errors="ignore").decode()


@pytest.mark.parametrize("text", ["%", "%2", "%2x", "a%", "%%41", "%u0041", "%80", "é"])
def test_half_an_escape_is_a_mistake(text: str) -> None:
    with pytest.raises(BadEscape):
        decode(text)
    with pytest.raises(BadEscape):
        decode_but_slash(f"%2F{text}")


def test_a_slash_stays_as_it_was_sent() -> None:
    assert decode_but_slash("a%2fb%2Fc%41") == "a%2fb%2FcA"
