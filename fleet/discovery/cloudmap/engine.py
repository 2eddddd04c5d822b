"""Asking Cloud Map by boto3: the only file that knows it.

Importing it takes a quarter of a second, so it is imported where it is used.
"""

import ipaddress
from collections.abc import Callable
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import boto3.session
from botocore.config import Config

from fleet.discovery.cloudmap import trouble
from fleet.discovery.cloudmap.api import MOST, Instance, Listing
from fleet.discovery.cloudmap.place import Place
from fleet.errors import ResolveFailed, Throttled

T = TypeVar("T")

_CONNECT_S = 1.0
_READ_S = 1.5
"""Between two pieces of an answer; in a region a whole one takes some 10 ms."""
_CONFIG = Config(
    connect_timeout=_CONNECT_S,
    read_timeout=_READ_S,
    max_pool_connections=1,
    retries={"total_max_attempts": 1},
)
_Question = Literal["discover_instances", "discover_instances_revision"]


class CloudMap:
    """`Api` to AWS itself, or to an emulator.

    The client is made by the first question, and made anew after a failure:
    settings and credentials may have been repaired meanwhile.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._client: Any = None

    def revision(self) -> int | None:
        """Ask for the revision, see `Api`."""
        try:
            return self._ask("discover_instances_revision", {}, _revision)
        except _Missing:
            return None

    def instances(self) -> Listing:
        """Ask for all instances, see `Api`."""
        wanted = {
            "MaxResults": MOST,
            "HealthStatus": "HEALTHY_OR_ELSE_ALL",
            "QueryParameters": dict(self._place.attributes),
        }
        try:
            return self._ask("discover_instances", wanted, _listing)
        except _Missing as missing:
            return Listing((), missing=str(missing))

    def _ask(
        self,
        question: _Question,
        wanted: dict[str, Any],
        read: Callable[[dict[str, Any]], T],
    ) -> T:
        where = {
            "NamespaceName": self._place.namespace,
            "ServiceName": self._place.service,
        }
        try:
            self._client = self._client or _client(self._place)
            return read(_once_more(getattr(self._client, question), where | wanted))
        except Exception as error:  # whatever an answer does to the parser
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> Exception:
        code = trouble.code_of(error)
        if code in trouble.MISSING:
            return _Missing(f"there is no such {trouble.MISSING[code]} ({code})")
        url = self._client.meta.endpoint_url if self._client else ""
        kind = Throttled if code in trouble.THROTTLED else ResolveFailed
        if kind is ResolveFailed:
            self._forget()
        return kind(str(self._place), trouble.reason(error, url))

    def _forget(self) -> None:
        client, self._client = self._client, None
        if client:
            client.close()


class _Missing(Exception):
    """There is no such namespace or service."""


def _once_more(ask: Callable[..., dict[str, Any]], wanted: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Ask, and again when the connection was closed without an answer.

    The API closes idle connections at some time, which is no failure of it.
    """
    try:
        return ask(**wanted)
    except Exception as error:
        if not trouble.is_closed(error):
            raise
        return ask(**wanted)


def _revision(answer: dict[str, Any]) -> int:
    return int(answer["InstancesRevision"])


def _listing(answer: dict[str, Any]) -> Listing:
    # The library does not check types: text is made text, for ipaddress takes
    # the number 5 for 0.0.0.5.
    return Listing(
        tuple(
            Instance(
                str(each["InstanceId"]),
                {str(k): str(v) for k, v in each.get("Attributes", {}).items()},
            )
            for each in answer["Instances"]
        ),
        answer.get("InstancesRevision"),
    )


def _client(place: Place) -> Any:  # noqa: ANN401 - generated at run time
    """Return a client that asks each question once and gives up soon.

    botocore would wait and repeat; the watch does so already.
    """
    session = boto3.session.Session(region_name=place.region)

    def make(config: Config) -> Any:  # noqa: ANN401 - generated at run time
        return session.client(
            "servicediscovery", endpoint_url=place.endpoint, config=config
        )

    prefix = place.inject_host_prefix
    client = make(_CONFIG if prefix is None else _prefixed(on=prefix))
    if prefix is None and _takes_no_prefix(client.meta.endpoint_url):
        client.close()
        return make(_prefixed(on=False))
    return client


def _prefixed(*, on: bool) -> Config:
    return _CONFIG.merge(Config(inject_host_prefix=on))


def _takes_no_prefix(url: str) -> bool:
    """Tell whether `data-` + host can be no host: then an emulator is there."""
    host = urlsplit(url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True
