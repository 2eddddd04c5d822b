import pytest

from fleet.endpoint import Endpoint
from fleet.errors import BadConfig
from fleet.server.settings import ServerSettings, parse_listen
from fleet.settings import from_env


def test_takes_what_is_given_and_leaves_the_rest_at_its_default() -> None:
    env = {"FLEET_LINGER_S": "1.5", "FLEET_LEASH_FD": "7", "PATH": "/bin"}

    settings = from_env(ServerSettings, env, "FLEET_")

    assert settings == ServerSettings(linger_s=1.5, leash_fd=7)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("FLEET_LISTEN", "localhost:5000", id="a-name"),
        pytest.param("FLEET_LISTEN", "127.0.0.1", id="no-port"),
        pytest.param("FLEET_LISTEN", "127.0.0.1:65536", id="port-too-high"),
        pytest.param("FLEET_LISTEN", "127.0.0.1:-1", id="port-below-zero"),
        pytest.param("FLEET_LISTEN", "127.0.0.1:\u0665", id="an-arabic-digit"),
        pytest.param("FLEET_LISTEN", "::1:5000", id="ipv6-without-brackets"),
        pytest.param("FLEET_LISTEN", "[127.0.0.1]:5000", id="ipv4-in-brackets"),
        pytest.param("FLEET_LINGER_S", "soon", id="not-a-number"),
        pytest.param("FLEET_LINGER_S", "-1", id="negative"),
        pytest.param("FLEET_LINGER_S", "nan", id="nan"),
        pytest.param("FLEET_GRACE_S", "inf", id="for-ever"),
        pytest.param("FLEET_MAX_CONCURRENT_CALLS", "0", id="no-call-at-all"),
        pytest.param("FLEET_MAX_MESSAGE_BYTES", "2147483648", id="past-the-engine"),
        pytest.param("FLEET_MAX_CONNECTION_AGE_S", "0.5", id="reconnects-all-day"),
        pytest.param("FLEET_LOG_FORMAT", "xml", id="unknown-format"),
        pytest.param("FLEET_LEASH_FD", "-1", id="no-descriptor"),
    ],
)
def test_names_the_variable_and_its_value(name: str, text: str) -> None:
    with pytest.raises(BadConfig) as caught:
        from_env(ServerSettings, {name: text}, "FLEET_")

    [problem] = caught.value.problems
    assert problem.startswith(f"{name}=")
    assert (
        text.encode("ascii", "backslashreplace").decode() in problem or text in problem
    )


def test_reports_every_mistake_at_once() -> None:
    env = {
        "FLEET_LINGER_S": "-1",
        "FLEET_GRACE_S": "x",
        "FLEET_LISTEN": "here",
        "FLEET_LINGERS": "3",
    }

    with pytest.raises(BadConfig) as caught:
        from_env(ServerSettings, env, "FLEET_")

    # What does not parse and what is out of range are found in one go.
    text = str(caught.value)
    assert "FLEET_GRACE_S='x'" in text
    assert "FLEET_LINGERS is not a setting" in text
    assert "FLEET_LISTEN='here'" in text
    assert "FLEET_LINGER_S=-1.0" in text


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("127.0.0.1:0", Endpoint("127.0.0.1", 0)),
        ("[::1]:5000", Endpoint("::1", 5000)),
        ("[::]:65535", Endpoint("::", 65535)),
    ],
)
def test_reads_an_address(text: str, endpoint: Endpoint) -> None:
    assert parse_listen(text) == endpoint
    assert parse_listen(str(endpoint)) == endpoint
