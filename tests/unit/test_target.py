"""Targets that are read, and those that are refused with advice."""

import contextlib
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.discovery import authority
from fleet.discovery.target import lookup_for
from fleet.endpoint import Endpoint
from fleet.errors import BadTarget


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("fixed://10.0.0.1:5000", {Endpoint("10.0.0.1", 5000)}),
        (
            "fixed://10.0.0.1:5000,[::1]:5001",
            {Endpoint("10.0.0.1", 5000), Endpoint("::1", 5001)},
        ),
        ("fixed://10.0.0.1:1,10.0.0.1:1", {Endpoint("10.0.0.1", 1)}),
        ("FIXED://[0:0::1]:65535", {Endpoint("::1", 65535)}),
    ],
)
async def test_a_fixed_target_is_its_endpoints(
    target: str, expected: set[Endpoint]
) -> None:
    answer = await lookup_for(target)()

    assert answer.endpoints == expected


@pytest.mark.parametrize(
    "target",
    [
        "dns://game-server.local:5000",
        "dns:///game-server.local:5000",
        "dns://127.0.0.1:5300/game-server.local:5000",
        "dns://127.0.0.1:5300,127.0.0.2/game-server.local",
        "dns://[::1]:5300/game-server.local",
        "dns://[::1]/_grpc._tcp.game-server.local.:80",
        "DNS://Game-Server.LOCAL:5000",
    ],
)
def test_a_dns_target_makes_a_lookup(target: str) -> None:
    assert callable(lookup_for(target))


def test_a_nameserver_listens_on_53_unless_it_says_otherwise() -> None:
    found = authority.nameservers("127.0.0.1:5300,[::1]")

    assert found == (Endpoint("127.0.0.1", 5300), Endpoint("::1", 53))


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("", "does not start with one of dns://, fixed://"),
        ("game-server.local:5000", "does not start with one of dns://, fixed://"),
        ("http://game-server.local", "http:// is not known; there is dns://, fixed://"),
        ("fixed://", "has no port"),
        ("fixed://10.0.0.1", "'10.0.0.1' has no port"),
        ("fixed://10.0.0.1:5000,", "'' has no port"),
        ("fixed://10.0.0.1:0", "port '0' is not a number from 1 to 65535"),
        ("fixed://10.0.0.1:65536", "port '65536' is not a number"),
        ("fixed://10.0.0.1:", "port '' is not a number"),
        ("fixed://10.0.0.1:+5", "port '+5' is not a number"),
        ("fixed://10.0.0.1:5_0", "port '5_0' is not a number"),
        ("fixed://10.0.0.1:\u0665", "is not a number"),
        ("fixed://10.0.0.1:5000\n", "is not a number"),
        ("fixed://::1:5000", "stands in brackets"),
        ("fixed://[::1:5000", "is not an address in brackets"),
        ("fixed://[::1]5000", "is not an address in brackets"),
        ("fixed://game-server.local:5000", "for a host name use dns://"),
        ("fixed://10.0.0.256:5000", "is not an IP address"),
        ("fixed://010.0.0.1:5000", "is not an IP address"),
        ("dns://", "there is no host name"),
        ("dns://:5000", "there is no host name"),
        ("dns://.:5000", "there is no host name"),
        ("dns://127.0.0.1:5300/", "there is no host name"),
        ("dns://127.0.0.1:5300", "is an address and not a name, so use fixed://"),
        ("dns://[::1]:5300", "is an address and not a name, so use fixed://"),
        ("dns://1.2.3:5000", "neither an IP address nor a host name"),
        ("dns://ns.local:5300/game-server.local", "'ns.local' is not an IP address"),
        ("dns://127.0.0.1,/game-server.local", "nameserver '' is not an IP address"),
        ("dns://127.0.0.1/a/b", "'a/b' is not a host name"),
        ("dns://game-server.local:grpc", "port 'grpc' is not a number"),
        ("dns://game server.local:5000", "is not a host name"),
        ("dns://user@game-server.local:5000", "is not a host name"),
        ("dns://game-server.local?ttl=1", "is not a host name"),
        ("dns://game..local:5000", "is not a host name"),
        ("dns://-game.local:5000", "is not a host name"),
        (f"dns://{'a' * 64}.local:5000", "is not a host name"),
        (f"dns://{'a.' * 127}local:5000", "259 characters, the most is 253"),
        ("dns://spiel\u00e9.local:5000", "is not a host name"),
        ("dns://localhost", "needs a port"),
    ],
)
def test_a_bad_target_is_refused_with_the_reason_and_an_example(
    target: str, reason: str
) -> None:
    with pytest.raises(BadTarget) as refused:
        lookup_for(target)

    assert reason in str(refused.value)
    assert "; try " in str(refused.value)


@settings(deadline=None)  # a busy machine is no bug
@given(
    st.text(max_size=40), st.sampled_from(["", "dns://", "fixed://", "dns://1.1.1.1/"])
)
def test_no_text_ends_in_anything_but_a_lookup_or_a_refusal(
    text: str, scheme: str
) -> None:
    with contextlib.suppress(BadTarget):
        lookup_for(scheme + text)


def test_the_examples_are_good_targets() -> None:
    with pytest.raises(BadTarget) as no_dns:
        lookup_for("dns://")
    with pytest.raises(BadTarget) as no_fixed:
        lookup_for("fixed://")

    for example in (*no_dns.value.example.split(" or "), no_fixed.value.example):
        lookup_for(example)


def test_dnspython_is_imported_for_dns_targets_only() -> None:
    """It takes some 80 ms, and the budget of `import fleet` is 150."""
    code = (
        "import sys; from fleet.discovery.target import lookup_for;"
        "lookup_for('fixed://10.0.0.1:80'); assert 'dns' not in sys.modules;"
        "lookup_for('dns://a.local:80'); assert 'dns' in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - own code
