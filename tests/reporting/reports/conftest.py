"""Reports in process, on a database of the test's own."""

from __future__ import annotations

import pytest

from tests.reporting.reports.builders import Office
from tests.support.client import ApiClient


@pytest.fixture
def office(reporting: ApiClient) -> Office:
    """The office of today's Phú Thọ."""
    return Office(reporting)
