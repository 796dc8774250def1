"""Creating and changing clients, and changing their secrets without an interruption."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import orjson

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Database, Transaction
from kernel.database.statements import command
from kernel.problems import FieldError, Invalid
from kernel.records.replays import content_of, replay_of
from kernel.values.days import instant_text, now
from kernel.values.ids import new_id
from kernel.values.text import name_folded
from kernel.web.auth import NATION, Caller
from services.identity import problems
from services.identity.api import SYSTEM, check_area
from services.identity.audit import entries as audit
from services.identity.clients.records import CLIENT, by_client_id
from services.identity.clients.schemas import ClientChange, ClientCreate
from services.identity.roles import SCOPES
from services.identity.rows import ClientRow
from services.identity.security.sealing import bytes_of, hashed, new_token, text_of
from services.identity.sessions import revocations

WEB_IDLE_SECONDS = 12 * 3600
PHONE_IDLE_SECONDS = 30 * 86_400
OFFLINE_IDLE_SECONDS = 86_400
"""A sign-in that outlives this is a phone's: it is never shared with other apps of a browser."""

_LIVE_SECRETS = 2
_PUBLIC_ONLY = ("redirect_uris", "post_logout_redirect_uris", "allows_loopback", "session_idle_seconds")


def secret_entry(secret: str, *, at: datetime) -> dict[str, Any]:
    """Return what is kept of a secret."""
    return {
        "id": new_id(),
        "hash": text_of(hashed(secret)),
        "hint": secret[:4],
        "created_at": instant_text(at),
        "expires_at": None,
    }


def live_secrets(row: ClientRow, *, at: datetime) -> list[dict[str, Any]]:
    """Return the secrets of a client that are good at this moment."""
    return [
        secret
        for secret in orjson.loads(row["secrets"])
        if secret["expires_at"] is None or datetime.fromisoformat(secret["expires_at"]) > at
    ]


def knows(row: ClientRow, secret: str, *, at: datetime) -> bool:
    """Say whether `secret` is a live one of the client; compared in constant time."""
    secret_hash = hashed(secret)
    return any(hmac.compare_digest(secret_hash, bytes_of(kept["hash"])) for kept in live_secrets(row, at=at))


async def create(tx: Transaction, body: ClientCreate, *, secret: str, by: Caller) -> tuple[ClientRow, bool]:
    """Create a client; return its row and whether it is new. A public app gets no secret.

    The same client-minted id with the same content answers what exists. Raises Invalid, IdInUse, ClientIdInUse.
    """
    check_area(by, body.area)
    _check_kind(body, by=by)
    existing, digest = await replay_of(tx, CLIENT, body.id, content_of(body), by)
    if existing is not None:
        return existing, False
    id_ = body.id or new_id()
    client_id = body.client_id or f"c-{id_.replace('-', '')}"
    public = body.kind == "public"
    values = {
        "id": id_,
        "alliance": body.area,
        "client_id": client_id,
        "name": body.name,
        "name_folded": _searched(client_id, body.name),
        "kind": body.kind,
        "scopes": body.scopes or list(SCOPES),
        "secrets": [] if public else [secret_entry(secret, at=now())],
        "redirect_uris": body.redirect_uris,
        "post_logout_redirect_uris": body.post_logout_redirect_uris,
        "allows_loopback": body.allows_loopback,
        "session_idle_seconds": (body.session_idle_seconds or WEB_IDLE_SECONDS) if public else None,
        "is_active": True,
    }
    try:
        return await records.create(tx, CLIENT, values, by=by, reason=body.reason, digest=digest), True
    except asyncpg.UniqueViolationError as error:
        match error.constraint_name:
            case "uq_client_client_id":
                raise problems.ClientIdInUse(client_id=client_id) from None
            case "pk_client" | "pk_history":
                raise kernel_problems.IdInUse(id=id_) from None
        raise


def _searched(client_id: str, name: str) -> str:
    return name_folded(f"{client_id} {name}")


def _check_kind(body: ClientCreate, *, by: Caller) -> None:
    if body.kind == "public":
        if body.area != NATION or by.area != NATION:
            words = (
                "Ứng dụng công khai do quản trị viên trung ương tạo, cho cả nước.",
                "Public apps are the nation's, made by its administrators.",
            )
            raise Invalid(FieldError("not_allowed", words, pointer="/kind"))
        if not body.redirect_uris and not body.allows_loopback:
            words = ("Hãy ghi ít nhất một địa chỉ.", "Give at least one address.")
            raise Invalid(FieldError("required", words, pointer="/redirect_uris"))
        return
    faults = _public_fields_given(body.model_fields_set)
    if not body.scopes:
        faults.append(
            FieldError(
                "required",
                ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required."),
                pointer="/scopes",
            )
        )
    if faults:
        raise Invalid(*faults)


def _public_fields_given(fields: set[str]) -> list[FieldError]:
    words = ("Chỉ dành cho ứng dụng công khai; hãy để trống.", "For public apps only; leave it out.")
    return [FieldError("public_only", words, pointer=f"/{name}") for name in _PUBLIC_ONLY if name in fields]


async def change(tx: Transaction, row: ClientRow, body: ClientChange, *, by: Caller) -> ClientRow:
    """Apply a merge patch to the locked `row`. Raises Invalid, OwnAccount."""
    fields = body.model_fields_set
    values: dict[str, Any] = body.model_dump(include=fields - {"reason", "area"})
    if "area" in fields:
        check_area(by, body.area)
        values["alliance"] = body.area
    faults = _public_fields_given(fields) if row["kind"] == "system" else []
    if row["kind"] == "public" and values.get("alliance", NATION) != NATION:
        words = (
            "Ứng dụng công khai thuộc cả nước; hãy chọn địa bàn cả nước.",
            "Public apps belong to the nation; choose that area.",
        )
        faults.append(FieldError("not_allowed", words, pointer="/area"))
    if faults:
        raise Invalid(*faults)
    after = {**row, **values}
    loses = not after["is_active"] or after["alliance"] != row["alliance"] or "identity.admin" not in after["scopes"]
    if loses and by.id == row["client_id"]:
        raise problems.OwnAccount()
    if "name" in fields:
        values["name_folded"] = _searched(row["client_id"], body.name)
    changed = await records.update(tx, CLIENT, row, values, by=by, reason=body.reason)
    loses_rights = (
        row["is_active"] != changed["is_active"]
        or row["alliance"] != changed["alliance"]
        or not set(row["scopes"]) <= set(changed["scopes"])
    )
    if loses_rights:
        await revocations.revoke(tx, row["client_id"], least_version=changed["version"])
    return changed


async def add_secret(
    tx: Transaction,
    row: ClientRow,
    *,
    overlap: timedelta,
    by: Caller,
    reason: str | None,
    request_id: str | None = None,
) -> tuple[ClientRow, str]:
    """Give the locked client a second secret; the present one ends after `overlap`. Return the row and the secret.

    Raises PublicClient, TwoSecretsLive.
    """
    if row["kind"] == "public":
        raise problems.PublicClient()
    at = now()
    live = live_secrets(row, at=at)
    if len(live) >= _LIVE_SECRETS:
        raise problems.TwoSecretsLive(secret_ids=[secret["id"] for secret in live])
    for secret in live:
        secret["expires_at"] = instant_text(at + overlap)
    secret_value = new_token()
    entry = secret_entry(secret_value, at=at)
    after = await records.update(tx, CLIENT, row, {"secrets": [*live, entry]}, by=by, reason=reason)
    await _audit(tx, "client_secret.added", row, entry["id"], by=by, request_id=request_id)
    return after, secret_value


async def remove_secret(
    tx: Transaction, row: ClientRow, secret_id: str, *, by: Caller, request_id: str | None = None
) -> ClientRow:
    """Take a secret of the locked client out of use at once. Raises NotFound."""
    secrets = orjson.loads(row["secrets"])
    remaining = [secret for secret in secrets if secret["id"] != secret_id]
    if len(remaining) == len(secrets):
        raise kernel_problems.NotFound()
    after = await records.update(tx, CLIENT, row, {"secrets": remaining}, by=by)
    await _audit(tx, "client_secret.removed", row, secret_id, by=by, request_id=request_id)
    return after


async def _audit(
    tx: Transaction, action: str, row: ClientRow, secret_id: str, *, by: Caller, request_id: str | None
) -> None:
    await audit.record(
        tx,
        action,
        actor=by.id,
        alliance=row["alliance"],
        resource=("client", row["id"]),
        request_id=request_id,
        secret_id=secret_id,
    )


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


# Two processes that start at once would both make them.
_ONE_AT_A_TIME = command("SELECT pg_advisory_xact_lock(hashtext('vca identity clients'))")


async def ensure_built_in(db: Database) -> None:
    """Make the platform's own apps unless they are there."""
    for body in BUILT_IN:
        async with db.transaction() as tx:
            await tx.execute(_ONE_AT_A_TIME)
            if await by_client_id(tx, str(body.client_id)) is None:
                await create(tx, body, secret="", by=SYSTEM)
