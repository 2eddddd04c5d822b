"""Templates of google.api.http, written for OpenAPI."""

import pytest

from services.gateway.openapi.paths import path_of


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("/v1/champions", "/v1/champions"),
        ("/v1/champions/{champion_id}", "/v1/champions/{champion_id}"),
        ("/v1/{board}:watch", "/v1/{board}:watch"),
        ("/v1/{user.user_id=*}/x", "/v1/{user.user_id}/x"),
        ("/v1/{name=shelves/*}", "/v1/shelves/{name}"),
        ("/v1/{name=shelves/*/books/*}", "/v1/shelves/{name.1}/books/{name.2}"),
        ("/v1/{name=shelves}/x", "/v1/shelves/x"),
        ("/v1/{name=files/**}:get", "/v1/files/{name}:get"),
        ("/v1/{name=**}", "/v1/{name}"),
        ("/*/{a}/**", "/{1}/{a}/{3}"),
        ("/a%20b/{a=%C3%A9/*}", "/a%20b/%C3%A9/{a}"),
    ],
)
def test_constants_are_written_out_and_wildcards_named(
    template: str, text: str
) -> None:
    assert path_of(template).text == text


def test_a_wildcard_knows_what_it_is_a_part_of() -> None:
    [one, two] = path_of("/v1/{name=a/*}/{rest=**}").wildcards

    assert (one.field, one.part, one.many) == ("name", "a/*", False)
    assert (two.field, two.part, two.many) == ("rest", "", True)


def test_paths_that_differ_in_names_only_are_one() -> None:
    first, second = path_of("/v1/users/{id}"), path_of("/v1/users/{user_id}")
    assert first.shape == second.shape

    both = second.named_as(first)
    assert both.text == "/v1/users/{id}"
    assert [(w.name, w.field) for w in both.wildcards] == [("id", "user_id")]
