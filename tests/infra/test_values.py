"""The one file in which environments differ."""

from pathlib import Path

import pytest

from infra.cdk.values import BadValues, load

GOOD = """
[repository]
name = "grpc-fleet"
region = "eu-west-1"
[pipeline]
source = "OWNER/grpc-fleet"
environments = ["dev"]
[dev]
region = "eu-west-1"
zones = ["eu-west-1a", "eu-west-1b"]
"""


def values(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "environments.toml"
    file.write_text(text)
    return file


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    (dev,) = load(values(tmp_path, GOOD)).environments
    assert dev.namespace == "local"
    assert dev.lookup == "dns"
    assert dev.game_server.tasks == (3, 6)
    assert dev.game_server.stop_timeout_s == 60


def test_the_file_of_the_project_can_be_read() -> None:
    assert [each.name for each in load().environments] == ["dev", "staging", "prod"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("speed = 3", "[dev] has no key speed; there is region, zones"),
        ('account = "123"', "[dev] account is '123', allowed is 12 digits, or empty"),
        ("ttl_s = 61", "[dev] ttl_s is 61, allowed is 1 to 60 seconds"),
        ('ttl_s = "5"', "dev.ttl_s is '5', allowed is a whole number"),
        ("ttl_s = true", "dev.ttl_s is True, allowed is a whole number"),
        ("execute_command = 1", "allowed is true or false"),
        ('network = "vpn"', "allowed is one of nat, endpoints, dualstack, public"),
        ('lookup = "etcd"', "[dev] lookup is 'etcd', allowed is one of dns, cloudmap"),
        ('namespace = "a..b"', "[dev] namespace is 'a..b', allowed is a DNS name"),
        ("log_days = 31", "[dev] log_days is 31, allowed is one of [1, 3, 5"),
        ("nat_gateways = 3", "[dev] nat_gateways is 3, allowed is 1 to one a zone"),
        ("gateway = 3", "dev.gateway is 3, allowed is a table"),
        ("[dev.gateway]\ncpu = 300", "[dev.gateway] cpu is 300, allowed is one of"),
        (
            "[dev.gateway]\nmemory_mib = 4096",
            "memory_mib is 4096, allowed is one of [512, 1024, 2048] with cpu 256",
        ),
        ("[dev.gateway]\ntasks = [3, 2]", "tasks is [3, 2], allowed is [LEAST, MOST]"),
        ("[dev.gateway]\ntasks = [0, 2]", "tasks is [0, 2], allowed is [LEAST, MOST]"),
        ("[dev.gateway]\ntasks = 3", "dev.gateway.tasks is 3, allowed is 2 values"),
        ("[dev.gateway]\ntasks = [1]", "tasks is [1], allowed is 2 values"),
        ('[dev.gateway]\narchitecture = "mips"', "allowed is arm64 or x86_64"),
        ("[dev.gateway]\nspot_percent = 101", "allowed is 0 to 100"),
        (
            "[dev.game-server]\nstop_timeout_s = 44",
            "is 44, allowed is linger_s + grace_s + 5 = 45 to 120: SIGKILL must come",
        ),
        ("[dev.game-server]\nstop_timeout_s = 121", "stop_timeout_s is 121"),
        (
            "ttl_s = 20\n[dev.game-server]\nlinger_s = 20",
            "game-server: linger_s is 20, allowed is ttl_s + 5 = 25 or more",
        ),
        ('[dev.store]\nkind = "disk"', "[dev.store] kind is 'disk'"),
        ("[dev.door]\ngrpc = true", "grpc is True, allowed is false without a cert"),
        (
            '[dev.door]\nallow_from = ["all"]',
            "allow_from is 'all'",
        ),
        ('[dev.door]\ncertificate_arn = "arn:x"', "certificate_arn is 'arn:x'"),
        ('[dev.alarms]\nemail = "me"', "[dev.alarms] email is 'me'"),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(
    tmp_path: Path, more: str, said: str
) -> None:
    with pytest.raises(BadValues) as error:
        load(values(tmp_path, GOOD + more))
    assert said in str(error.value)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    text = GOOD + "ttl_s = 0\nlog_days = 2\n[dev.gateway]\ncpu = 1\ntasks = [0, 0]\n"
    with pytest.raises(BadValues) as error:
        load(values(tmp_path, text))
    said = str(error.value)
    assert all(name in said for name in ("[dev.gateway] cpu", "[dev.gateway] tasks"))


def test_environments_of_one_account_have_different_names(tmp_path: Path) -> None:
    twin = GOOD + GOOD[GOOD.index("[dev]") :].replace("dev", "prod")
    with pytest.raises(BadValues, match=r"\[prod\] namespace is 'local'"):
        load(values(tmp_path, twin))
    other = twin.replace("[pipeline]", 'account = "111111111111"\n[pipeline]')
    load(values(tmp_path, other + 'account = "123456789012"'))


def test_images_of_another_region_need_a_way_there(tmp_path: Path) -> None:
    far = GOOD.replace('region = "eu-west-1"', 'region = "us-east-1"', 1)
    load(values(tmp_path, far))
    with pytest.raises(BadValues, match="network is 'endpoints', allowed is nat or"):
        load(values(tmp_path, far + 'network = "endpoints"'))


SECOND = GOOD[GOOD.index("[dev]") :]
ABROAD = "arn:aws:acm:us-east-1:123456789012:certificate/1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            GOOD + 'account = "123456789012"',
            "[repository] account is '', allowed are 12 digits where [dev] has",
        ),
        (
            GOOD + SECOND.replace("[dev]", "[dev-eu]") + 'namespace = "eu.local"',
            "[dev-eu] name is 'dev-eu', allowed is one that does not begin as [dev]",
        ),
        (
            GOOD + '[dev.gateway]\narchitecture = "x86_64"',
            "architecture is arm64 and x86_64, allowed is one for all",
        ),
        (
            GOOD + f'[dev.door]\ncertificate_arn = "{ABROAD}"',
            "allowed is one in eu-west-1",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(BadValues) as error:
        load(values(tmp_path, text))
    assert said in str(error.value)


def test_the_pipeline_goes_where_there_is_an_environment(tmp_path: Path) -> None:
    with pytest.raises(BadValues, match="no 'prod'; there is dev"):
        load(values(tmp_path, GOOD.replace('["dev"]', '["dev", "prod"]')))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "[repository] needs name"),
        ("= 3", "Invalid"),
        (GOOD.replace('region = "eu-west-1"\nzones', "zones"), "[dev] needs region"),
        (GOOD.replace('"eu-west-1b"', '"us-east-1b"'), "zones is"),
        (GOOD.replace(', "eu-west-1b"', ""), "zones is"),
        (GOOD.replace("OWNER/grpc-fleet", "grpc-fleet"), "source is 'grpc-fleet'"),
        (GOOD.replace("[dev]", "[DEV]"), "name is 'DEV'"),
        (GOOD + "[dev.game-server]\n[other]\n", "[other] needs region"),
        (GOOD.replace("[pipeline]", "[pipe]"), "[pipeline] needs source"),
    ],
)
def test_half_a_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadValues) as error:
        load(values(tmp_path, text))
    assert said in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadValues, match=r"none\.toml"):
        load(tmp_path / "none.toml")
