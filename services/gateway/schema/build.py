"""From what the backends tell to one schema."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

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
        BadConfig: A backend does not describe what it serves, or makes no sense.
    """
    shelves: list[_Shelf] = [_Shelf()]
    methods: dict[str, Method] = {}
    problems: list[str] = []
    for source in sources:
        try:
            found = list(_methods(source, _placed(source, shelves)))
        except (KeyError, TypeError) as error:
            problems.append(f"{source.target}: {error}")
            continue
        for method in found:
            methods.setdefault(method.name, method)
    if problems:
        raise BadConfig("what the backends say of themselves", problems)
    told = [file for source in sources for file in source.files]
    pools = [shelf.pool for shelf in shelves]
    return Schema(pools[0], methods, comments([*documented, *told]), pools[1:])


def _methods(source: Source, pool: DescriptorPool) -> Iterator[Method]:
    for service in source.services:
        for method in pool.FindServiceByName(service).methods:
            yield method_of(method, source.target)


def _placed(source: Source, shelves: list["_Shelf"]) -> DescriptorPool:
    """Return the pool that *source* is in: the common one, where it fits in there."""
    files = list(stripped(source.files))
    shelf = shelves[0]
    if not shelf.fits(files):
        shelf = _Shelf()
        shelves.append(shelf)
    try:
        shelf.add(files)
    except TypeError:  # a name of another file: it only shows when it is added
        shelf = _Shelf()
        shelves.append(shelf)
        shelf.add(files)
    return shelf.pool


@dataclass(slots=True)
class _Shelf:
    """A pool, and the files in it by name."""

    pool: DescriptorPool = field(default_factory=DescriptorPool)
    files: dict[str, FileDescriptorProto] = field(default_factory=dict)

    def fits(self, files: Sequence[FileDescriptorProto]) -> bool:
        return all(
            file.name not in self.files or _same(self.files[file.name], file)
            for file in files
        )

    def add(self, files: Sequence[FileDescriptorProto]) -> None:
        for file in files:
            if file.name not in self.files:
                self.pool.Add(file)
                self.files[file.name] = file


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
        for each in message.field:
            each.ClearField("json_name")
    return bytes(copy.SerializeToString(deterministic=True))
