"""The schemas that tests of the gateway use, made once."""

import functools
from collections.abc import Sequence
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from services.gateway.schema.schema import Schema
from tests.support.described import proto_files, rpc_files, schema_of


@functools.cache
def schema() -> Schema:
    """Return the schema of rpc.Rpc, from the set in the repository."""
    return schema_of(rpc_files())


@functools.cache
def shelf() -> Schema:
    """Return a schema with every kind of field that a URL may or may not set."""
    return schema_of(shelf_files())


def shelf_files() -> Sequence[FileDescriptorProto]:
    """Return shelf.proto and what it imports."""
    return proto_files(Path(__file__).parent / "shelf.proto")
