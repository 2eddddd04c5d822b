"""The two forms in which Connect and gRPC-Web carry a message: protobuf and JSON."""

from google.protobuf.message import DecodeError

from fleet.errors import Status
from services.gateway.codec import Codec
from services.gateway.failure import Failure
from services.gateway.schema.method import Method

PROTO = "proto"
FORMS = (PROTO, "json")


def read(form: str, method: Method, raw: bytes, codec: Codec) -> bytes:
    """Return the request *raw*, which is in *form*, encoded by protobuf.

    Unknown fields of JSON are left out, as the clients of these protocols expect:
    they are generated, perhaps from a newer schema.

    Raises:
        Failure: INVALID_ARGUMENT.
    """
    if form != PROTO:
        message = codec.parse(method.input, raw, ignore_unknown=True)
        return message.SerializeToString(deterministic=True)
    try:
        method.request.FromString(raw)
    except DecodeError:
        text = f"the message is not a {method.input.full_name} in protobuf"
        raise Failure(Status.INVALID_ARGUMENT, text) from None
    return raw


def written(form: str, method: Method, raw: bytes, codec: Codec) -> bytes:
    """Return the response *raw*, encoded by protobuf, in *form*."""
    if form == PROTO:
        return raw
    return codec.encode(method.response.FromString(raw), defaults=False)
