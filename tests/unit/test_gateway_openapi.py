"""The whole document."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from services.gateway.openapi.document import document
from tests.support.described import Rules, proto_files, rpc_files, schema_of

RPC = schema_of(rpc_files())
ZOO = schema_of(proto_files(Path(__file__).with_name("gateway_openapi_zoo.proto")))

GAME = Rules(
    RPC,
    [
        ("rpc.Rpc/GetChampion", "GET", "/v1/champions/{champion_id}"),
        ("rpc.Rpc/ListChampions", "GET", "/v1/champions"),
        ("rpc.Rpc/GetBattleField", "GET", "/v1/battle-field", "", "battle_field"),
        ("rpc.Rpc/UpdateScore", "POST", "/v1/rankings/{board}/scores", "*"),
        ("rpc.Rpc/UpdateScores", "POST", "/v1/scores", "updates", "updates"),
        ("rpc.Rpc/ListRanking", "GET", "/v1/rankings/{board}"),
        ("rpc.Rpc/GetRank", "GET", "/v1/rankings/{board}/users/{user_id}"),
        ("rpc.Rpc/GetRank", "GET", "/v1/users/{user_id}/rank"),
        ("rpc.Rpc/WatchRanking", "GET", "/v1/rankings/{board}:watch"),
        ("rpc.Rpc/EraseUser", "DELETE", "/v1/users/{user_id}"),
    ],
)
ANIMALS = Rules(
    ZOO,
    [
        ("zoo.Zoo/Give", "POST", "/v1/animals", "*"),
        ("zoo.Zoo/Give", "*", "/v1/any", "parent", "by_name"),
        ("zoo.Zoo/Give", "GET", "/v1/any"),
        ("zoo.Zoo/Give", "GET", "/v1/sizes/{size}/{maybe}"),
        ("zoo.Zoo/Find", "GET", "/v1/{name=shelves/*/books/*}"),
        ("zoo.Zoo/Find", "GET", "/v1/deep/{deep.deeper.id}/{name=**}"),
        ("zoo.Zoo/Find", "POST", "/v1/find/{name}:now", "deep", "found"),
        ("zoo.Zoo/Find", "DELETE", "/v1/find/{deep.id}:now"),
        ("zoo.Zoo/Find", "SEARCH", "/v1/find"),
        ("zoo.Zoo/Watch", "GET", "/v1/*/watch"),
        ("zoo.Zoo/Feed", "PUT", "/v1/cages/{name}", "legs"),
        ("zoo.Zoo/Feed", "PATCH", "/v1/cages/{name}", "*"),
    ],
)


def made(rules: Rules, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - passed on
    given = {"title": "Game", "version": "1", "secured": None, **more}
    return document(rules.schema, rules, **given)


def named(operation: dict[str, Any], where: str) -> dict[str, Any]:
    found = [one for one in operation["parameters"] if one.get("in") == where]
    return {one["name"]: one for one in found}


@pytest.mark.parametrize("rules", [GAME, ANIMALS, Rules(RPC, []), Rules(ZOO, [])])
def test_the_document_is_valid(rules: Rules) -> None:
    found = json.loads(json.dumps(made(rules, secured=lambda _: ["key", "jwt"])))
    errors = [str(one) for one in OpenAPIV31SpecValidator(found).iter_errors()]
    assert errors == []


def test_ids_are_unique_and_speak() -> None:
    operations = made(GAME)["paths"].values()
    ids = [one["operationId"] for item in operations for one in item.values()]

    assert len(set(ids)) == len(GAME.given)
    assert {"Rpc_GetChampion", "Rpc_GetRank", "Rpc_GetRank_2"} <= set(ids)


def test_comments_become_the_docs() -> None:
    found = made(GAME)
    listed = found["paths"]["/v1/rankings/{board}"]["get"]
    user = found["components"]["schemas"]["rpc.RankingUser"]

    assert listed["description"] == "A page of a board, best first."
    assert listed["tags"] == ["rpc.Rpc"]
    assert named(listed, "query")["pageSize"]["description"] == "0: 10; at most 1,000"
    assert user["properties"]["userId"]["description"] == "1 to 64 bytes of UTF-8"
    assert made(ANIMALS)["tags"] == [
        {"name": "zoo.Zoo", "description": "All animals,\nand their keepers."}
    ]


def test_the_query_has_what_the_path_and_the_body_leave() -> None:
    paths = made(ANIMALS)["paths"]
    shelves = named(paths["/v1/shelves/{name.1}/books/{name.2}"]["get"], "query")
    now = paths["/v1/find/{name}:now"]["post"]

    assert "name" not in shelves
    assert {"deep.howDeep", "deep.id", "size", "since", "most"} <= set(shelves)
    assert "again.name" in shelves
    # Repeated messages, maps and what is any JSON need a body.
    assert not {"legs", "labels", "free", "free.fields"} & set(shelves)
    assert not [name for name in shelves if name.startswith("again.again.")]
    assert shelves["tags"]["schema"]["type"] == "array"
    assert shelves["tags"]["explode"]
    assert not [name for name in named(now, "query") if name.startswith("deep")]


def test_parameters_of_the_path_say_what_they_are() -> None:
    paths = made(ANIMALS)["paths"]
    shelf = named(paths["/v1/shelves/{name.1}/books/{name.2}"]["get"], "path")["name.1"]
    rest = named(paths["/v1/deep/{deep.deeper.id}/{name}"]["get"], "path")["name"]
    size = named(paths["/v1/sizes/{size}/{maybe}"]["get"], "path")["size"]

    assert "part of `name`, which is `shelves/*/books/*`" in shelf["description"]
    assert "may have slashes" in rest["description"]
    assert size["schema"]["anyOf"][0] == {"$ref": "#/components/schemas/zoo.Size"}


def test_two_names_for_one_path_are_one_path() -> None:
    item = made(ANIMALS)["paths"]["/v1/find/{name}:now"]
    [parameter] = named(item["delete"], "path").values()

    assert parameter["name"] == "name"
    assert "The field `deep.id`." in parameter["description"]


def test_any_verb_stands_for_those_that_no_other_rule_takes() -> None:
    item = made(ANIMALS)["paths"]["/v1/any"]

    assert set(item) == {"get", "put", "post", "delete", "patch"}
    assert "requestBody" not in item["get"]
    assert "requestBody" in item["put"]


def test_a_verb_of_ones_own_is_left_out() -> None:
    assert "/v1/find" not in made(ANIMALS)["paths"]


def test_bodies_and_answers_that_are_one_field() -> None:
    found = made(GAME)["paths"]["/v1/scores"]["post"]
    body = found["requestBody"]["content"]["application/json"]["schema"]
    answer = found["responses"]["200"]["content"]["application/json"]["schema"]

    item = "#/components/schemas/rpc.UpdateScoreRequest"
    assert body == {"type": "array", "items": {"$ref": item}} | body
    assert answer["items"]["$ref"].endswith("/rpc.UpdateScoreResponse")


def test_a_stream_has_three_forms() -> None:
    watch = made(GAME)["paths"]["/v1/rankings/{board}:watch"]["get"]
    forms = watch["responses"]["200"]["content"]

    assert set(forms) == {
        "application/json",
        "application/x-ndjson",
        "text/event-stream",
    }
    assert forms["application/json"]["schema"]["type"] == "array"


def test_reads_have_a_tag_and_others_none() -> None:
    paths = made(GAME)["paths"]

    assert "304" in paths["/v1/champions"]["get"]["responses"]
    assert "304" not in paths["/v1/users/{user_id}"]["delete"]["responses"]
    assert "304" not in paths["/v1/rankings/{board}:watch"]["get"]["responses"]


def test_a_field_named_timeout_hides_the_option() -> None:
    paths = made(ANIMALS)["paths"]
    timeout = {"$ref": "#/components/parameters/timeout"}

    assert timeout in paths["/v1/animals"]["post"]["parameters"]
    assert timeout not in paths["/v1/cages/{name}"]["put"]["parameters"]


def test_requests_are_held_to_their_schema_and_answers_may_grow() -> None:
    schemas = made(GAME)["components"]["schemas"]

    assert schemas["rpc.RankingUser-input"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["rpc.RankingUser"]
    assert schemas["rpc.UpdateScoreRequest"]["additionalProperties"] is False
    user = schemas["rpc.UpdateScoreRequest"]["properties"]["user"]
    assert user["anyOf"][0]["$ref"].endswith("/rpc.RankingUser-input")


def test_what_is_deprecated_says_so() -> None:
    found = made(ANIMALS)
    animal = found["components"]["schemas"]["zoo.Animal"]

    assert animal["deprecated"]
    assert animal["properties"]["aString"]["deprecated"]
    assert found["paths"]["/v1/find/{name}:now"]["post"]["deprecated"]


def test_a_oneof_is_told_in_words() -> None:
    animal = made(ANIMALS)["components"]["schemas"]["zoo.Animal"]
    told = animal["properties"]["cage"]["description"]
    assert told == (
        "its number\n\n`home`: at most one of `cage`, `onLeg`, `nowhere` is set."
    )


def test_security_where_it_is_asked_for() -> None:
    allow = {"rpc.Rpc.UpdateScore": ["key"], "rpc.Rpc.GetRank": ["anyone", "jwt"]}
    found = made(GAME, secured=lambda name: allow.get(name, ["anyone"]))
    paths = found["paths"]

    assert paths["/v1/rankings/{board}/scores"]["post"]["security"] == [{"key": []}]
    rank = paths["/v1/rankings/{board}/users/{user_id}"]["get"]
    assert rank["security"] == [{}, {"jwt": []}]
    assert "security" not in paths["/v1/champions"]["get"]
    assert set(found["components"]["securitySchemes"]) == {"key", "jwt"}
    assert "securitySchemes" not in made(GAME)["components"]
