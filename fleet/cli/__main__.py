"""`fleet` and `python -m fleet.cli`: the only file that reads the environment."""

import os
import sys

from fleet.cli import app


def main() -> int:
    """Run the command that was typed; return its exit code."""
    return app.main(sys.argv[1:], env=os.environ)


if __name__ == "__main__":
    sys.exit(main())
