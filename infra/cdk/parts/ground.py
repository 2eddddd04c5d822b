"""What all services of an environment stand on."""

from dataclasses import dataclass

from aws_cdk import aws_ecs as ecs

from infra.cdk.parts.image import Image
from infra.cdk.parts.namespace import Namespace
from infra.cdk.parts.network import Network
from infra.cdk.values import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What all services of an environment stand on."""

    environment: Environment
    cluster: ecs.ICluster
    network: Network
    namespace: Namespace
    image: Image
