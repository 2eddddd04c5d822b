"""The weight that a task declares, however it is spelt."""

import pytest

from fleet.client.choosing.weights import declared_weight
from fleet.endpoint import Endpoint


@pytest.mark.parametrize(
    ("attributes", "weight"),
    [
        pytest.param({}, 1, id="none"),
        pytest.param({"weight": "2"}, 2, id="twice"),
        pytest.param({"weight": " 0.5 "}, 0.5, id="half"),
        pytest.param({"weight": ""}, 1, id="empty"),
        pytest.param({"weight": "heavy"}, 1, id="no-number"),
        pytest.param({"weight": "nan"}, 1, id="nan"),
        pytest.param({"weight": "inf"}, 1, id="infinite"),
        pytest.param({"weight": "1e999"}, 1, id="overflow"),
        pytest.param({"weight": "-3"}, 1, id="negative"),
        pytest.param({"weight": "0"}, 0.01, id="zero-is-almost-nothing"),
        pytest.param({"weight": "1e-300"}, 0.01, id="tiny"),
        pytest.param({"weight": "1e300"}, 100, id="no-task-starves-all-others"),
        pytest.param({"weight": "9" * 1024}, 1, id="as-long-as-an-attribute-may-be"),
    ],
)
def test_a_weight_is_within_bounds(attributes: dict[str, str], weight: float) -> None:
    endpoint = Endpoint("127.61.0.1", 5000, attributes=attributes)
    assert declared_weight(endpoint) == weight
