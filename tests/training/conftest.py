"""Training in process, on a database of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from kernel.database.connections import Database
from services.training.main import create_app
from tests.support.apps import Apps
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.databases import Databases
from tests.training.builders import SCOPES, Make


@pytest.fixture
async def training_url(databases: Databases) -> AsyncIterator[str]:
    """The address of a database of training without a row."""
    async with databases.emptied("training") as url:
        yield url


@pytest.fixture
async def training_app(training_url: str, apps: Apps) -> AsyncIterator[FastAPI]:
    """Training, running on that database and trusting the tests' key."""
    async with apps.running(create_app, training_url) as app:
        yield app


@pytest.fixture
async def training(training_app: FastAPI) -> AsyncIterator[ApiClient]:
    """Training as a training officer of Phú Thọ calls it; `training.as_(sub=…)` is another caller."""
    client = ApiClient(training_app, contract_of("training"), scope=SCOPES, area="25-2025", sub="training-officer")
    async with client:
        yield client


@pytest.fixture
def make(training: ApiClient) -> Make:
    """Builders of records through the service's own operations, anywhere in the nation."""
    return Make(training.as_(area="VN", sub="builder"))


@pytest.fixture
def db(training_app: FastAPI) -> Database:
    """The service's own pool, to look at what a call wrote."""
    database: Database = training_app.state.db
    return database
