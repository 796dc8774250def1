"""The overview beside a real registry, real funds and a real training service, all in process."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reporting.builders import PATH
from tests.reporting.figures.conftest import (
    db,
    funds,
    funds_app,
    funds_url,
    register,
    registry,
    registry_app,
    registry_url,
    reporting,
    reporting_app,
    training,
    training_app,
    training_url,
    wire,
)
from tests.reporting.plans.builders import Planning
from tests.support.answers import ok
from tests.support.client import ApiClient

__all__ = [
    "db",
    "funds",
    "funds_app",
    "funds_url",
    "register",
    "registry",
    "registry_app",
    "registry_url",
    "reporting",
    "reporting_app",
    "training",
    "training_app",
    "training_url",
    "wire",
]

OVERVIEW = f"{PATH}/overview"


@pytest.fixture
def planning(reporting: ApiClient) -> Planning:
    """Builders of plans through the service's own operations, anywhere in the nation."""
    return Planning(reporting)


async def overview(client: ApiClient, **query: Any) -> dict[str, Any]:
    """Return the overview, of 2023 as it stood at the end of August unless the query says otherwise."""
    given = {"year": 2023, "on": "2023-08-31", **query}
    return ok(await client.get(OVERVIEW, params={name: value for name, value in given.items() if value is not None}))
