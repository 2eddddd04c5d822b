"""A schema from the text of a proto, comments and all; and rules of its methods."""

import functools
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc  # type: ignore[import-untyped]  # has none

from services.gateway.routes.rule import Rule
from services.gateway.routes.template import parse
from services.gateway.schema.build import build
from services.gateway.schema.schema import Schema
from services.gateway.schema.source import described

_ROOT = Path(__file__).parents[2]


@functools.cache
def rpc_files() -> Sequence[FileDescriptorProto]:
    """Return rpc.proto and what it imports, as the repository keeps them."""
    coded = (_ROOT / "rpc" / "rpc.binpb").read_bytes()
    return tuple(FileDescriptorSet.FromString(coded).file)


@functools.cache
def proto_files(proto: Path) -> Sequence[FileDescriptorProto]:
    """Return the file *proto* and what it imports."""
    with tempfile.NamedTemporaryFile() as coded:
        google = Path(protoc.__file__).parent / "_proto"
        out = f"--descriptor_set_out={coded.name}"
        flags = (out, "--include_imports", "--include_source_info")
        assert not protoc.main(
            ["", f"-I{proto.parent}", f"-I{google}", *flags, str(proto)]
        )
        return tuple(FileDescriptorSet.FromString(Path(coded.name).read_bytes()).file)


def schema_of(files: Sequence[FileDescriptorProto]) -> Schema:
    """Return the schema of all services of *files*."""
    return build([described("fixed://127.0.0.1:1", files)])


@dataclass(frozen=True)
class Rules:
    """A table that needs no file: (method, verb, template, body, response body)."""

    schema: Schema
    given: Sequence[tuple[str, ...]]

    def rules(self) -> Sequence[Rule]:
        return [self._rule(*one) for one in self.given]

    def _rule(
        self, name: str, verb: str, template: str, body: str = "", answer: str = ""
    ) -> Rule:
        variables = tuple(one.path for one in parse(template).variables)
        method = self.schema.methods[name]
        return Rule(method, verb, template, variables, body, answer, 1)
