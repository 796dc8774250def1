"""The identity service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI

from kernel.app import build_app
from kernel.database.connections import Database
from kernel.feed.change_routes import changes_router
from kernel.feed.changes import feed_ready
from kernel.feed.measures import FEED
from kernel.records.code_lists import code_lists_router
from kernel.values.days import now
from migrations.run import head, stands_at
from services.identity import approvals, code_lists, me, own_second_factor
from services.identity.accounts import routes as accounts
from services.identity.accounts.records import ACCOUNT
from services.identity.api import ANYONE
from services.identity.audit import routes as audit_routes
from services.identity.clients import devices
from services.identity.clients import routes as clients
from services.identity.clients.built_in import ensure_built_in, take_scopes_never_held
from services.identity.clients.records import CLIENT
from services.identity.requests import routes as requests
from services.identity.requests.records import with_purge
from services.identity.runtime import upkeep
from services.identity.security import keys
from services.identity.sessions import revocations
from services.identity.settings import IdentitySettings
from services.identity.signin import routes as signin
from services.identity.signin import sign_out
from services.identity.subjects.records import router as subjects
from services.identity.tags import TAGS
from services.identity.tokens import revocations as void_tokens
from services.identity.tokens import routes as tokens

DESCRIPTION = """Accounts of people, client systems, and the tokens by which every service knows who is calling.
People sign in on one page for all apps (OAuth 2 authorization code with PKCE, OpenID Connect); systems show a secret.
An access token lives ten minutes."""

Settings = IdentitySettings


async def _built_in_apps(app: FastAPI) -> AsyncIterator[None]:
    await ensure_built_in(app.state.db, app.state.settings.public_url)
    await take_scopes_never_held(app.state.db)
    yield


_NEWEST = head("identity")


async def _ready(db: Database) -> dict[str, Any]:
    active = await keys.is_active(db, at=now())
    checks = {"signing_key": "ok" if active else "missing", "migrations": await stands_at(db, _NEWEST)}
    return {**checks, **await feed_ready(db)}


_ROUTERS: Sequence[APIRouter] = (
    tokens.router,
    void_tokens.router,
    signin.router,
    sign_out.router,
    me.router,
    own_second_factor.router,
    accounts.router,
    clients.router,
    devices.router,
    approvals.router,
    requests.router,
    audit_routes.router,
    code_lists_router("identity", code_lists.ALL, ANYONE),
    changes_router("identity", (ACCOUNT, CLIENT), ("identity.admin",), snapshot_url="/v1/identity/accounts"),
    subjects,
)
"""Made once a process, as all routes are: the start of an app only puts them together."""


def create_app(settings: IdentitySettings | None = None) -> FastAPI:
    """Return the ASGI app of identity."""
    if settings is None:
        read = IdentitySettings.for_service("identity")
        assert isinstance(read, IdentitySettings)
        settings = read
    return build_app(
        settings,
        service="identity",
        title="Identity",
        description=DESCRIPTION,
        tags=TAGS,
        routers=_ROUTERS,
        ready=_ready,
        tasks=[upkeep, _built_in_apps, revocations.with_revocations, with_purge],
        measures=[FEED],
    )
