"""From a commit to production: one file for each box of the pipeline."""

from infra.cdk.parts.pipeline.pipeline import Pipeline

__all__ = ["Pipeline"]
