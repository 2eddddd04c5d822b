"""Who called, behind proxies and liars."""

from ipaddress import ip_network

import pytest

from services.gateway.guard.address import client_address

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
PROXY = "10.0.0.1"


@pytest.mark.parametrize(
    ("peer", "header", "expected"),
    [
        pytest.param("1.2.3.4", "6.6.6.6", "1.2.3.4", id="no-proxy-is-not-believed"),
        pytest.param(PROXY, "", PROXY, id="no-header"),
        pytest.param(PROXY, "1.2.3.4", "1.2.3.4", id="one-hop"),
        pytest.param(PROXY, "6.6.6.6, 1.2.3.4", "1.2.3.4", id="forged-before"),
        pytest.param(PROXY, "1.2.3.4, 10.9.9.9", "1.2.3.4", id="two-proxies"),
        pytest.param(PROXY, "10.3.3.3,10.9.9.9", "10.3.3.3", id="all-ours"),
        pytest.param(PROXY, "1.2.3.4, junk, 10.9.9.9", "10.9.9.9", id="garbage-stops"),
        pytest.param(PROXY, "1.2.3.4,", PROXY, id="empty-stops"),
        pytest.param(PROXY, "1.2.3.4:4711", "1.2.3.4", id="port"),
        pytest.param(PROXY, "[2001:db8::1]:4711", "2001:db8::1", id="v6-port"),
        pytest.param(PROXY, "[2001:db8::1]", "2001:db8::1", id="v6-brackets"),
        pytest.param(PROXY, "2001:DB8:0::1", "2001:db8::1", id="v6-spelling"),
        pytest.param(PROXY, "::ffff:1.2.3.4", "1.2.3.4", id="mapped"),
        pytest.param(PROXY, "fe80::1%eth0", PROXY, id="zone"),
        pytest.param(PROXY, "1.2.3.4:port", PROXY, id="port-junk"),
        pytest.param(PROXY, "[1.2.3.4", PROXY, id="bracket-open"),
        pytest.param(PROXY, "010.1.1.1", PROXY, id="octal"),
        pytest.param(PROXY, "1.2.3", PROXY, id="short"),
        pytest.param(PROXY, "unknown", PROXY, id="unknown"),
        pytest.param(PROXY, "10.0.0.2," * 5000, PROXY, id="long-empty-end"),
        pytest.param(
            PROXY, "1.1.1.1" + ",10.0.0.2" * 5000, "10.0.0.2", id="no-more-than-20"
        ),
        pytest.param("::ffff:10.0.0.1", "1.2.3.4", "1.2.3.4", id="mapped-proxy"),
        pytest.param("fd00::1", "1.2.3.4", "1.2.3.4", id="v6-proxy"),
        pytest.param("", "1.2.3.4", "", id="unix-socket"),
        pytest.param("testclient", "1.2.3.4", "testclient", id="no-address"),
    ],
)
def test_walks_x_forwarded_for(peer: str, header: str, expected: str) -> None:
    assert client_address(peer, header, "", TRUSTED) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param("for=1.2.3.4", "1.2.3.4", id="one"),
        pytest.param("For=1.2.3.4;proto=https;by=10.0.0.1", "1.2.3.4", id="pairs"),
        pytest.param('for="1.2.3.4:80"', "1.2.3.4", id="port"),
        pytest.param('for="[2001:db8::1]:80"', "2001:db8::1", id="v6"),
        pytest.param("for=6.6.6.6, for=1.2.3.4, for=10.0.0.2", "1.2.3.4", id="hops"),
        pytest.param("for=_hidden", PROXY, id="hidden"),
        pytest.param("for=unknown", PROXY, id="unknown"),
        pytest.param("for=1.2.3.4;for=6.6.6.6", PROXY, id="twice"),
        pytest.param("proto=https", PROXY, id="without-for"),
        pytest.param('for="1.2.3.4', PROXY, id="open-quote"),
        pytest.param('for="6.6.6.6, for=1.2.3.4', "1.2.3.4", id="open-quote-before"),
        # A caller chose the host so that the proxy's own element ends in a lie.
        pytest.param('for=1.2.3.4;host="x,for=6.6.6.6;y="', PROXY, id="quoted-lie"),
        pytest.param('for=1.2.3.4;host="x,for=6.6.6.6"', PROXY, id="quoted-lie-2"),
        pytest.param(r'for=1.2.3.4;host="\",for=6.6.6.6;y=\""', PROXY, id="escaped"),
    ],
)
def test_walks_forwarded(header: str, expected: str) -> None:
    assert client_address(PROXY, "", header, TRUSTED) == expected


def test_x_forwarded_for_counts_where_both_are_there() -> None:
    assert client_address(PROXY, "1.2.3.4", "for=6.6.6.6", TRUSTED) == "1.2.3.4"


def test_without_proxies_the_peer_is_the_client() -> None:
    assert client_address("1.2.3.4", "6.6.6.6", "", ()) == "1.2.3.4"
    assert client_address("::ffff:1.2.3.4", "", "", ()) == "1.2.3.4"
