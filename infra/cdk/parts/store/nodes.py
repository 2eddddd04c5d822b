"""A store on machines of a size of ours."""

from collections.abc import Mapping

from aws_cdk import CfnDeletionPolicy
from aws_cdk import aws_elasticache as elasticache
from constructs import Construct

from infra.cdk.parts.acknowledge import acknowledge
from infra.cdk.parts.store.place import PORT, SNAPSHOT_DAYS, Place
from infra.cdk.values.parts import StoreSize

VERSION, FAMILY = "8.2", "valkey8"
DURABLE_VERSION, DURABLE_FAMILY = "9.0", "valkey9"
"""The first with a log over several zones."""
SNAPSHOT_WINDOW_UTC = "03:00-04:00"
REPLICAS_TO_WAIT_FOR = 2
"""With one, no score could be taken while it is replaced or promoted."""
MAINTENANCE_WINDOW_UTC = "tue:04:30-tue:05:30"
"""When somebody is at work soon after; never within the snapshot's window."""


class Nodes(Construct):
    """One shard of a cluster: a primary and its replicas, spread over the zones.

    Cluster mode, though one shard is enough: shards can be added while it runs, and
    tasks speak to it as to a serverless one.
    """

    def __init__(
        self, scope: Construct, name: str, *, place: Place, size: StoreSize
    ) -> None:
        super().__init__(scope, name)
        durable = size.durability != "disabled"
        subnets = elasticache.CfnSubnetGroup(
            self,
            "Subnets",
            description=f"Subnets of the store {place.name}",
            subnet_ids=[*place.subnets],
        )
        keep = place.keep_data
        group = elasticache.CfnReplicationGroup(
            self,
            "Group",
            replication_group_id=place.name,
            replication_group_description="Rankings of the fleet",
            engine="valkey",
            engine_version=DURABLE_VERSION if durable else VERSION,
            durability=size.durability if durable else None,
            cache_node_type=size.node_type,
            cluster_mode="enabled",
            num_node_groups=1,
            replicas_per_node_group=size.replicas,
            # Of cluster mode, with and without replicas.
            automatic_failover_enabled=True,
            multi_az_enabled=size.replicas > 0,
            cache_parameter_group_name=self._parameters(durable=durable).ref,
            cache_subnet_group_name=subnets.ref,
            security_group_ids=[place.security_group],
            user_group_ids=[place.user_group],
            port=PORT,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            at_rest_encryption_enabled=True,
            auto_minor_version_upgrade=True,
            preferred_maintenance_window=MAINTENANCE_WINDOW_UTC,
            snapshot_retention_limit=SNAPSHOT_DAYS if keep else 0,
            snapshot_window=SNAPSHOT_WINDOW_UTC if keep else None,
        )
        acknowledge(
            group,
            "AwsSolutions-AEC6",
            "One password for all is what AUTH is; here users have theirs.",
        )
        deletion = CfnDeletionPolicy.SNAPSHOT if keep else CfnDeletionPolicy.DELETE
        group.cfn_options.deletion_policy = deletion
        group.cfn_options.update_replace_policy = deletion
        self.host = group.attr_configuration_end_point_address
        self.settings = _settings(size)

    def _parameters(self, *, durable: bool) -> elasticache.CfnParameterGroup:
        return elasticache.CfnParameterGroup(
            self,
            "Durable" if durable else "Parameters",
            cache_parameter_group_family=DURABLE_FAMILY if durable else FAMILY,
            description="A cluster that refuses writes rather than remove boards",
            properties={"cluster-enabled": "yes", "maxmemory-policy": "noeviction"},
        )


def _settings(size: StoreSize) -> Mapping[str, str]:
    """Return how tasks make scores as safe as such a store can.

    Whoever has a log over two zones need not wait for replicas too.
    """
    if size.durability == "disabled" and size.replicas >= REPLICAS_TO_WAIT_FOR:
        return {"CHAMPION_DURABILITY": "replicated"}
    return {"CHAMPION_ALLOW_VOLATILE": "true"}
