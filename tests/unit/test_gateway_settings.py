"""What only the gateway needs from its environment."""

from ipaddress import ip_network

import pytest

from fleet.errors import BadConfig
from fleet.settings import from_env
from services.gateway.settings import GatewaySettings


def settings(**values: str) -> GatewaySettings:
    env = {f"GATEWAY_{name.upper()}": value for name, value in values.items()}
    return from_env(GatewaySettings, env, "GATEWAY_")


def test_nobody_is_trusted_who_is_not_named() -> None:
    assert settings().proxies == ()


def test_the_balancers_networks_are_trusted() -> None:
    said = settings(trusted_proxies="10.0.0.0/16 fd00::/8").proxies
    assert said == (ip_network("10.0.0.0/16"), ip_network("fd00::/8"))


@pytest.mark.parametrize("text", ["10.0.0.1/8", "alb", "10.0.0.0/33"])
def test_what_is_no_network_is_named_with_the_reason(text: str) -> None:
    with pytest.raises(BadConfig, match="GATEWAY_TRUSTED_PROXIES") as error:
        settings(trusted_proxies=f"10.0.0.0/8 {text}")
    assert f"{text!r} is no network" in str(error.value)


@pytest.mark.parametrize(
    "text", ["0.0.0.0/0", "::/0", "0.0.0.0/1 128.0.0.0/1", "::/1 10.0.0.0/8 8000::/1"]
)
def test_everyone_is_not_trusted(text: str) -> None:
    with pytest.raises(BadConfig, match="is everyone"):
        settings(trusted_proxies=text)
