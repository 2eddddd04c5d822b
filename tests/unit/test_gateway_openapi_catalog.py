"""What the explorer of the console is told."""

import json
from pathlib import Path
from typing import Any

from services.gateway.openapi.catalog import catalog
from tests.support.described import Rules, proto_files, rpc_files, schema_of

ZOO = Path(__file__).with_name("gateway_openapi_zoo.proto")
RPC = schema_of(rpc_files())
ANIMALS = schema_of(proto_files(ZOO))


def fields(name: str) -> dict[str, Any]:
    found = catalog(ANIMALS, Rules(ANIMALS, []), lambda _: "")
    return {field["name"]: field for field in found["messages"][name]["fields"]}


def test_methods_with_their_routes() -> None:
    rules = Rules(
        RPC,
        [
            ("rpc.Rpc/GetRank", "GET", "/v1/{board}/users/{user_id}"),
            ("rpc.Rpc/GetRank", "POST", "/v1/ranks", "*", "entry"),
        ],
    )
    streams = {"WatchRanking": "resume_token"}
    found = catalog(RPC, rules, lambda m: streams.get(m.descriptor.name, ""))
    [service] = found["services"]
    methods = {method["name"]: method for method in service["methods"]}

    assert service["name"] == "rpc.Rpc"
    assert service["target"] == "fixed://127.0.0.1:1"
    assert methods["GetRank"] == {
        "name": "GetRank",
        "path": "rpc.Rpc/GetRank",
        "comment": "Where one user stands, with neighbours on request.",
        "reads": True,
        "client_streaming": False,
        "server_streaming": False,
        "input": "rpc.GetRankRequest",
        "output": "rpc.GetRankResponse",
        "routes": [
            {
                "verb": "GET",
                "template": "/v1/{board}/users/{user_id}",
                "variables": ["board", "user_id"],
                "body": "",
                "response_body": "",
            },
            {
                "verb": "POST",
                "template": "/v1/ranks",
                "variables": [],
                "body": "*",
                "response_body": "entry",
            },
        ],
        "resume": "",
    }
    assert methods["WatchRanking"]["server_streaming"]
    assert methods["WatchRanking"]["resume"] == "resume_token"
    assert not methods["EraseUser"]["reads"]


def test_a_field() -> None:
    found = catalog(RPC, Rules(RPC, []), lambda _: "")
    [first] = found["messages"]["rpc.GetChampionRequest"]["fields"]

    assert first == {
        "name": "champion_id",
        "json": "championId",
        "number": 1,
        "kind": "int32",
        "type": "",
        "repeated": False,
        "map": None,
        "oneof": "",
        "optional": False,
        "comment": "",
    }


def test_kinds_maps_oneofs_and_optional() -> None:
    animal = fields("zoo.Animal")

    assert animal["size"]["kind"] == "enum"
    assert animal["size"]["type"] == "zoo.Size"
    assert animal["a_sint64"]["kind"] == "sint64"
    assert animal["legs"]["repeated"]
    assert animal["legs"]["type"] == "zoo.Animal.Leg"
    assert animal["by_number"]["map"] == {
        "key": "int64",
        "value": {"kind": "enum", "type": "zoo.Size"},
    }
    assert not animal["by_number"]["repeated"]
    assert animal["cage"]["oneof"] == "home"
    assert not animal["cage"]["optional"]
    assert animal["maybe"]["optional"]
    assert animal["maybe"]["oneof"] == ""
    assert not animal["parent"]["optional"]


def test_every_type_that_can_be_met_and_no_map_entry() -> None:
    found = catalog(ANIMALS, Rules(ANIMALS, []), lambda _: "")
    mentioned = {
        kind
        for message in found["messages"].values()
        for field in message["fields"]
        for kind in (field["type"], (field["map"] or {}).get("value", {}).get("type"))
        if kind and not field["map"]
    }

    assert mentioned <= found["messages"].keys() | found["enums"].keys()
    assert not [name for name in found["messages"] if name.endswith("Entry")]
    assert found["enums"]["zoo.Size"]["comment"] == "How much it\n  weighs."
    assert found["enums"]["zoo.Size"]["values"][1:] == [
        {"name": "LARGE", "number": 1, "comment": "from 1 kg"},
        {"name": "BIG", "number": 1, "comment": ""},
    ]
    assert json.loads(json.dumps(found)) == found
