"""The image, built and run as on ECS: read-only, nobody's user, no rights."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.figures import Figure
from tests.support.image_shed import STAND_IN, Shed, shed
from tests.support.image_task import LOCKED, container

ROOT = Path(__file__).parents[2]
IMAGE = "grpc-fleet:under-test"
OURS_MB = 140
"""What our layers may add to the base: of 109 MB measured, 37 are botocore's."""
STOP_TIMEOUT_S = 60
GATEWAY = ("python", "-m", "services.gateway")
PAGE = "http://127.0.0.1:8080/healthz"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.needs("buildah", "podman", "mmdebstrap", "runc"),
    pytest.mark.timeout(600),
]


def build(shed: Shed, tag: str, *options: str) -> str:
    """Build the image as `make image` does; return what it prints."""
    command = (sys.executable, "-m", "infra.image", "--engine=buildah", f"--tag={tag}")
    stand_in = f"--build-arg=PYTHON_IMAGE={STAND_IN}"
    ended = subprocess.run(  # noqa: S603 - our own program
        [*command, stand_in, "--", "--pull-never", *options],
        cwd=ROOT,
        env=shed.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Shed:
    """A shed in which the image is."""
    made = shed(tmp_path_factory.mktemp("image"))
    assert build(made, IMAGE.rpartition(":")[2]) == f"{IMAGE}\n"
    return made


def inspected(shed: Shed, name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(shed.run("podman", "inspect", name))[0]
    return found


def test_the_game_server_answers_and_drains(built: Shed, figure: Figure) -> None:
    with container(built, IMAGE, FLEET_LINGER_S="1") as task:
        healthy_s = task.wait_healthy()
        call = ("call", "127.0.0.1:5000", "rpc.Rpc/GetChampion", '{"champion_id": 1}')
        answer = json.loads(task.do("python", "-m", "fleet.cli", *call))
        code, stop_s = task.stop(limit_s=STOP_TIMEOUT_S)
        log = task.log()

    assert answer == {
        "champion": {
            "championId": 1,
            "type": "ASSASSIN",
            "name": "Akali",
            "message": "If you look dangerous, you better be dangerous.",
        }
    }
    assert code == 0
    # Between them: the line of the call.
    assert [line.split()[0] for line in (log[0], *log[-3:])] == [
        "serving",
        "draining:",
        "closing:",
        "closed",
    ]
    figure(
        "seconds until a container of the game server is healthy",
        f"{healthy_s:.2f}",
        "printed",
    )
    figure(
        "seconds to stop one, of which 1 is its linger",
        f"{stop_s:.2f}",
        f"at most {STOP_TIMEOUT_S}",
    )


def test_the_gateway_is_healthy_by_its_page_and_drains(
    built: Shed, figure: Figure
) -> None:
    env = {
        "FLEET_LISTEN": "0.0.0.0:8080",
        "FLEET_LINGER_S": "0",
        "HEALTHCHECK_TARGET": PAGE,
    }
    with container(built, IMAGE, *GATEWAY, **env) as task:
        healthy_s = task.wait_healthy()
        code, _ = task.stop(limit_s=STOP_TIMEOUT_S)
        log = task.log()

    assert code == 0
    assert log[-1] == "closed"
    figure(
        "seconds until a container of the gateway is healthy",
        f"{healthy_s:.2f}",
        "printed",
    )


def test_a_frozen_task_is_not_healthy(built: Shed) -> None:
    with container(built, IMAGE) as task:
        task.wait_healthy()
        built.run("podman", "kill", "--signal=STOP", task.name)

        assert not task.healthy()


def test_the_check_of_another_port_is_not_healthy(built: Shed) -> None:
    with container(built, IMAGE, HEALTHCHECK_TARGET="127.0.0.1:5001") as task:
        target = task.do("printenv", "HEALTHCHECK_TARGET")
        probe = built.run(
            "podman", "exec", task.name, "python", "-m", "fleet.probe", code=1
        )

        assert target == "127.0.0.1:5001"
        assert "127.0.0.1:5001: Connection refused" in probe
        assert not task.healthy()


@pytest.mark.parametrize(
    ("command", "env", "said"),
    [
        ((), "FLEET_LINGER=3", "FLEET_LINGER is not a setting"),
        ((), "CHAMPION_REPLICAS=many", "CHAMPION_REPLICAS='many'"),
        (GATEWAY, "GATEWAY_TARGETS=", "GATEWAY_TARGETS is empty"),
    ],
)
def test_a_mistake_in_the_environment_is_named(
    built: Shed, command: tuple[str, ...], env: str, said: str
) -> None:
    run = ("podman", "run", "--rm", *LOCKED, f"--env={env}", IMAGE, *command)

    assert said in built.run(*run, code=2)


LOOK_AROUND = """
import importlib.util, json, os, shutil, sys
from pathlib import Path

def files(root):
    return [str(Path(at, name)) for at, _, names in os.walk(root) for name in names]

def kept(path):
    cached = Path(importlib.util.cache_from_source(path))
    return cached.exists() and int.from_bytes(cached.read_bytes()[4:8], "little") == 1

def writable():
    for at, folders, names in os.walk("/"):
        if at == "/":
            folders[:] = set(folders) - {"proc", "sys", "dev"}
        yield from (str(Path(at, n)) for n in [*folders, *names]
                    if not Path(at, n).is_symlink() and os.access(Path(at, n), os.W_OK))

def setuid():
    for at, folders, names in os.walk("/"):
        folders[:] = set(folders) - {"proc", "sys", "dev"}
        yield from (str(Path(at, n)) for n in names
                    if Path(at, n).lstat().st_mode & 0o6000)

print(json.dumps({
    "ids": [os.getuid(), os.getgid()],
    "capabilities": [line for line in Path("/proc/self/status").read_text().splitlines()
                     if line.startswith("Cap") and int(line.split()[1], 16)],
    "app": sorted(os.listdir("/app")),
    "files": files("/app") + files("/venv"),
    "slow to import": [f for f in files("/app") if f.endswith(".py") and not kept(f)],
    "programs": [p for p in ("cc", "gcc", "g++", "c++", "make", "ld", "pip", "pip3")
                 if shutil.which(p)],
    "modules": [m for m in ("pip", "setuptools", "pytest", "tests", "infra", "psutil")
                if importlib.util.find_spec(m)],
    "writable": list(writable()),
    "setuid": list(setuid()),
}))
"""


def test_there_is_nothing_inside_that_a_task_does_not_need(built: Shed) -> None:
    run = ("podman", "run", "--rm", *LOCKED, IMAGE, "python", "-c", LOOK_AROUND)
    seen = json.loads(built.run(*run))
    files = seen.pop("files")

    assert seen == {
        "ids": [10001, 10001],
        "capabilities": [],
        "app": ["fleet", "ranking", "rpc", "services"],
        "slow to import": [],
        "programs": [],
        "modules": [],
        "writable": [],
        "setuid": [],
    }
    assert "/app/fleet/probe/__main__.py" in files
    assert not [f for f in files if f.endswith((".lock", ".whl"))]
    assert not [f for f in files if f.startswith("/app") and f.endswith(".pyi")]


def test_the_image_says_what_it_is(built: Shed) -> None:
    config = inspected(built, IMAGE)["Config"]
    assert isinstance(config, dict)

    assert config["User"] == "10001:10001"
    assert config["StopSignal"] == "SIGTERM"
    assert config["Cmd"] == ["python", "-m", "services.champion"]
    assert config["Labels"]["org.opencontainers.image.base.name"] == STAND_IN
    assert config["Labels"]["org.opencontainers.image.revision"] != "unknown"


def test_our_layers_are_small(built: Shed, figure: Figure) -> None:
    whole, base = (inspected(built, name)["Size"] for name in (IMAGE, STAND_IN))
    assert isinstance(whole, int)
    assert isinstance(base, int)
    ours_mb = (whole - base) / 1e6

    figure("MB that our layers add to the base", f"{ours_mb:.0f}", f"at most {OURS_MB}")
    assert ours_mb <= OURS_MB


def test_the_same_sources_make_the_same_layers(built: Shed) -> None:
    # Without the cache: a layer that is kept has the date of when it was made.
    for tag in ("once", "again"):
        build(built, tag, "--no-cache")

    once, again = (
        inspected(built, f"grpc-fleet:{tag}")["RootFS"] for tag in ("once", "again")
    )
    assert once == again
