"""What the policy says about each method, looked up once."""

from dataclasses import dataclass

from google.protobuf.descriptor import Descriptor

from services.gateway.policy.pattern import most_exact
from services.gateway.policy.policy import Policy, StreamPolicy
from services.gateway.schema.method import Method
from services.gateway.schema.schema import Schema


@dataclass(frozen=True, slots=True)
class Terms:
    """How the answers of one method may be shared and kept."""

    cache_s: float
    single_flight: bool
    stream: StreamPolicy

    @property
    def shares(self) -> bool:
        """Whether an answer may be another's as well."""
        return self.single_flight or self.cache_s > 0


def terms(method: Method, policy: Policy) -> Terms:
    """Return what *policy* says about *method*; only reads are shared or kept."""
    cache = policy.cache_s
    pattern = most_exact(cache, method.selector)
    return Terms(
        cache_s=cache[pattern] if pattern and method.reads else 0.0,
        single_flight=policy.single_flight and method.reads,
        stream=policy.streams.get(method.selector, StreamPolicy()),
    )


def check_streams(policy: Policy, schema: Schema) -> list[str]:
    """Return what [streams] of *policy* says wrongly about *schema*."""
    methods = {method.selector: method for method in schema.methods.values()}
    problems = []
    for name, stream in policy.streams.items():
        method = methods.get(name)  # none: of a backend that is not there now
        if method and (not method.server_streaming or method.client_streaming):
            problems.append(f'[streams."{name}"] is no server stream')
        elif method and stream.resume:
            kinds = (method.input, method.output)
            problems += [
                f'[streams."{name}"] resume = "{stream.resume}" is no string of'
                f" {kind.full_name}"
                for kind in kinds
                if not _is_string(kind, stream.resume)
            ]
    return problems


def _is_string(kind: Descriptor, name: str) -> bool:
    found = kind.fields_by_name.get(name)
    return bool(found and found.type == found.TYPE_STRING and not found.is_repeated)
