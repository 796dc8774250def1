"""Plans in process, on a database of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from kernel.web.http_client import open_client
from services.reporting.upstreams import SERVICES, Upstreams
from tests.reporting.plans.builders import Planning
from tests.reporting.plans.told import Told
from tests.support.client import ApiClient
from tests.support.in_process_services import HOSTS


@pytest.fixture
def planning(reporting: ApiClient) -> Planning:
    """Builders of plans through the service's own operations, anywhere in the nation."""
    return Planning(reporting)


@pytest.fixture
async def told(reporting_app: FastAPI) -> AsyncIterator[Told]:
    """What the other services answer."""
    answers = Told()
    async with open_client(answers) as client:
        reporting_app.state.upstreams = Upstreams(client, {name: HOSTS[name] for name in SERVICES})
        yield answers
