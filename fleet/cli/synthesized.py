"""Where commands find what the CDK wrote."""

import argparse
from pathlib import Path

TEMPLATES = "build/cdk.out"


def add_templates(parser: argparse.ArgumentParser) -> None:
    """Declare the folder of the templates, `options.templates`."""
    parser.add_argument(
        "--templates",
        metavar="FOLDER",
        type=Path,
        default=Path(TEMPLATES),
        help=f"what cdk synth wrote ({TEMPLATES})",
    )
