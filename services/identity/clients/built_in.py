"""What the platform sees to when it starts: its own apps are there, and no client system has what none is to have."""

from __future__ import annotations

from kernel import records
from kernel.database.connections import Database, Transaction
from kernel.database.statements import command, statement
from kernel.web.auth import NATION
from services.identity.access import second_person
from services.identity.api import SYSTEM
from services.identity.clients import redirects
from services.identity.clients.records import CLIENT, by_client_id
from services.identity.clients.schemas import ClientCreate
from services.identity.clients.service import PHONE_IDLE_SECONDS, WEB_IDLE_SECONDS, create, follow
from services.identity.roles import APPROVING, GATEWAY_ONLY, never_held
from services.identity.rows import ClientRow

BUILT_IN = (
    ClientCreate(
        id="0192c7e0-0000-7000-8000-0000000c0001",
        client_id="vca-web",
        name="Ứng dụng web",
        kind="public",
        area=NATION,
        allows_loopback=True,
        session_idle_seconds=WEB_IDLE_SECONDS,
    ),
    ClientCreate(
        id="0192c7e0-0000-7000-8000-0000000c0002",
        client_id="vca-mobile",
        name="Ứng dụng điện thoại",
        kind="public",
        area=NATION,
        redirect_uris=["vn.vca.mobile:/callback"],
        post_logout_redirect_uris=["vn.vca.mobile:/signed-out"],
        session_idle_seconds=PHONE_IDLE_SECONDS,
    ),
)
"""The platform's own apps. Once made they are rows like others: an administrator of VN registers their addresses."""

PORTAL = "vca-portal"
"""The gateway's own pages for officers (docs/adr/0016): its address is the platform's, and follows it."""


def _portal(public_url: str) -> ClientCreate:
    back, after = f"{public_url.rstrip('/')}/signed-in", f"{public_url.rstrip('/')}/"
    # Passwords and tokens cross no open network: without TLS the pages are for this machine alone.
    safe = redirects.is_loopback(back) or back.startswith("https://")
    return ClientCreate(
        id="0192c7e0-0000-7000-8000-0000000c0003",
        client_id=PORTAL,
        name="Trang cán bộ",
        kind="public",
        area=NATION,
        redirect_uris=[back] if safe else [],
        post_logout_redirect_uris=[after] if safe else [],
        allows_loopback=not safe,
        session_idle_seconds=WEB_IDLE_SECONDS,
    )


_IN_ENGLISH = {"Ứng dụng web": "Web app", "Ứng dụng điện thoại": "Phone app", "Trang cán bộ": "Officers' pages"}


def app_name(client: ClientRow, language: str) -> str:
    """Return what people know an app by: its name as entered; the platform's own, unless renamed, has one in English too."""
    return _IN_ENGLISH.get(client["name"], client["name"]) if language == "en" else client["name"]


# Two processes that start at once would both make them.
_ONE_AT_A_TIME = command("SELECT pg_advisory_xact_lock(hashtext('vca identity clients'))")


async def ensure_built_in(db: Database, public_url: str | None = None) -> None:
    """Make the platform's own apps unless they are there; with `public_url` its own pages too, which return there."""
    for body in (*BUILT_IN, *((_portal(public_url),) if public_url else ())):
        async with db.transaction() as tx:
            await tx.execute(_ONE_AT_A_TIME)
            row = await by_client_id(tx, str(body.client_id))
            if row is None:
                await create(tx, body, secret="", by=SYSTEM)
            elif body.client_id == PORTAL:
                await _follow_address(tx, row, body)


async def _follow_address(tx: Transaction, row: ClientRow, body: ClientCreate) -> None:
    """Register where the platform is now, and nothing else: the portal sends people to no other address."""
    values = {name: getattr(body, name) for name in ("redirect_uris", "post_logout_redirect_uris", "allows_loopback")}
    if any(row[name] != value for name, value in values.items()):  # type: ignore[literal-required]  # Names of its columns.
        await records.update(tx, CLIENT, row, values, by=SYSTEM, reason="Địa chỉ của nền tảng")


# A handful of rows in all, read once at the start. Locked, so that of two processes the second finds none.
_HOLDING = statement(
    ClientRow, f"{CLIENT.select} WHERE kind = 'system' AND scopes && $1::text[] ORDER BY id FOR NO KEY UPDATE"
)
_WHY_APPROVING, _WHY_GATEWAY_ONLY = "Hệ thống không phê duyệt", "Chỉ cổng báo các lượt gọi"


async def take_scopes_never_held(db: Database) -> None:
    """Take from client systems what only people or the gateway do, where they were given it before."""
    async with db.transaction() as tx:
        for row in await tx.fetch(_HOLDING, [*APPROVING, GATEWAY_ONLY]):
            taken = never_held(row["client_id"]).intersection(row["scopes"])
            if not taken:
                continue
            rights = {"scopes": [scope for scope in row["scopes"] if scope not in taken]}
            reason = _WHY_APPROVING if taken.intersection(APPROVING) else _WHY_GATEWAY_ONLY
            changed = await records.update(tx, CLIENT, row, rights, by=SYSTEM, reason=reason)
            await follow(tx, row, changed)
            await second_person.note_entry(tx, CLIENT, row, rights, waits=False, by=SYSTEM, request_id=None)
