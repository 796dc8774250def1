"""Creating and changing clients."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

import asyncpg

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import Values
from kernel.records.confirmations import Confirmation
from kernel.records.replays import content_of, replay_of
from kernel.values.days import now
from kernel.values.ids import new_id
from kernel.values.text import name_folded
from kernel.web.auth import NATION, Caller
from kernel.web.calls import Call
from services.identity import problems
from services.identity.access import second_person
from services.identity.api import ADMIN, SYSTEM, check_area
from services.identity.clients import secrets
from services.identity.clients.records import CLIENT
from services.identity.clients.schemas import ClientChange, ClientCreate
from services.identity.roles import APPROVING, GATEWAY_ONLY, SCOPES, SYSTEM_SCOPES_BY_TWO
from services.identity.rows import ClientRow
from services.identity.sessions import revocations

WEB_IDLE_SECONDS = 12 * 3600
PHONE_IDLE_SECONDS = 30 * 86_400
OFFLINE_IDLE_SECONDS = 86_400
"""A sign-in that outlives this is a phone's: it is never shared with other apps of a browser."""

_PUBLIC_ONLY = ("redirect_uris", "post_logout_redirect_uris", "allows_loopback", "session_idle_seconds")


def _needs_two(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Say whether a second administrator confirms what a client system becomes: it may write or administer, or do that in
    another area.
    """
    scopes = SYSTEM_SCOPES_BY_TWO.intersection(after["scopes"]) if after["kind"] == "system" else frozenset[str]()
    return bool(scopes - {*before["scopes"]}) or (bool(scopes) and before["alliance"] != after["alliance"])


async def create(
    tx: Transaction, body: ClientCreate, *, secret: str, by: Caller, request_id: str | None = None
) -> tuple[ClientRow, bool]:
    """Create a client; return its row and whether it is new. A public app gets no secret.

    Where a second person confirms one of its scopes it has none yet, so its secret opens nothing; what the platform itself sets
    up needs nobody else. The same client-minted id with the same content answers what exists. Raises Invalid, IdInUse,
    ClientIdInUse.
    """
    check_area(by, body.area)
    _check_kind(body, by=by)
    existing, digest = await replay_of(tx, CLIENT, body.id, content_of(body), by)
    if existing is not None:
        return existing, False
    id_ = body.id or new_id()
    client_id = body.client_id or f"c-{id_.replace('-', '')}"
    public = body.kind == "public"
    values: Values = {
        "id": id_,
        "alliance": body.area,
        "client_id": client_id,
        "name": body.name,
        "name_folded": _searched(client_id, body.name),
        "kind": body.kind,
        "scopes": body.scopes or list(SCOPES),
        "secrets": [] if public else [secrets.secret_entry(secret, at=now())],
        "redirect_uris": body.redirect_uris,
        "post_logout_redirect_uris": body.post_logout_redirect_uris,
        "allows_loopback": body.allows_loopback,
        "session_idle_seconds": (body.session_idle_seconds or WEB_IDLE_SECONDS) if public else None,
        "is_active": True,
        "class_id": None,
        **second_person.NOTHING_WAITS,
    }
    rights: Values = {"scopes": values["scopes"]}
    waits = by is not SYSTEM and _needs_two({**values, "scopes": []}, values)
    if waits:
        values |= {"scopes": [], **second_person.waiting(rights, by)}
    try:
        row = await records.create(tx, CLIENT, values, by=by, reason=body.reason, digest=digest)
        await second_person.note_entry(tx, CLIENT, row, rights, waits=waits, by=by, request_id=request_id)
        return row, True
    except asyncpg.UniqueViolationError as error:
        match error.constraint_name:
            case "uq_client_client_id":
                raise problems.ClientIdInUse(client_id=client_id) from None
            case "pk_client" | "pk_history":
                raise kernel_problems.IdInUse(id=id_) from None
        raise


# A service that a later version brings has its scopes given to the client of its name (bootstrap.py).
_OWN_NAMES = ("service-", "d-")


def _searched(client_id: str, name: str) -> str:
    return name_folded(f"{client_id} {name}")


def _check_kind(body: ClientCreate, *, by: Caller) -> None:
    if body.client_id is not None and body.client_id.startswith(_OWN_NAMES) and by is not SYSTEM:
        words = (
            "Tên bắt đầu như vậy dành cho hệ thống của chính nền tảng; hãy chọn tên khác.",
            "Names that begin so are the platform's own; choose another.",
        )
        raise Invalid(FieldError("reserved", words, pointer="/client_id"))
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
    faults = [*_public_fields_given(body.model_fields_set), *_refused_scopes(body.scopes, before=(), by=by)]
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


def _refused_scopes(scopes: list[str], *, before: Collection[str], by: Caller) -> list[FieldError]:
    faults = []
    if not set(APPROVING).isdisjoint(scopes):
        words = (
            "Hệ thống không được phê duyệt thay người; hãy bỏ các quyền phê duyệt.",
            "A client system never approves; leave out the permissions to approve.",
        )
        faults.append(FieldError("never_approves", words, pointer="/scopes"))
    if GATEWAY_ONLY in scopes and GATEWAY_ONLY not in before and by is not SYSTEM:
        words = (
            "Chỉ cổng của chính nền tảng báo các lượt gọi; hãy bỏ quyền này.",
            "Only the platform's own gateway tells which calls came; leave this permission out.",
        )
        faults.append(FieldError("gateway_only", words, pointer="/scopes"))
    return faults


async def change(
    tx: Transaction, row: ClientRow, body: ClientChange, *, by: Caller, request_id: str | None = None
) -> ClientRow:
    """Apply a merge patch to the locked `row`. Rights that a second person confirms wait, as a whole.

    Raises Invalid, TokenRevoked, OwnAccount, OwnRights, ChangePending, Disabled.
    """
    fields = body.model_fields_set
    values: dict[str, Any] = body.model_dump(include=fields - {"reason", "area"})
    if "area" in fields:
        check_area(by, body.area)
        values["alliance"] = body.area
    faults = _public_fields_given(fields) if row["kind"] == "system" else []
    if row["kind"] == "system":
        faults += _refused_scopes(body.scopes, before=row["scopes"], by=by)
    if row["kind"] == "public" and values.get("alliance", NATION) != NATION:
        words = (
            "Ứng dụng công khai thuộc cả nước; hãy chọn địa bàn cả nước.",
            "Public apps belong to the nation; choose that area.",
        )
        faults.append(FieldError("not_allowed", words, pointer="/area"))
    if faults:
        raise Invalid(*faults)
    if by.id == row["client_id"]:
        second_person.refuse_locked_out(row)
    after: Values = {**row, **values}
    loses = not after["is_active"] or after["alliance"] != row["alliance"] or "identity.admin" not in after["scopes"]
    if loses and by.id == row["client_id"]:
        raise problems.OwnAccount()
    if by.id == row["client_id"] and not {*after["scopes"]} <= {*row["scopes"]}:
        raise problems.OwnRights()
    if "name" in fields:
        values["name_folded"] = _searched(row["client_id"], body.name)
    rights = {name: after[name] for name in ("scopes", "alliance") if after[name] != row[name]}
    waits = _needs_two(row, after)
    values = second_person.parted(row, values, rights, waits=waits, by=by)
    changed = await records.update(tx, CLIENT, row, values, by=by, reason=body.reason)
    await follow(tx, row, changed)
    if rights:
        await second_person.note_entry(tx, CLIENT, row, rights, waits=waits, by=by, request_id=request_id)
    return changed


async def follow(tx: Transaction, row: ClientRow, changed: ClientRow) -> None:
    """Void the access tokens of a client that has less than before."""
    loses_rights = (
        row["is_active"] != changed["is_active"]
        or row["alliance"] != changed["alliance"]
        or not set(row["scopes"]) <= set(changed["scopes"])
    )
    if loses_rights:
        await revocations.revoke(tx, row["client_id"], least_version=changed["version"])


async def take_effect(tx: Transaction, row: ClientRow, *, by: Caller, request_id: str | None = None) -> ClientRow:
    """Let what waited of the locked `row` hold. Raises TwoSecretsLive, and what `second_person.check_effect` does."""
    await second_person.check_effect(tx, row, by=by)
    rights = second_person.change_of(row)
    if secret := rights.get("secret"):
        overlap = timedelta(seconds=rights["overlap_seconds"])
        return await secrets.put(
            tx, row, secret, overlap=overlap, by=by, request_id=request_id, also=second_person.ENDED
        )
    changed = await records.update(tx, CLIENT, row, {**rights, **second_person.ENDED}, by=by)
    await follow(tx, row, changed)
    return changed


async def _take_effect(tx: Transaction, call: Call, row: ClientRow) -> ClientRow:
    return await take_effect(tx, row, by=call.caller, request_id=call.request_id)


CONFIRMATION = Confirmation(
    scopes=ADMIN, take_effect=_take_effect, ended=second_person.ENDED, refusals=(problems.TwoSecretsLive,)
)
