"""How fast AWS is: every time that no template says, with its source."""

PROPAGATION_S = 5.0
"""From a call of Cloud Map's API until every nameserver answers so. Route 53 gives
60 s at most for public zones and says nothing of private ones; 5 s is what was
seen: https://github.com/aws/containers-roadmap/issues/343"""

STATUS_CHANGE_S = 30.0
"""From `UpdateInstanceCustomHealthStatus`, with which ECS tells that a task has become
healthy or not, until Cloud Map believes it: docs.aws.amazon.com/cloud-map/latest/api/
API_HealthCheckCustomConfig.html ("approximately 30 seconds")."""

NOTICE_S = 30.0
"""From the loss of a zone until ECS gives its tasks up. AWS names no figure; this is
the order of what its agents' heartbeats allow."""

MAX_STOP_TIMEOUT_S = 120.0
"""Of Fargate, and what Spot warns ahead: docs.aws.amazon.com/AmazonECS/latest/
developerguide/fargate-capacity-providers.html."""

PROVISION_S = 40.0
"""From a decision to a started container: 20 to 60 s on Fargate, for a network
interface and the pull."""

SHORT_PROVISION_S = 1.0
"""The same where it is compressed, the only time that is: where other tasks serve
meanwhile, see `ServicePlan.provision_s`. gRPC's own resolver may notice even so: in a
longer deploy it has more time to ask DNS again."""
