"""Reporting beside a real registry and a real identity, all in process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from kernel.database.connections import Database
from kernel.feed.following import Follower
from kernel.feed.organizations import ORGANIZATIONS
from kernel.feed.registry_client import registry_feed
from services.reporting.main import create_app
from tests.reporting.builders import SCOPES
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.in_process_services import (
    Wire,
    follow,
    identity_app,
    never_by_itself,
    register,
    settings_beside_identity,
    wire,
)
from tests.support.registry_service import registry, registry_app, registry_url
from tests.support.tokens import JWKS

__all__ = ["follow", "identity_app", "never_by_itself", "register", "registry", "registry_app", "registry_url", "wire"]


@pytest.fixture
async def reporting_app(
    identity_app: FastAPI, reporting_url: str, tmp_path: Path, wire: Wire, never_by_itself: None
) -> AsyncIterator[FastAPI]:
    app = create_app(await settings_beside_identity("reporting", identity_app, reporting_url, tmp_path), transport=wire)
    app.state.verifier.use_keys(JWKS)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def reporting(reporting_app: FastAPI) -> AsyncIterator[ApiClient]:
    client = ApiClient(reporting_app, contract_of("reporting"), scope=SCOPES, area="25-2025", sub="reporter")
    async with client:
        yield client


@pytest.fixture
def db(reporting_app: FastAPI) -> Database:
    """The service's own pool."""
    database: Database = reporting_app.state.db
    return database


@pytest.fixture
def follower(reporting_app: FastAPI, db: Database) -> Follower:
    upstream = registry_feed(reporting_app)
    assert upstream is not None
    return Follower(db, upstream, ORGANIZATIONS, wait_seconds=0)
