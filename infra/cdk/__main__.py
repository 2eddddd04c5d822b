"""Write the templates: what `cdk` runs."""

import sys

from infra.cdk.app import app
from infra.cdk.values import BadValues, load


def main() -> int:
    """Return the exit code: 2 where the values are wrong."""
    try:
        app(load()).synth()
    except BadValues as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
