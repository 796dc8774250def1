"""The registry, builders of its records, and a look into its database."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from kernel.database.connections import Database
from tests.registry.builders import Make
from tests.support.client import ApiClient
from tests.support.registry_service import registry, registry_app, registry_url

__all__ = ["registry", "registry_app", "registry_url"]


@pytest.fixture
def make(registry: ApiClient) -> Make:
    """Builders of records through the registry's own operations, anywhere in the nation."""
    return Make(registry.as_(area="VN", sub="builder"))


@pytest.fixture
def db(registry_app: FastAPI) -> Database:
    """The registry's own pool, to look at what a call wrote."""
    database: Database = registry_app.state.db
    return database
