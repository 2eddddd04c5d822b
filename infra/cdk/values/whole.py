"""All values, and what must fit together among them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from infra.cdk.values.environment import Environment
from infra.cdk.values.pipeline import Delivery, Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """The whole file."""

    repository: Repository
    delivery: Delivery
    environments: tuple[Environment, ...]


def misfits(values: Values) -> Iterator[str]:
    """Yield a line for each thing that does not fit another."""
    for check in (
        _strangers,
        _namesakes,
        _far_away,
        _strange_accounts,
        _beginnings,
        _architectures,
    ):
        yield from check(values)


def architectures(environments: Sequence[Environment]) -> Mapping[str, str]:
    """Return what each service runs on, such as `prod: gateway` on arm64."""
    return {
        f"{environment.name}: {name}": size.architecture
        for environment in environments
        for name, size in (
            ("game-server", environment.game_server),
            ("gateway", environment.gateway),
        )
    }


def _strangers(values: Values) -> Iterator[str]:
    names = {environment.name for environment in values.environments}
    for name in values.delivery.environments:
        if name not in names:
            there = ", ".join(sorted(names)) or "none"
            yield f"[pipeline] environments: no {name!r}; there is {there}"


def _far_away(values: Values) -> Iterator[str]:
    """Endpoints lead to the services of their own region only."""
    region = values.repository.region
    for each in values.environments:
        closed = each.network in {"endpoints", "dualstack"}
        if closed and each.region != region:
            yield (
                f"[{each.name}] network is {each.network!r}, allowed is nat or public"
                f" where the [repository] is in another region, {region}"
            )


def _strange_accounts(values: Values) -> Iterator[str]:
    """Where an environment has an account, the pipeline's must be known too."""
    for each in values.environments:
        if each.account and not values.repository.account:
            yield (
                f"[repository] account is '', allowed are 12 digits where"
                f" [{each.name}] has an account"
            )


def _beginnings(values: Values) -> Iterator[str]:
    """`fleet-dev-*` would be more than dev."""
    for each in values.environments:
        for other in values.environments:
            if each.name.startswith(f"{other.name}-"):
                yield (
                    f"[{each.name}] name is {each.name!r}, allowed is one that does not"
                    f" begin as [{other.name}] does"
                )


def _architectures(values: Values) -> Iterator[str]:
    """All run one image, which is built for one kind of machine."""
    found = sorted({*architectures(values.environments).values()})
    if len(found) > 1:
        kinds = " and ".join(found)
        yield f"architecture is {kinds}, allowed is one for all: they share an image"


def _namesakes(values: Values) -> Iterator[str]:
    """Cloud Map's API finds a namespace by its name, in an account and region."""
    seen: dict[tuple[str, str, str], str] = {}
    for each in values.environments:
        key = (each.account, each.region, each.namespace)
        other = seen.setdefault(key, each.name)
        if other != each.name:
            yield (
                f"[{each.name}] namespace is {each.namespace!r}, allowed is one that"
                f" [{other}] of the same account and region does not have"
            )
