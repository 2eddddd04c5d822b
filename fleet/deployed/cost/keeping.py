"""Secrets, keys, buckets and images: paid for being there."""

from collections.abc import Iterator
from decimal import Decimal

from fleet.deployed.cost.line import Line, Uncounted
from fleet.deployed.cost.site import Site
from fleet.deployed.reading import inside

SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - a type
KEY = "AWS::KMS::Key"
BUCKET = "AWS::S3::Bucket"
REPOSITORY = "AWS::ECR::Repository"
PARAMETER = "AWS::SSM::Parameter"
TYPES = frozenset({SECRET, KEY, BUCKET, REPOSITORY, PARAMETER})


def count(site: Site) -> Iterator[Line | Uncounted]:
    """Yield them by the month."""
    one = Decimal(1)
    for kind, item, each, unit, rate in (
        (SECRET, "secrets", one, "months", "keeping.secret_month"),
        (KEY, "keys of our own", one, "months", "keeping.key_month"),
        (BUCKET, "buckets", site.assumed.gb_bucket, "GB", "keeping.bucket_gb_month"),
        (REPOSITORY, "images", site.assumed.gb_images, "GB", "keeping.image_gb_month"),
    ):
        many = len(list(site.each(kind)))
        if many:
            yield Line(item, f"{many}", many * each, unit, site.rates[rate])
    for parameter in site.each(PARAMETER):
        tier = inside(parameter, "Tier") or "Standard"
        if tier != "Standard":
            yield Uncounted(PARAMETER, f"tier {tier}")
