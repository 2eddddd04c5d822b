"""Definitions as proto-like text, in grpcurl's layout."""

from collections.abc import Iterable, Iterator

from google.protobuf import descriptor_pb2 as pb
from google.protobuf.descriptor import (
    Descriptor,
    EnumDescriptor,
    FieldDescriptor,
    FileDescriptor,
    MethodDescriptor,
    OneofDescriptor,
    ServiceDescriptor,
)

_TYPE = pb.FieldDescriptorProto.Type
_LABEL = pb.FieldDescriptorProto.Label


def service(found: ServiceDescriptor) -> Iterator[str]:
    """Yield the lines of a service, its methods by name."""
    yield f"service {found.name} {{"
    for name in sorted(found.methods_by_name):
        yield from _indented(method(found.methods_by_name[name]))
    yield "}"


def method(found: MethodDescriptor) -> Iterator[str]:
    """Yield the lines of a method."""
    proto = pb.MethodDescriptorProto()
    found.CopyToProto(proto)
    taken = ("stream " if proto.client_streaming else "") + proto.input_type
    given = ("stream " if proto.server_streaming else "") + proto.output_type
    line = f"rpc {proto.name} ( {taken} ) returns ( {given} )"
    options = list(_options(proto.options))
    if not options:
        yield f"{line};"
        return
    yield f"{line} {{"
    yield from _indented(f"option {option};" for option in options)
    yield "}"


def message(found: Descriptor) -> Iterator[str]:
    """Yield the lines of a message: fields by number, then what is nested."""
    proto = pb.DescriptorProto()
    found.CopyToProto(proto)
    if _is_proto2(found.file):
        _mark_optional(proto)
    yield from _message(proto)


def enum(found: EnumDescriptor) -> Iterator[str]:
    """Yield the lines of an enum."""
    proto = pb.EnumDescriptorProto()
    found.CopyToProto(proto)
    yield from _enum(proto)


def field(found: FieldDescriptor) -> Iterator[str]:
    """Yield the line of a field."""
    parent = pb.DescriptorProto()
    if found.containing_type is not None:
        found.containing_type.CopyToProto(parent)
    yield from (_field(f, parent) for f in parent.field if f.name == found.name)


def oneof(found: OneofDescriptor) -> Iterator[str]:
    """Yield the lines of a oneof."""
    parent = pb.DescriptorProto()
    found.containing_type.CopyToProto(parent)
    yield from _oneof(found.index, parent)


def _message(proto: pb.DescriptorProto) -> Iterator[str]:
    yield f"message {proto.name} {{"
    yield from _indented(f"option {o};" for o in _options(proto.options))
    yield from _indented(_fields(proto))
    for nested in sorted(proto.nested_type, key=lambda m: m.name):
        if not nested.options.map_entry:
            yield from _indented(_message(nested))
    for inner in sorted(proto.enum_type, key=lambda e: e.name):
        yield from _indented(_enum(inner))
    yield from _indented(_reserved(proto))
    yield "}"


def _is_proto2(file: FileDescriptor) -> bool:
    proto = pb.FileDescriptorProto()
    file.CopyToProto(proto)
    return proto.syntax in ("", "proto2")


def _mark_optional(proto: pb.DescriptorProto) -> None:
    """Have the word printed where proto2 needs it and proto3 does not."""
    for each in proto.field:
        if each.label == _LABEL.LABEL_OPTIONAL and not each.HasField("oneof_index"):
            each.proto3_optional = True
    for nested in proto.nested_type:
        _mark_optional(nested)


def _fields(proto: pb.DescriptorProto) -> Iterator[str]:
    done: set[int] = set()
    for each in sorted(proto.field, key=lambda f: f.number):
        group = each.oneof_index if _in_oneof(each) else None
        if group is None:
            yield _field(each, proto)
        elif group not in done:
            done.add(group)
            yield from _oneof(group, proto)


def _oneof(index: int, parent: pb.DescriptorProto) -> Iterator[str]:
    members = (f for f in parent.field if _in_oneof(f) and f.oneof_index == index)
    yield f"oneof {parent.oneof_decl[index].name} {{"
    yield from _indented(_field(member, parent) for member in members)
    yield "}"


def _in_oneof(field: pb.FieldDescriptorProto) -> bool:
    return field.HasField("oneof_index") and not field.proto3_optional


def _field(field: pb.FieldDescriptorProto, parent: pb.DescriptorProto) -> str:
    options = list(_options(field.options))
    if field.json_name and field.json_name != _camel(field.name):
        options.append(f'json_name = "{field.json_name}"')
    tail = f" [{', '.join(options)}]" if options else ""
    return f"{_kind(field, parent)} {field.name} = {field.number}{tail};"


def _kind(field: pb.FieldDescriptorProto, parent: pb.DescriptorProto) -> str:
    for nested in parent.nested_type:
        of_map = nested.options.map_entry and field.type_name.endswith(
            f".{parent.name}.{nested.name}"
        )
        if of_map:
            key, value = (_bare(f) for f in nested.field)
            return f"map<{key}, {value}>"
    if field.label == _LABEL.LABEL_REPEATED:
        return f"repeated {_bare(field)}"
    if field.label == _LABEL.LABEL_REQUIRED:
        return f"required {_bare(field)}"
    return f"optional {_bare(field)}" if field.proto3_optional else _bare(field)


def _bare(field: pb.FieldDescriptorProto) -> str:
    return field.type_name or _TYPE.Name(field.type).removeprefix("TYPE_").lower()


def _enum(proto: pb.EnumDescriptorProto) -> Iterator[str]:
    yield f"enum {proto.name} {{"
    yield from _indented(f"option {o};" for o in _options(proto.options))
    for value in sorted(proto.value, key=lambda v: v.number):
        options = ", ".join(_options(value.options))
        yield f"  {value.name} = {value.number}{f' [{options}]' if options else ''};"
    yield "}"


def _reserved(proto: pb.DescriptorProto) -> Iterator[str]:
    ranges = [(r.start, r.end - 1) for r in proto.reserved_range]
    if ranges:
        texts = (f"{a}" if a == b else f"{a} to {b}" for a, b in ranges)
        yield f"reserved {', '.join(texts)};"
    if proto.reserved_name:
        names = ", ".join(f'"{name}"' for name in proto.reserved_name)
        yield f"reserved {names};"


def _options(options: object) -> Iterator[str]:
    """Yield the plain options that are set; extensions are left out."""
    for field, value in getattr(options, "ListFields")():  # noqa: B009 - any options
        if field.is_extension or field.message_type or field.name == "map_entry":
            continue
        if field.enum_type is not None:
            yield f"{field.name} = {field.enum_type.values_by_number[value].name}"
        else:
            yield f"{field.name} = {str(value).lower()}"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)
