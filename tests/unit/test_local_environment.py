"""What a task on one machine finds in its environment, and where its figures are."""

import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from fleet.endpoint import Endpoint
from fleet.errors import BadConfig, PortTaken
from fleet.local.logs.journal import Journal
from fleet.local.options import LifeOptions, Options
from fleet.local.plan import ServicePlan, read_plan
from fleet.local.preflight import preflight
from fleet.local.tasks.addresses import lowest_free
from fleet.local.tasks.environment import environment
from fleet.local.tasks.ground import Ground
from fleet.local.tasks.health import probes
from fleet.local.tasks.metrics import metrics_url
from fleet.local.tasks.pulse import Pulse
from fleet.local.tls.authority import new_authority
from fleet.local.tls.certificates import Certificates
from tests.support.up import free_port

HOST = "127.66.0.1"
PLAN = ServicePlan(name="game", command=("python",), port=5000, folder=Path())
DOOR = replace(
    PLAN, name="door", probe="http", tls="DOOR_TLS", targets={"DOORS": ("game",)}
)
TASK = Endpoint(HOST, 5000)


class Nowhere:
    """A registry that takes no notice."""

    def register(self, service: str, endpoint: Endpoint) -> None: ...
    def deregister(self, service: str, endpoint: Endpoint) -> None: ...


def ground(folder: Path, *, tls: bool = False) -> Ground:
    authority = new_authority()
    certificates = Certificates(folder / "tls", "local", authority.issue)
    certificates.begin(authority.pem)
    return Ground(
        registry=Nowhere(),
        journal=Journal(folder),
        probes=probes(None),
        life=LifeOptions(),
        leash=0,
        env={},
        store="",
        tls=certificates if tls else None,
        target=lambda name: f"dns://{name}",
        places=lambda port: iter([Endpoint(HOST, port)]),
        taken=(),
        pulse=Pulse(),
    )


def encrypted(env: Mapping[str, str]) -> dict[str, str]:
    """Return the names of the files by their variables."""
    return {k: Path(v).name for k, v in env.items() if "_TLS_" in k}


def test_a_task_that_serves_grpc_is_given_its_certificate(tmp_path: Path) -> None:
    found = encrypted(environment(PLAN, ground(tmp_path, tls=True), TASK))

    assert found == {
        "FLEET_TLS_CA": "ca.pem",
        "FLEET_TLS_CERT": "game.pem",
        "FLEET_TLS_KEY": "game.key",
    }


def test_a_door_serves_plain_http_and_calls_with_its_own(tmp_path: Path) -> None:
    found = encrypted(environment(DOOR, ground(tmp_path, tls=True), TASK))

    assert found == {
        "DOOR_TLS_CA": "ca.pem",
        "DOOR_TLS_CERT": "door.pem",
        "DOOR_TLS_KEY": "door.key",
    }


@pytest.mark.parametrize("plan", [PLAN, DOOR], ids=["grpc", "http"])
def test_a_plain_fleet_says_nothing_of_tls(tmp_path: Path, plan: ServicePlan) -> None:
    assert encrypted(environment(plan, ground(tmp_path), TASK)) == {}


def with_page(given: str) -> ServicePlan:
    return replace(PLAN, env=page(given))


def page(given: str) -> dict[str, str]:
    return {"FLEET_METRICS_LISTEN": given}


@pytest.mark.parametrize(
    ("plan", "task", "variable", "url"),
    [
        pytest.param(PLAN, TASK, f"{HOST}:9464", f"http://{HOST}:9464", id="default"),
        pytest.param(PLAN, Endpoint(HOST, 61072), None, None, id="no-port-left"),
        pytest.param(with_page(""), TASK, "", None, id="switched-off"),
        pytest.param(with_page("x"), TASK, "x", None, id="nonsense-is-the-tasks"),
        pytest.param(
            with_page("0.0.0.0:99"), TASK, "0.0.0.0:99", f"http://{HOST}:99", id="own"
        ),
        pytest.param(
            with_page("127.0.0.1:0"), TASK, "127.0.0.1:0", None, id="any-port"
        ),
        pytest.param(DOOR, TASK, None, f"http://{HOST}:5000", id="http-has-a-page"),
    ],
)
def test_figures_have_a_place(
    tmp_path: Path, plan: ServicePlan, task: Endpoint, variable: str | None, url: str
) -> None:
    found = environment(plan, ground(tmp_path), task)

    assert found.get("FLEET_METRICS_LISTEN") == variable
    assert metrics_url(plan, task) == (f"{url}/metrics" if url else None)


def options(*, tls: bool = False) -> Options:
    dns = Endpoint(HOST, free_port(HOST))
    return Options(first_host=HOST, dns=dns, tls=tls)


def test_with_tls_a_service_that_calls_needs_files_for_it() -> None:
    mute = replace(DOOR, tls="", port=free_port(HOST))
    preflight([mute], options())
    with pytest.raises(BadConfig, match=r"services\.door\] has targets.*tls"):
        preflight([mute], options(tls=True))
    preflight([replace(mute, tls="DOOR_TLS")], options(tls=True))


def test_a_taken_page_is_told_with_what_to_do() -> None:
    port = free_port(HOST)
    with socket.create_server((HOST, port)):
        taken = replace(PLAN, port=free_port(HOST), env=page(f"{HOST}:{port}"))
        with pytest.raises(PortTaken, match=r"FLEET_METRICS_LISTEN .*game\]"):
            preflight([taken], options())


def test_a_task_goes_where_its_page_is_free_too() -> None:
    places = [Endpoint(f"127.66.0.{n}", free_port(HOST)) for n in (1, 2, 3)]
    pages = {place: Endpoint(place.host, free_port(place.host)) for place in places}
    busy = pages[places[1]]
    with socket.create_server((busy.host, busy.port)):
        assert lowest_free(iter(places), places[:1], pages.get) == places[2]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('tls = "A B"', "beginning of a variable"),
        ('tls = ""', "beginning of a variable"),
        ('tls = "FLEET_TLS"', "for the fleet itself"),
        ("tls = 1", "is not a string"),
        ('env = {FLEET_TLS_CERT = "/x"}', "set by the fleet itself"),
    ],
)
def test_a_wrong_beginning_is_told(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "fleet.toml"
    path.write_text(f'[services.game]\ncommand = ["python"]\nport = 5000\n{line}\n')
    with pytest.raises(BadConfig, match=problem):
        read_plan(path)


def test_the_beginning_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fleet.toml"
    path.write_text(
        '[services.game]\ncommand = ["python"]\nport = 5000\ntls = "GAME_TLS"\n'
    )
    assert [plan.tls for plan in read_plan(path)] == ["GAME_TLS"]
