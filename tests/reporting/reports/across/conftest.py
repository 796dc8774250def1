"""Reports beside a real registry, real funds and a real training service, all in process."""

from __future__ import annotations

import pytest

from tests.reporting.figures.conftest import (
    db,
    funds,
    funds_app,
    funds_url,
    lend,
    register,
    registry,
    registry_app,
    registry_url,
    reporting,
    reporting_app,
    teach,
    training,
    training_app,
    training_url,
    wire,
)
from tests.reporting.plans.builders import Planning
from tests.support.client import ApiClient

__all__ = [
    "db",
    "funds",
    "funds_app",
    "funds_url",
    "lend",
    "register",
    "registry",
    "registry_app",
    "registry_url",
    "reporting",
    "reporting_app",
    "teach",
    "training",
    "training_app",
    "training_url",
    "wire",
]


@pytest.fixture
def planning(reporting: ApiClient) -> Planning:
    """Builders of plans, anywhere in the nation."""
    return Planning(reporting)
