"""The funds service in process, on a database of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from kernel.database.connections import Database
from services.funds.main import create_app
from tests.funds.builders import SCOPES, Make
from tests.support.apps import Apps
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.databases import Databases


@pytest.fixture
async def funds_url(databases: Databases) -> AsyncIterator[str]:
    """The address of a database of the funds, with the rules of the nation and no other row."""
    async with databases.emptied("funds") as url:
        yield url


@pytest.fixture
async def funds_app(funds_url: str, apps: Apps) -> AsyncIterator[FastAPI]:
    """The funds, running on that database and trusting the tests' key."""
    async with apps.running(create_app, funds_url) as app:
        yield app


@pytest.fixture
async def funds(funds_app: FastAPI) -> AsyncIterator[ApiClient]:
    """The funds as an officer of Phú Thọ's fund calls them; `funds.as_(sub=…)` is another caller."""
    client = ApiClient(funds_app, contract_of("funds"), scope=SCOPES, area="25-2025", sub="fund-officer")
    async with client:
        yield client


@pytest.fixture
def make(funds: ApiClient) -> Make:
    """Builders of records through the service's own operations, anywhere in the nation."""
    return Make.anywhere(funds)


@pytest.fixture
def db(funds_app: FastAPI) -> Database:
    """The service's own pool, to look at what a call wrote."""
    database: Database = funds_app.state.db
    return database
