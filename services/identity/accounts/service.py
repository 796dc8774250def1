"""Creating, changing and disabling accounts; new passwords."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg
from sqlmodel import select

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Database, Transaction
from kernel.database.statements import param, statement
from kernel.personal_data.erasure import refuse_erased
from kernel.problems import FieldError, Invalid
from kernel.records import Values
from kernel.records.confirmations import Confirmation
from kernel.records.replays import content_of, replay_of
from kernel.values.days import now
from kernel.values.text import name_folded
from kernel.web.auth import Caller
from kernel.web.calls import Call
from services.identity import problems
from services.identity.access import second_person
from services.identity.accounts import second_factor
from services.identity.accounts.records import ACCOUNT
from services.identity.accounts.schemas import AccountChange, AccountCreate
from services.identity.api import ADMIN, SYSTEM, check_area
from services.identity.audit import entries as audit
from services.identity.code_lists import ROLES as ROLE_LABELS
from services.identity.models import Account
from services.identity.roles import ADMINISTRATOR, OWN_ROLE, ROLES_BY_TWO
from services.identity.rows import AccountRow
from services.identity.security import passwords as rules
from services.identity.sessions import revocations
from services.identity.sessions import service as sessions

_BY_USERNAME = statement(AccountRow, select(Account).where(Account.username == param(1)))
_BY_ID = statement(AccountRow, select(Account).where(Account.id == param(1)))
_LOCKED = statement(AccountRow, select(Account).where(Account.id == param(1)).with_for_update())
_RIGHTS = ("roles", "alliance", "organization_id")


async def by_username(db: Database | Transaction, username: str) -> AccountRow | None:
    """Return the account of `username`, or None."""
    return await db.fetchrow(_BY_USERNAME, username.strip().lower())


async def by_id(db: Database | Transaction, account_id: str, *, lock: bool = False) -> AccountRow | None:
    """Return an account wherever it lies, or None; with `lock` nobody else changes it in the meantime."""
    return await db.fetchrow(_LOCKED if lock else _BY_ID, account_id)


def _needs_two(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Say whether a second administrator confirms what an account becomes: it is given a role to approve or to administer,
    or moves to another area with one.
    """
    roles = ROLES_BY_TWO.intersection(after["roles"])
    return bool(roles - {*before["roles"]}) or (bool(roles) and before["alliance"] != after["alliance"])


async def create(
    tx: Transaction,
    body: AccountCreate,
    *,
    password_hash: str,
    must_change: bool,
    by: Caller,
    request_id: str | None = None,
) -> tuple[AccountRow, bool]:
    """Create an account; return its row and whether it is new. Roles that a second person confirms it has not yet.

    What the platform itself sets up needs nobody else. The same client-minted id with the same content answers what exists.
    Raises Invalid, IdInUse, AlreadyErased, UsernameInUse.
    """
    check_area(by, body.area)
    _check_organization(body.roles, body.organization_id)
    existing, digest = await replay_of(tx, ACCOUNT, body.id, content_of(body), by)
    if existing is not None:
        return existing, False
    values = {
        "id": body.id,
        "alliance": body.area,
        "username": body.username,
        "full_name": body.full_name,
        "name_folded": _searched(body.username, body.full_name),
        "roles": body.roles,
        "organization_id": body.organization_id,
        "is_active": True,
        "must_change_password": must_change,
        "password_hash": password_hash,
        "password_changed_at": now(),
        "second_factor_since": None,
        "erased_on": None,
        **second_person.NOTHING_WAITS,
    }
    rights: Values = {"roles": body.roles}
    waits = by is not SYSTEM and _needs_two({**values, "roles": []}, values)
    if waits:
        values |= {"roles": [], **second_person.waiting(rights, by)}
    try:
        row = await records.create(tx, ACCOUNT, values, by=by, reason=body.reason, digest=digest)
        await second_person.note_entry(tx, ACCOUNT, row, rights, waits=waits, by=by, request_id=request_id)
        return row, True
    except asyncpg.UniqueViolationError as error:
        match error.constraint_name:
            case "uq_account_username":
                raise problems.UsernameInUse(username=body.username) from None
            case "pk_account" | "pk_history":
                raise kernel_problems.IdInUse(id=body.id) from None
        raise


def _searched(username: str, full_name: str) -> str:
    return name_folded(f"{username} {full_name}")


def _check_organization(roles: list[str], organization_id: str | None) -> None:
    if (OWN_ROLE in roles) == (organization_id is not None):
        return
    own = ROLE_LABELS[OWN_ROLE]
    words = (
        (
            f"Vai trò “{own[0]}” cần có tổ chức; hãy chọn tổ chức.",
            f"The role “{own[1]}” needs an organization; choose one.",
        )
        if organization_id is None
        else (
            f"Chỉ vai trò “{own[0]}” gắn với một tổ chức; hãy để trống.",
            f"Only the role “{own[1]}” belongs to an organization; leave it out.",
        )
    )
    raise Invalid(FieldError("required" if organization_id is None else "not_null", words, pointer="/organization_id"))


async def change(
    tx: Transaction, row: AccountRow, body: AccountChange, *, by: Caller, request_id: str | None = None
) -> AccountRow:
    """Apply a merge patch to the locked `row`; a disabled account's sessions end at once, and its access tokens.

    Rights that a second person confirms wait, as a whole. Who is given less, another area or another organization keeps its
    sessions and fetches new tokens. Raises AlreadyErased, Invalid, TokenRevoked, OwnAccount, OwnRights, ChangePending, Disabled.
    """
    refuse_erased(row)
    fields = body.model_fields_set
    values: dict[str, Any] = body.model_dump(include=fields - {"reason", "area"})
    if "area" in fields:
        check_area(by, body.area)
        values["alliance"] = body.area
    if by.id == row["id"]:
        second_person.refuse_locked_out(row)
    before: Values = {**row}
    after = before | values
    _check_organization(after["roles"], after["organization_id"])
    loses = (
        not after["is_active"]
        or after["alliance"] != row["alliance"]
        or (ADMINISTRATOR in row["roles"] and ADMINISTRATOR not in after["roles"])
    )
    if loses and by.id == row["id"]:
        raise problems.OwnAccount()
    if by.id == row["id"] and not {*after["roles"]} <= {*row["roles"]}:
        raise problems.OwnRights()
    if "full_name" in fields:
        values["name_folded"] = _searched(row["username"], body.full_name)
    rights = {name: after[name] for name in _RIGHTS if after[name] != before[name]}
    waits = _needs_two(row, after)
    values = second_person.parted(row, values, rights, waits=waits, by=by)
    changed = await records.update(tx, ACCOUNT, row, values, by=by, reason=body.reason)
    await _follow(tx, row, changed)
    if rights:
        await second_person.note_entry(tx, ACCOUNT, row, rights, waits=waits, by=by, request_id=request_id)
    return changed


async def _follow(tx: Transaction, row: AccountRow, changed: AccountRow) -> None:
    """End the sessions of who was disabled, and void the access tokens of who has less than before."""
    if row["is_active"] and not changed["is_active"]:
        await sessions.end_all(tx, row["id"], at=now(), reason="account_disabled")
    loses_rights = (
        row["is_active"] != changed["is_active"]
        or row["alliance"] != changed["alliance"]
        or row["organization_id"] != changed["organization_id"]
        or not set(row["roles"]) <= set(changed["roles"])
    )
    if loses_rights:
        await revocations.revoke(tx, row["id"], least_version=changed["version"])


async def take_effect(tx: Transaction, row: AccountRow, *, by: Caller, request_id: str | None = None) -> AccountRow:
    """Let what waited of the locked `row` hold. Raises what `second_person.check_effect` does."""
    await second_person.check_effect(tx, row, by=by)
    rights = second_person.change_of(row)
    if password_hash := rights.get("password_hash"):
        return await set_password(
            tx, row, password_hash, must_change=True, by=by, request_id=request_id, also=second_person.ENDED
        )
    if rights.get("second_factor_reset"):
        return await second_factor.reset(tx, row, by=by, request_id=request_id, also=second_person.ENDED)
    changed = await records.update(tx, ACCOUNT, row, {**rights, **second_person.ENDED}, by=by)
    await _follow(tx, row, changed)
    return changed


async def _take_effect(tx: Transaction, call: Call, row: AccountRow) -> AccountRow:
    return await take_effect(tx, row, by=call.caller, request_id=call.request_id)


CONFIRMATION = Confirmation(scopes=ADMIN, take_effect=_take_effect, ended=second_person.ENDED)


async def reset_password(
    tx: Transaction, row: AccountRow, password_hash: str, *, by: Caller, reason: str | None, request_id: str | None
) -> AccountRow:
    """Give the locked account a one-time password; one that approves or administers has it once that is confirmed.

    Raises AlreadyErased, ChangePending, Disabled.
    """
    refuse_erased(row)
    second_person.refuse_while_pending(row)
    if ROLES_BY_TWO.isdisjoint(row["roles"]):
        return await set_password(tx, row, password_hash, must_change=True, by=by, reason=reason, request_id=request_id)
    second_person.refuse_disabled(row)
    rights: Values = {"password_hash": password_hash}
    changed = await records.update(tx, ACCOUNT, row, second_person.waiting(rights, by), by=by, reason=reason)
    await second_person.note_entry(tx, ACCOUNT, row, rights, waits=True, by=by, request_id=request_id)
    return changed


async def reset_second_factor(
    tx: Transaction, row: AccountRow, *, by: Caller, reason: str | None, request_id: str | None
) -> AccountRow:
    """Take the locked account's second factor away; of one that approves or administers once that is confirmed.

    Raises AlreadyErased, NoSecondFactor, ChangePending, Disabled.
    """
    refuse_erased(row)
    second_person.refuse_while_pending(row)
    if row["second_factor_since"] is None:
        raise problems.NoSecondFactor()
    if ROLES_BY_TWO.isdisjoint(row["roles"]):
        return await second_factor.reset(tx, row, by=by, reason=reason, request_id=request_id)
    second_person.refuse_disabled(row)
    rights: Values = {"second_factor_reset": True}
    changed = await records.update(tx, ACCOUNT, row, second_person.waiting(rights, by), by=by, reason=reason)
    await second_person.note_entry(tx, ACCOUNT, row, rights, waits=True, by=by, request_id=request_id)
    return changed


async def set_password(
    tx: Transaction,
    row: AccountRow,
    password_hash: str,
    *,
    must_change: bool,
    by: Caller,
    reason: str | None = None,
    keep_session: str | None = None,
    request_id: str | None = None,
    also: Values | None = None,
) -> AccountRow:
    """Give the locked account another password, with what `also` changes; every session but `keep_session` ends."""
    action = "password.reset" if must_change else "password.changed"
    values = {
        "password_hash": password_hash,
        "password_changed_at": now(),
        "must_change_password": must_change,
        **(also or {}),
    }
    changed = await records.update(tx, ACCOUNT, row, values, by=by, reason=reason)
    await sessions.end_all(tx, row["id"], at=now(), reason=action.replace(".", "_"), but=keep_session)
    if must_change:
        # Somebody else may know the password, and hold a token got by it.
        await revocations.revoke(tx, row["id"], least_version=changed["version"])
    await audit.record(
        tx, action, actor=by.id, alliance=row["alliance"], resource=("account", row["id"]), request_id=request_id
    )
    return changed


def check_password(password: str, *, username: str, full_name: str = "", pointer: str) -> None:
    """Raise Invalid if this person may not choose `password`."""
    fault = rules.fault_of(password, username=username, full_name=full_name)
    if fault is not None:
        raise Invalid(FieldError(fault[0], (fault[1], fault[2]), pointer=pointer))
