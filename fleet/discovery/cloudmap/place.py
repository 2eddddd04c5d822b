"""The text after `cloudmap://`, parsed strictly."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from fleet.discovery import authority

_NAMESPACE = re.compile(r"[!-~]{1,1024}")
_SERVICE = re.compile(r"(?=.{1,127}\Z)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+")
_ENDPOINT = re.compile(
    r"https?://([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9a-fA-F:.]+\])(:(?P<port>[^:/@]*))?"
)
_ATTRIBUTE = "attribute."
_MOST_ATTRIBUTES = 30
_OPTIONS = ("region", "endpoint", "inject_host_prefix", f"{_ATTRIBUTE}NAME")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A service in Cloud Map, and how to get at the API that knows it."""

    namespace: str
    """Its HttpName: for nearly all the name, such as `local`."""
    service: str
    port: int | None = None
    """Of instances that do not tell one: ECS writes it for SRV records only."""
    region: str | None = None
    """None: as boto3 finds it."""
    endpoint: str | None = None
    """URL of the API; None: as boto3 finds it."""
    inject_host_prefix: bool | None = None
    """Ask `data-` + host, as AWS wants it; None: unless that host is an IP
    address or localhost, where an emulator is."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Only instances that have all of these."""

    def __str__(self) -> str:
        return f"cloudmap://{self.namespace}/{self.service}"


def place(text: str) -> Place:
    """Parse `local/game-server:5000?region=eu-west-1`.

    Raises:
        ValueError: With a sentence about what is wrong.
    """
    path, _, query = text.partition("?")
    namespace, slash, rest = path.partition("/")
    if not slash:
        raise ValueError(f"{path!r} has no service: it is NAMESPACE/SERVICE")
    name, port = rest.rsplit(":", 1) if ":" in rest else (rest, None)
    given = _pairs(query)
    return Place(
        namespace=_matching(_NAMESPACE, "namespace", namespace),
        service=_matching(_SERVICE, "service", name),
        port=None if port is None else _port(port),
        region=_region(given.pop("region", None)),
        endpoint=_endpoint(given.pop("endpoint", None)),
        inject_host_prefix=_switch(given.pop("inject_host_prefix", None)),
        attributes=_attributes(given),
    )


def _pairs(query: str) -> dict[str, str]:
    if not query:
        return {}
    pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    twice = {key for key, _ in pairs if [k for k, _ in pairs].count(key) > 1}
    if twice:
        raise ValueError(f"option {min(twice)!r} is given twice")
    return dict(pairs)


def _matching(allowed: re.Pattern[str], what: str, text: str) -> str:
    if not allowed.fullmatch(text):
        raise ValueError(f"{text!r} is not the name of a {what}")
    return text


def _region(text: str | None) -> str | None:
    if text is not None and not _REGION.fullmatch(text):
        raise ValueError(f"region {text!r} is not one such as eu-west-1")
    return text


def _port(text: str) -> int:
    return authority.endpoint(f"0.0.0.0:{text}").port


def _endpoint(text: str | None) -> str | None:
    if text is None:
        return None
    found = _ENDPOINT.fullmatch(text)
    if not found:
        reason = "allowed is http:// or https://, a host and perhaps a port"
        raise ValueError(f"endpoint is {text!r}, {reason}")
    if found["port"] is not None:
        _port(found["port"])
    return text


def _switch(text: str | None) -> bool | None:
    if text not in {None, "true", "false"}:
        raise ValueError(f"inject_host_prefix is {text!r}, allowed is true, false")
    return None if text is None else text == "true"


def _attributes(given: Mapping[str, str]) -> dict[str, str]:
    for option in given:
        if not option.startswith(_ATTRIBUTE) or option == _ATTRIBUTE:
            allowed = ", ".join(_OPTIONS)
            raise ValueError(f"no option {option!r}; there is {allowed}")
    if len(given) > _MOST_ATTRIBUTES:
        raise ValueError(f"{len(given)} attributes, allowed is {_MOST_ATTRIBUTES}")
    return {key.removeprefix(_ATTRIBUTE): value for key, value in given.items()}
