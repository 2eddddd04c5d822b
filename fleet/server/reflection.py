"""Reflection, `grpc.reflection` v1 and v1alpha: what grpcurl and others ask."""

from collections.abc import Iterable

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FileDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto
from google.rpc import error_details_pb2  # type: ignore[import-untyped]  # has none
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.reflection import aio
from grpc_reflection.v1alpha.reflection_pb2_grpc import (
    add_ServerReflectionServicer_to_server,
)

from fleet.server.registry import Registry

V1 = "grpc.reflection.v1.ServerReflection"
V1ALPHA = "grpc.reflection.v1alpha.ServerReflection"


def add_reflection(registry: Registry) -> None:
    """Describe every service in *registry*, and reflection itself.

    The two versions differ in their names only, on the wire in the path only,
    so the library's v1alpha serves both.
    """
    names = [*registry.methods, V1, V1ALPHA]
    servicer = aio.ReflectionServicer(names, pool=_described(names))
    registry.add([(add_ServerReflectionServicer_to_server, servicer)])
    registry.add([(_add_as_v1, servicer)])


class _AsV1:
    """Stands where generated code expects a server, and changes the name."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def add_generic_rpc_handlers(self, handlers: object) -> None:
        pass

    def add_registered_method_handlers(
        self, _service: str, handlers: dict[str, object]
    ) -> None:
        self._registry.add_registered_method_handlers(V1, handlers)


def _add_as_v1(servicer: object, registry: Registry) -> None:
    add_ServerReflectionServicer_to_server(servicer, _AsV1(registry))


def _described(names: Iterable[str]) -> descriptor_pool.DescriptorPool:
    """Return a pool of the files that describe *names*, as far as known.

    A pool of our own: the default one must stay free for somebody who brings
    a real v1 file of the same name.
    """
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_as_v1(reflection_pb2.DESCRIPTOR))
    # The details of our refusals, so that grpcurl can print them.
    _copy(error_details_pb2.DESCRIPTOR, pool)
    for name in names:
        try:
            service = descriptor_pool.Default().FindServiceByName(name)
        except KeyError:
            continue
        _copy(service.file, pool)
    return pool


def _copy(file: FileDescriptor, pool: descriptor_pool.DescriptorPool) -> None:
    for dependency in file.dependencies:
        _copy(dependency, pool)
    proto = FileDescriptorProto()
    file.CopyToProto(proto)
    # protoc's Python leaves JSON names out, and grpcurl would print ours in
    # snake_case, unlike every other client.
    for name, message in file.message_types_by_name.items():
        found = next(each for each in proto.message_type if each.name == name)
        _name_as_json(message, found)
    pool.Add(proto)


def _name_as_json(message: Descriptor, proto: DescriptorProto) -> None:
    for field in proto.field:
        field.json_name = message.fields_by_name[field.name].json_name
    for nested in proto.nested_type:
        _name_as_json(message.nested_types_by_name[nested.name], nested)


def _as_v1(file: FileDescriptor) -> FileDescriptorProto:
    proto = FileDescriptorProto()
    file.CopyToProto(proto)
    proto.name = proto.name.replace("v1alpha", "v1")
    proto.package = "grpc.reflection.v1"
    fields = [field for message in proto.message_type for field in message.field]
    for field in fields:
        if field.type_name:  # a name set to "" is set
            field.type_name = field.type_name.replace(".v1alpha.", ".v1.")
    for method in proto.service[0].method:
        method.input_type = method.input_type.replace(".v1alpha.", ".v1.")
        method.output_type = method.output_type.replace(".v1alpha.", ".v1.")
    return proto
