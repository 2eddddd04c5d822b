"""The command line of the probe, and which probe it means."""

import pytest

from fleet.probe.__main__ import main
from fleet.probe.options import probe_of


@pytest.mark.parametrize(
    "argv",
    [
        ["http://127.0.0.1"],
        ["http://127.0.0.1:8080"],
        ["http:///healthz"],
        ["http://:8080/healthz"],
        ["http://127.0.0.1:0/healthz"],
        ["http://127.0.0.1:65536/healthz"],
        ["http://127.0.0.1:x/healthz"],
        ["http://user@127.0.0.1/healthz"],
        ["http://127.0.0.1/healthz#part"],
        ["http://127.0.0.1/health z"],
        ["http://127.0.0.1/a\r\nx: y"],
        ["http://127.0.0.1/\N{LATIN SMALL LETTER E WITH ACUTE}"],
        ["https://127.0.0.1:0/healthz"],
        ["ftp://127.0.0.1/healthz"],
        ["http://127.0.0.1/healthz", "--service", "rpc.Rpc"],
        ["http://127.0.0.1/healthz", "--timeout-s", "0"],
        ["http://127.0.0.1/healthz", "--timeout-s", "inf"],
        ["http://127.0.0.1/healthz", "--timeout-s"],
        ["http://127.0.0.1/healthz", "http://127.0.0.1/healthz"],
    ],
)
def test_what_is_no_page_shows_the_usage(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv, {}) == 2
    assert "http[s]://HOST[:PORT]/PATH" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv",
    [
        ["http://127.0.0.1/"],
        ["http://127.0.0.1:8080/healthz?full=1", "--timeout-s", "0.5"],
        ["http://[::1]:8080/healthz"],
        ["http://[::1]/healthz"],
        ["http://gateway.local/healthz"],
        ["https://127.0.0.1:8443/healthz"],
        ["https://127.0.0.1/healthz", "--timeout-s", "1"],
        ["127.0.0.1:5000", "--service", "rpc.Rpc", "--timeout-s", "1"],
        ["[::1]:5000"],
    ],
)
def test_targets_that_can_be_asked(argv: list[str]) -> None:
    assert callable(probe_of(argv))


def test_without_a_target_the_variable_says_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([], {"HEALTHCHECK_TARGET": "[::1]:1"}) == 1
    assert capsys.readouterr().err.startswith("::1:1: ")


def test_a_target_goes_before_the_variable(capsys: pytest.CaptureFixture[str]) -> None:
    env = {"HEALTHCHECK_TARGET": "nonsense"}

    assert main(["http://[::1]:1/healthz"], env) == 1
    assert capsys.readouterr().err.startswith("::1:1: ")


def test_a_wrong_variable_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], {"HEALTHCHECK_TARGET": "nonsense"}) == 2
    assert "HEALTHCHECK_TARGET" in capsys.readouterr().err
