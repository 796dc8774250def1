"""Plans in process, on a database of the test's own."""

from __future__ import annotations

import pytest

from tests.reporting.plans.builders import Planning
from tests.support.client import ApiClient


@pytest.fixture
def planning(reporting: ApiClient) -> Planning:
    """Builders of plans through the service's own operations, anywhere in the nation."""
    return Planning(reporting)
