"""From what the backends tell to one schema."""

from collections.abc import Sequence

from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool

from fleet.errors import BadConfig
from services.gateway.schema.comments import comments
from services.gateway.schema.method import Method, method_of
from services.gateway.schema.schema import Schema
from services.gateway.schema.source import Source, stripped


def build(
    sources: Sequence[Source], documented: Sequence[FileDescriptorProto] = ()
) -> Schema:
    """Put what *sources* serve into one schema.

    Args:
        sources: In order of precedence: a service belongs to the first that has it.
        documented: Files with comments, which reflection does not tell.

    Raises:
        BadConfig: Two backends describe the same name differently, or a file
            makes no sense.
    """
    pool = DescriptorPool()
    problems = _fill(pool, sources)
    methods: dict[str, Method] = {}
    for source in sources if not problems else ():
        for service in source.services:
            try:
                found = pool.FindServiceByName(service)
            except KeyError:
                problems.append(f"{source.target} does not describe its {service}")
                continue
            for method in found.methods:
                made = method_of(method, source.target)
                methods.setdefault(made.name, made)
    if problems:
        raise BadConfig("what the backends say of themselves", problems)
    told = [file for source in sources for file in source.files]
    return Schema(pool, methods, comments([*documented, *told]))


def _fill(pool: DescriptorPool, sources: Sequence[Source]) -> list[str]:
    """Add every file once; return what does not fit together."""
    added: dict[str, FileDescriptorProto] = {}
    problems = []
    for source in sources:
        for file in stripped(source.files):
            before = added.setdefault(file.name, file)
            if before is not file:
                if not _same(before, file):
                    problems.append(f"{source.target} has another {file.name}")
                continue
            try:
                pool.Add(file)
            except TypeError as error:
                problems.append(f"{source.target}, {file.name}: {error}")
    return problems


def _same(one: FileDescriptorProto, other: FileDescriptorProto) -> bool:
    """Compare, whether or not a compiler has written the JSON names."""
    return _bare(one) == _bare(other)


def _bare(file: FileDescriptorProto) -> bytes:
    copy = FileDescriptorProto()
    copy.CopyFrom(file)
    waiting = list(copy.message_type)
    while waiting:
        message = waiting.pop()
        waiting += message.nested_type
        for field in message.field:
            field.ClearField("json_name")
    return bytes(copy.SerializeToString(deterministic=True))
