"""One schema of several backends: who serves what, and what changes in a deploy."""

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from fleet.errors import BadConfig
from services.gateway.codec import codec_of
from services.gateway.schema.build import build
from services.gateway.schema.known import CONFIRMED, Known
from services.gateway.schema.source import Source


def file(
    package: str, *fields: str, name: str = "service.proto"
) -> FileDescriptorProto:
    """Return a file with a service `S`, whose method takes a message of *fields*."""
    made = FileDescriptorProto(name=name, package=package, syntax="proto3")
    message = made.message_type.add(name="M")
    for number, each in enumerate(fields, 1):
        message.field.add(name=each, number=number, type=9, label=1)
    service = made.service.add(name="S")
    kind = f".{package}.M"
    service.method.add(name="Get", input_type=kind, output_type=kind)
    return made


def source(target: str, *files: FileDescriptorProto) -> Source:
    services = [f"{each.package}.{one.name}" for each in files for one in each.service]
    return Source(target, services, files)


def test_a_service_belongs_to_the_first_that_has_it() -> None:
    schema = build([source("one", file("a")), source("two", file("a"))])
    assert schema.methods["a.S/Get"].target == "one"
    assert len(schema.pools) == 1


def test_files_of_one_name_may_say_different_things() -> None:
    schema = build([source("one", file("a", "x")), source("two", file("b", "y"))])
    codec = codec_of(schema.pools)
    for name, target, field in (("a.S/Get", "one", "x"), ("b.S/Get", "two", "y")):
        method = schema.methods[name]
        assert method.target == target
        message = codec.parse(method.input, b'{"%b": "1"}' % field.encode())
        assert codec.encode(message) == b'{"%b":"1"}' % field.encode()


def test_two_versions_of_one_name_are_kept_apart() -> None:
    old = source("old", file("common", "x", name="common.proto"), file("a", name="a"))
    new = source(
        "new", file("common", "x", "y", name="common.proto"), file("b", name="b")
    )
    schema = build([old, new])
    assert {name: m.target for name, m in schema.methods.items()} == {
        "common.S/Get": "old",
        "a.S/Get": "old",
        "b.S/Get": "new",
    }


def test_the_same_symbol_in_another_file_is_kept_apart_too() -> None:
    one = source("one", file("a", name="a.proto"))
    two = source("two", file("a", name="other.proto"), file("b", name="b.proto"))
    schema = build([one, two])
    assert schema.methods["a.S/Get"].target == "one"
    assert schema.methods["b.S/Get"].target == "two"


def test_a_backend_that_does_not_describe_what_it_serves_is_named() -> None:
    with pytest.raises(BadConfig, match="one: "):
        build([Source("one", ["a.Missing"], [file("a")])])


def test_what_says_more_is_taken_at_once_and_less_when_it_lasts() -> None:
    old, new = source("t", file("a", "x")), source("t", file("a", "x", "y"))
    known = Known()
    known.hear(old)
    known.hear(new)
    assert known.source is new
    for heard in [old] * (CONFIRMED - 1) + [new] + [old] * (CONFIRMED - 1):
        known.hear(heard)
        assert known.source is new
    assert not known.settled
    known.hear(old)
    assert known.source is old
    assert known.settled
