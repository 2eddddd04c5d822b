"""How the gateway calls its backends over TLS, out of its environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.errors import BadConfig
from fleet.settings import from_env
from fleet.tls.config import TlsConfig
from fleet.tls.files import TlsFiles
from services.gateway.settings import GatewaySettings

ROOT = Path(__file__).parents[2]


def settings(**values: str) -> GatewaySettings:
    env = {f"GATEWAY_{name.upper()}": value for name, value in values.items()}
    return from_env(GatewaySettings, env, "GATEWAY_")


def test_backends_are_called_plainly_where_nothing_is_said() -> None:
    assert settings().tls is None


def test_the_authorities_alone_are_enough() -> None:
    assert settings(tls_ca="/c").tls == TlsConfig(files=TlsFiles(ca=Path("/c")))


def test_a_name_alone_believes_the_systems_authorities() -> None:
    assert settings(tls_name="a.b").tls == TlsConfig(files=TlsFiles(), name="a.b")


def test_a_certificate_is_shown_with_its_key() -> None:
    files = TlsFiles(ca=Path("/c"), cert=Path("/d"), key=Path("/e"))
    assert settings(tls_ca="/c", tls_cert="/d", tls_key="/e").tls == TlsConfig(
        files=files
    )


@pytest.mark.parametrize("lonely", ["tls_cert", "tls_key"])
def test_half_a_pair_is_refused(lonely: str) -> None:
    with pytest.raises(BadConfig, match="GATEWAY_TLS_CERT and GATEWAY_TLS_KEY"):
        settings(**{lonely: "/x"})


def test_a_missing_file_is_told_at_the_start(tmp_path: Path) -> None:
    missing = tmp_path / "ca.pem"
    done = subprocess.run(
        [sys.executable, "-m", "services.gateway"],
        env={"PATH": os.environ["PATH"], "GATEWAY_TLS_CA": str(missing)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert done.returncode == 2
    assert f"{missing} cannot be read: No such file" in done.stderr
    assert "Traceback" not in done.stderr
