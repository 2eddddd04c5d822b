"""A service in an emulated Cloud Map, as ECS would register its tasks."""

import asyncio
import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import boto3.session

from fleet.endpoint import Endpoint

REGION = "eu-west-1"
_NUMBERS = itertools.count(1)


class Service:
    """One service in a namespace of its own; every method asks the emulator."""

    def __init__(self, emulator: Endpoint) -> None:
        self.namespace = f"local-{next(_NUMBERS)}"
        self.name = "game-server"
        self._held: frozenset[Endpoint] = frozenset()
        self._client: Any = boto3.session.Session(region_name=REGION).client(
            "servicediscovery", endpoint_url=f"http://{emulator}"
        )
        self._id = self._create()

    def _create(self) -> str:
        asked = self._client.create_http_namespace(Name=self.namespace)
        done = self._client.get_operation(OperationId=asked["OperationId"])
        space = done["Operation"]["Targets"]["NAMESPACE"]
        made = self._client.create_service(Name=self.name, NamespaceId=space)
        return str(made["Service"]["Id"])

    def target(self, api: Endpoint, path: str = "", **options: str) -> str:
        """Return the target of this service, asked at *api*."""
        given = {"region": REGION, "endpoint": f"http://{api}", **options}
        query = "&".join(f"{key}={value}" for key, value in given.items())
        return f"cloudmap://{path or f'{self.namespace}/{self.name}'}?{query}"

    async def hold(self, endpoints: Iterable[Endpoint]) -> None:
        """Register and deregister what differs."""
        wanted = frozenset(endpoints)
        for endpoint in self._held - wanted:
            await self.deregister(_name(endpoint))
        for endpoint in wanted - self._held:
            await self.register(_name(endpoint), attributes(endpoint))
        self._held = wanted

    async def register(self, name: str, attributes: Mapping[str, str]) -> None:
        """Register one instance with exactly these attributes."""
        await asyncio.to_thread(
            self._client.register_instance,
            ServiceId=self._id,
            InstanceId=name,
            Attributes=dict(attributes),
        )

    async def deregister(self, name: str) -> None:
        """Take one instance out."""
        await asyncio.to_thread(
            self._client.deregister_instance, ServiceId=self._id, InstanceId=name
        )

    async def set_health(self, endpoint: Endpoint, status: str) -> None:
        """Say HEALTHY or UNHEALTHY of an instance that `hold` has registered."""
        await asyncio.to_thread(
            self._client.update_instance_custom_health_status,
            ServiceId=self._id,
            InstanceId=_name(endpoint),
            Status=status,
        )


def attributes(endpoint: Endpoint) -> dict[str, str]:
    """Return what ECS writes for a task of an SRV service."""
    return {
        "AWS_INSTANCE_IPV4": endpoint.host,
        "AWS_INSTANCE_PORT": str(endpoint.port),
        "AVAILABILITY_ZONE": f"{REGION}a",
        "ECS_SERVICE_NAME": "game-server",
        "REGION": REGION,
    }


def _name(endpoint: Endpoint) -> str:
    return f"task-{endpoint.host.replace('.', '-')}-{endpoint.port}"
