"""Which certificates may call."""

from collections.abc import Sequence

import pytest

from fleet.errors import NotAllowed
from fleet.server.identify import identify
from fleet.server.method import Context, Request

SAN, CN = "x509_subject_alternative_name", "x509_common_name"


class Caller:
    """The context of a call, as far as a caller's identity goes."""

    def __init__(self, key: str | None, names: Sequence[str]) -> None:
        self._key = key
        self._names = [name.encode() for name in names]

    def peer_identity_key(self) -> str | None:
        return self._key

    def peer_identities(self) -> list[bytes] | None:
        return self._names or None


async def reply(_request: Request, _context: Context) -> str:
    return "answered"


@pytest.mark.parametrize(
    ("callers", "names", "may"),
    [
        ("gateway.local", ["gateway.local"], True),
        ("gateway.local", ["other.local", "gateway.local", "10.0.0.1"], True),
        ("Gateway.Local", ["gateway.LOCAL"], True),
        ("gateway.local", ["game-server.local"], False),
        ("gateway.local", ["gateway.local.evil.example"], False),
        ("gateway.local", ["gateway.local\0.evil.example"], False),
        ("gateway.local", ["*.local"], False),
        ("*.local", ["gateway.local"], True),
        ("*.local", ["*.local"], True),
        ("*.local", ["a.gateway.local"], False),
        ("*.local", ["local"], False),
        ("*.local", [".local"], False),
        ("*.local", ["someone@gateway.local"], False),
        ("*.local", ["spiffe://gateway.local"], False),
        ("*.gateway.local", ["a.gateway.local"], True),
        ("spiffe://fleet/gateway", ["spiffe://fleet/gateway"], True),
        ("spiffe://fleet/gateway", ["spiffe://fleet/GATEWAY"], False),
        ("spiffe://fleet/*", ["spiffe://fleet/gateway"], False),
        ("laptop gateway.local", ["laptop"], True),
    ],
)
async def test_one_name_of_the_certificate_must_be_listed(
    callers: str,
    names: list[str],
    may: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    refusals: list[None] = []
    identified = identify(reply, tuple(callers.split()), lambda: refusals.append(None))

    if may:
        assert await identified(b"", Caller(SAN, names)) == "answered"
        assert not refusals
    else:
        with pytest.raises(NotAllowed) as caught:
            await identified(b"", Caller(SAN, names))
        assert caught.value.names == tuple(names)
        assert len(refusals) == 1


@pytest.mark.parametrize("key", [CN, None])
async def test_a_common_name_counts_for_nothing(key: str | None) -> None:
    identified = identify(reply, ("gateway.local",), lambda: None)
    assert await identified(b"", Caller(SAN, ["gateway.local"])) == "answered"

    with pytest.raises(NotAllowed, match="names no name"):
        await identified(b"", Caller(key, ["gateway.local"] if key else []))


def test_without_a_list_nothing_is_in_the_way() -> None:
    assert identify(reply, (), lambda: None) is reply
