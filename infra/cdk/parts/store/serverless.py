"""A store that is paid by use."""

from collections.abc import Mapping
from typing import ClassVar

from aws_cdk import Aws, CfnDeletionPolicy, Fn
from aws_cdk import aws_elasticache as elasticache
from constructs import Construct

from infra.cdk.parts.store.place import SNAPSHOT_DAYS, SNAPSHOT_UTC, Place

VERSION = "8"
SUBNETS_MAX = 3
"""Of a serverless cache; tasks of other zones reach it through these."""


class Serverless(Construct):
    """A serverless Valkey.

    Its maxmemory-policy is volatile-lru and can't be changed (docs.aws.amazon.com/
    AmazonElastiCache/latest/dg/RedisConfiguration.html): boards, which have an end,
    would go when memory is short. It is short at `CacheUsageLimits.DataStorage.
    Maximum`, so none is set: the cache grows, to 5 TB, and the bill is watched instead.
    What is answered is in memory in two zones; the daily snapshot is all that is on a
    disk. That this is known is what the setting says.
    """

    settings: ClassVar[Mapping[str, str]] = {"CHAMPION_ALLOW_VOLATILE": "true"}

    def __init__(self, scope: Construct, name: str, *, place: Place) -> None:
        super().__init__(scope, name)
        keep = place.keep_data
        cache = elasticache.CfnServerlessCache(
            self,
            "Cache",
            engine="valkey",
            major_engine_version=VERSION,
            serverless_cache_name=place.name,
            description="Rankings of the fleet",
            user_group_id=place.user_group,
            security_group_ids=[place.security_group],
            subnet_ids=[*place.subnets][:SUBNETS_MAX],
            snapshot_retention_limit=SNAPSHOT_DAYS if keep else None,
            daily_snapshot_time=SNAPSHOT_UTC if keep else None,
            final_snapshot_name=_last(place.name) if keep else None,
        )
        # Not RETAIN: what it stands on, such as its users, could not be deleted then.
        cache.cfn_options.deletion_policy = CfnDeletionPolicy.DELETE
        cache.cfn_options.update_replace_policy = (
            CfnDeletionPolicy.RETAIN if keep else CfnDeletionPolicy.DELETE
        )
        self.host = cache.attr_endpoint_address


def _last(name: str) -> str:
    """Return the name of the snapshot that a stack leaves, with its own id in it."""
    unique = Fn.select(4, Fn.split("-", Fn.select(2, Fn.split("/", Aws.STACK_ID))))
    return f"{name}-final-{unique}"
