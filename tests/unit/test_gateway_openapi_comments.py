"""Comments of a proto, by full name."""

from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from services.gateway.schema.comments import comments
from tests.support.described import proto_files, rpc_files

ZOO = Path(__file__).with_name("gateway_openapi_zoo.proto")


def test_what_stands_before_or_behind_every_kind_of_part() -> None:
    found = comments(proto_files(ZOO))

    assert found["zoo.Zoo"] == "All animals,\nand their keepers."
    assert found["zoo.Zoo.Give"] == "Give one back."
    assert found["zoo.Size"] == "How much it\n  weighs."
    assert found["zoo.SMALL"] == "up to 1 kg"
    assert found["zoo.LARGE"] == "from 1 kg"
    assert found["zoo.Animal.CALM"] == "comes near"
    assert found["zoo.Animal.Leg.toes"] == "of one leg"
    assert found["zoo.Animal.parent"] == "itself again"
    assert "zoo.Animal" not in found


def test_those_of_the_repository() -> None:
    found = comments(rpc_files())

    assert found["rpc.RankingUser.user_id"] == "1 to 64 bytes of UTF-8"
    assert found["rpc.Rpc.ListRanking"] == "A page of a board, best first."
    assert found["rpc.WatchRankingRequest.top"].count("\n") == 1


def test_places_that_name_no_part_are_passed_over() -> None:
    file = FileDescriptorProto(name="odd.proto", package="odd")
    file.message_type.add(name="M").reserved_name.append("old")
    for path in ([], [2], [3, 0], [4, 0, 10, 0], [4, 0, 7, 1], [999, 0], [4, 0, 1]):
        file.source_code_info.location.add(path=path, leading_comments=" no\n")
    file.source_code_info.location.add(path=[4, 0], leading_comments=" yes\n")

    assert comments([file]) == {"odd.M": "yes"}


def test_a_file_without_a_package() -> None:
    file = FileDescriptorProto(name="bare.proto")
    file.enum_type.add(name="E").value.add(name="ZERO")
    file.source_code_info.location.add(path=[5, 0, 2, 0], trailing_comments=" none\n")

    assert comments([file]) == {"ZERO": "none"}
