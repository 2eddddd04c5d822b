"""When OpenTelemetry exports, and what its attributes are called."""

import subprocess
import sys

import pytest

from fleet.errors import BadConfig
from fleet.telemetry.environment import ExportConfig, export_config
from fleet.telemetry.names import Attributes, method_of, peer_of, server_of

AT = "http://collector:4318"


BOTH = ExportConfig(traces=True, metrics=True)
TRACES = ExportConfig(traces=True)
NOTHING = ExportConfig()


@pytest.mark.parametrize(
    ("env", "wanted"),
    [
        pytest.param({}, NOTHING, id="nothing-set"),
        pytest.param({"OTEL_SERVICE_NAME": "a"}, NOTHING, id="only-a-name"),
        pytest.param({"OTEL_EXPORTER_OTLP_ENDPOINT": AT}, BOTH, id="a-place"),
        pytest.param({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, NOTHING, id="blank"),
        pytest.param(
            {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": AT}, TRACES, id="a-place-of-traces"
        ),
        pytest.param(
            {"OTEL_EXPORTER_OTLP_ENDPOINT": AT, "OTEL_METRICS_EXPORTER": "none"},
            TRACES,
            id="no-metrics",
        ),
        pytest.param({"OTEL_TRACES_EXPORTER": "otlp"}, TRACES, id="default-place"),
        pytest.param(
            {"OTEL_EXPORTER_OTLP_ENDPOINT": AT, "OTEL_SDK_DISABLED": "True"},
            NOTHING,
            id="disabled",
        ),
    ],
)
def test_exports_what_the_environment_names(
    env: dict[str, str], wanted: ExportConfig
) -> None:
    assert export_config(env) == wanted


def test_the_interval_is_in_milliseconds() -> None:
    assert export_config({"OTEL_METRIC_EXPORT_INTERVAL": "1500"}).interval_s == 1.5


def test_tells_every_mistake_at_once() -> None:
    env = {
        "OTEL_TRACES_EXPORTER": "zipkin",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_METRIC_EXPORT_INTERVAL": "nan",
    }

    with pytest.raises(BadConfig) as caught:
        export_config(env)

    assert [problem.partition("=")[0] for problem in caught.value.problems] == [*env]


def test_a_process_that_exports_nothing_loads_nothing() -> None:
    code = (
        "import asyncio, sys\n"
        "from fleet.telemetry.environment import from_environment\n"
        "from fleet.telemetry.tally import Tally\n"
        "async def main():\n"
        "    async with from_environment({}, Tally()) as tracing:\n"
        "        assert tracing is None\n"
        "asyncio.run(main())\n"
        "heavy = {'opentelemetry', 'prometheus_client', 'grpc', 'requests'}\n"
        "sys.exit(bool(heavy & sys.modules.keys()))\n"
    )

    run = subprocess.run([sys.executable, "-c", code], check=False)  # noqa: S603 - our own

    assert run.returncode == 0


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        pytest.param(
            method_of("/rpc.Rpc/GetChampion"),
            {
                "rpc.system": "grpc",
                "rpc.service": "rpc.Rpc",
                "rpc.method": "GetChampion",
            },
            id="method",
        ),
        pytest.param(
            method_of("other"),
            {"rpc.system": "grpc", "rpc.method": "other"},
            id="not-served",
        ),
        pytest.param(
            server_of("dns://127.0.0.1:5300/game-server.local:5000"),
            {"server.address": "game-server.local", "server.port": 5000},
            id="behind-a-nameserver",
        ),
        pytest.param(
            server_of("fixed://10.0.0.1:5000,10.0.0.2:5000"),
            {"server.address": "10.0.0.1:5000,10.0.0.2:5000"},
            id="a-list",
        ),
        pytest.param(
            server_of("cloudmap://prod/game-server"),
            {"server.address": "game-server"},
            id="without-port",
        ),
        pytest.param(
            peer_of("[fd00::1]:5000"),
            {"network.peer.address": "fd00::1", "network.peer.port": 5000},
            id="ipv6",
        ),
        pytest.param(
            peer_of("ipv6:%5B::1%5D:4711"),
            {"network.peer.address": "::1", "network.peer.port": 4711},
            id="as-grpc-writes-ipv6",
        ),
        pytest.param(
            peer_of("ipv4:10.0.0.7:4711"),
            {"network.peer.address": "10.0.0.7", "network.peer.port": 4711},
            id="as-grpc-writes-ipv4",
        ),
        pytest.param(
            peer_of("unix:"), {"network.peer.address": "unix:"}, id="no-address"
        ),
    ],
)
def test_attributes_are_those_of_the_conventions(
    found: Attributes, wanted: Attributes
) -> None:
    assert found == wanted
