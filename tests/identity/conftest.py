"""Identity in process, on a database of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from services.identity.main import create_app
from services.identity.security import passwords
from services.identity.settings import IdentitySettings
from tests.identity.people import Identity
from tests.support.contract import contract_of
from tests.support.databases import Databases, as_service
from tests.support.tokens import PUBLIC_URL


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 in 1 ms instead of 40, for hundreds of people; tests/identity/test_rules.py looks at the real cost."""
    quick = PasswordHash((Argon2Hasher(memory_cost=64, time_cost=1, parallelism=1),))
    monkeypatch.setattr(passwords, "_HASHER", quick)


@pytest.fixture
async def database_url(databases: Databases, quick_hashes: None) -> AsyncIterator[str]:
    """A database with identity's tables and nothing in them."""
    async with databases.emptied("identity") as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> IdentitySettings:
    return IdentitySettings(
        database_url=as_service(database_url),
        home=tmp_path,
        public_url=PUBLIC_URL,
        jwks_file=tmp_path / "run" / "jwks.json",
        pool_size=8,
        log_level="ERROR",
    )


@pytest.fixture
async def app(settings: IdentitySettings) -> AsyncIterator[FastAPI]:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def identity(app: FastAPI) -> AsyncIterator[Identity]:
    """The service, with shortcuts to make people and systems; every answer is checked against the contract."""
    identity = Identity(app, contract_of("identity"))
    async with identity.http:
        yield identity
