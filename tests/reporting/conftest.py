"""Reporting in process, on a database of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from kernel.database.connections import Database
from services.reporting.main import create_app
from tests.reporting.builders import SCOPES, Make
from tests.support.apps import Apps
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.databases import Databases


@pytest.fixture
async def reporting_url(databases: Databases) -> AsyncIterator[str]:
    """The address of a database of reporting without a row."""
    async with databases.emptied("reporting") as url:
        yield url


@pytest.fixture
async def reporting_app(reporting_url: str, apps: Apps) -> AsyncIterator[FastAPI]:
    """Reporting, running on that database and trusting the tests' key."""
    async with apps.running(create_app, reporting_url) as app:
        yield app


@pytest.fixture
async def reporting(reporting_app: FastAPI) -> AsyncIterator[ApiClient]:
    """Reporting as a reporter of Phú Thọ calls it; `reporting.as_(sub=…)` is another caller."""
    client = ApiClient(reporting_app, contract_of("reporting"), scope=SCOPES, area="25-2025", sub="reporter")
    async with client:
        yield client


@pytest.fixture
def make(reporting: ApiClient) -> Make:
    """Builders of records through the service's own operations, anywhere in the nation."""
    return Make(reporting.as_(area="VN", sub="builder"))


@pytest.fixture
def db(reporting_app: FastAPI) -> Database:
    """The service's own pool, to look at what a call wrote."""
    database: Database = reporting_app.state.db
    return database
