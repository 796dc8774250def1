"""One database for all checks of a service's operations: what is made for calls that are refused serves every check."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.databases import Databases
from tests.support.registry_service import registry, registry_app

__all__ = ["registry", "registry_app"]


@pytest.fixture(scope="module")
def registry_url(databases: Databases) -> Iterator[str]:
    with databases.kept("registry") as url:
        yield url


@pytest.fixture(scope="module")
def funds_url(databases: Databases) -> Iterator[str]:
    with databases.kept("funds") as url:
        yield url


@pytest.fixture(scope="module")
def training_url(databases: Databases) -> Iterator[str]:
    with databases.kept("training") as url:
        yield url


@pytest.fixture(scope="module")
def reporting_url(databases: Databases) -> Iterator[str]:
    with databases.kept("reporting") as url:
        yield url


@pytest.fixture(scope="module")
def paths() -> dict[str, str]:
    """Operation → the path of records made for it, in that database."""
    return {}
