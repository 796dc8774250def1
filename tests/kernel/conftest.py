"""The registry, where the kernel is looked at from outside; a database with a feed, where it is looked at from inside."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kernel.database.connections import Database, opened
from tests.kernel.plots import make_table
from tests.support.databases import Databases
from tests.support.registry_service import registry, registry_app, registry_url

__all__ = ["own_plots", "plots", "registry", "registry_app", "registry_url"]


@pytest.fixture
async def plots(databases: Databases) -> AsyncIterator[Database]:
    """A database with history, feed and an empty table of plots."""
    async with databases.emptied("training", make_table) as url, opened(url, size=4) as database:
        yield database


@pytest.fixture
async def own_plots(databases: Databases) -> AsyncIterator[Database]:
    """The same for one test alone, which changes its tables."""
    async with databases.clone("training", make_table) as url, opened(url, size=4) as database:
        yield database
