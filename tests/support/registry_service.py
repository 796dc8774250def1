"""The registry in process, on a database of the test's own: for its own tests, and beside another service.

A conftest imports the fixtures that its tests need.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from services.registry.main import create_app
from services.registry.organizations.dependents import Dependents
from tests.support.apps import Apps
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.databases import Databases


@pytest.fixture
async def registry_url(databases: Databases) -> AsyncIterator[str]:
    """The address of a registry database of the test's own, without a row."""
    async with databases.emptied("registry") as url:
        yield url


@pytest.fixture
async def registry_app(registry_url: str, apps: Apps) -> AsyncIterator[FastAPI]:
    """The registry, running on that database and trusting the tests' key; there is no other service that it would ask."""
    async with apps.running(create_app, registry_url) as app:
        app.state.dependents = Dependents({})
        yield app


@pytest.fixture
async def registry(registry_app: FastAPI) -> AsyncIterator[ApiClient]:
    """The registry as an officer of Phú Thọ's alliance calls it; `registry.as_(area=…)` is another caller."""
    client = ApiClient(registry_app, contract_of("registry"), scope="registry.read registry.write", area="25-2025")
    async with client:
        yield client
