"""`fleet` and `python -m fleet.cli`: the only file that reads the environment."""

import os
import sys


def main() -> int:
    """Run the command that was typed; return its exit code."""
    try:
        from fleet.cli import app  # noqa: PLC0415 - Ctrl-C may come that early

        return app.main(sys.argv[1:], env=os.environ)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
