"""Messages as JSON, by functions compiled for each type."""

from services.gateway.codec.codec import Codec

__all__ = ["Codec"]
