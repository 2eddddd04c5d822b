"""Arrays for repeated fields, and objects for maps."""

from typing import Any

from services.gateway.codec.scalars import Convert
from services.gateway.codec.wrong import Broken, Dropped, Wrong


def repeated(exact: type, convert: Convert) -> Convert:
    """Return the converter of arrays; elements of the type *exact* stay as they are."""

    def convert_all(plain: Any, depth: int) -> list[Any]:  # noqa: ANN401 - plain data
        if type(plain) is not list:
            raise Wrong(plain, "an array")
        try:
            return [x if type(x) is exact else convert(x, depth) for x in plain]
        except (Wrong, Dropped):
            return list(_one_by_one(plain, depth))

    def _one_by_one(plain: list[Any], depth: int) -> Any:  # noqa: ANN401
        for index, element in enumerate(plain):
            try:
                yield convert(element, depth)
            except Dropped:
                continue
            except Wrong as wrong:
                raise wrong.at(f"[{index}]") from None

    return convert_all


def mapping(key: Convert, exact: type, convert: Convert) -> Convert:
    """Return the converter of objects whose names are the keys of a map."""

    def convert_all(plain: Any, depth: int) -> dict[Any, Any]:  # noqa: ANN401
        if type(plain) is not dict:
            raise Wrong(plain, "an object")
        made: dict[Any, Any] = {}
        for name, value in plain.items():
            try:
                kept = value if type(value) is exact else convert(value, depth)
                if (at := key(name, depth)) in made:
                    raise Broken("is the same key as one before it")
            except Dropped:
                continue
            except Wrong as wrong:
                raise wrong.at(f'["{name}"]') from None
            made[at] = kept
        return made

    return convert_all
