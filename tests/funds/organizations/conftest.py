"""The funds beside a real registry and a real identity, all in process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from kernel.database.connections import Database
from kernel.feed.following import Follower
from kernel.feed.organizations import ORGANIZATIONS
from kernel.feed.registry_client import registry_feed
from services.funds.main import create_app
from tests.funds.builders import SCOPES
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
async def funds_app(
    identity_app: FastAPI, funds_url: str, tmp_path: Path, wire: Wire, never_by_itself: None
) -> AsyncIterator[FastAPI]:
    app = create_app(await settings_beside_identity("funds", identity_app, funds_url, tmp_path), transport=wire)
    app.state.verifier.use_keys(JWKS)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def funds(funds_app: FastAPI) -> AsyncIterator[ApiClient]:
    client = ApiClient(funds_app, contract_of("funds"), scope=SCOPES, area="25-2025", sub="fund-officer")
    async with client:
        yield client


@pytest.fixture
def db(funds_app: FastAPI) -> Database:
    """The service's own pool."""
    database: Database = funds_app.state.db
    return database


@pytest.fixture
def follower(funds_app: FastAPI, db: Database) -> Follower:
    upstream = registry_feed(funds_app)
    assert upstream is not None
    return Follower(db, upstream, ORGANIZATIONS, wait_seconds=0)


@pytest.fixture
def known(db: Database) -> Callable[[], Awaitable[list[dict[str, Any]]]]:
    """What the funds know, without the instant when they learned it."""

    async def rows() -> list[dict[str, Any]]:
        records = await db.fetch("SELECT * FROM followed_organization ORDER BY id")
        return [{name: value for name, value in dict(row).items() if name != "followed_at"} for row in records]

    return rows
