"""A second factor beside the password: who has to have one, enrolling an app, removing it, giving it up for a lost phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from kernel import records
from kernel.database.connections import Transaction
from kernel.values.days import now
from kernel.web.auth import Caller
from services.identity import problems
from services.identity.accounts.records import ACCOUNT
from services.identity.audit import entries as audit
from services.identity.roles import ROLES_BY_TWO
from services.identity.rows import AccountRow
from services.identity.runtime import Identity
from services.identity.second_factor import codes, store
from services.identity.security.sealing import CannotOpen, bytes_of, text_of
from services.identity.sessions import revocations
from services.identity.sessions import service as sessions

_ENROLMENT = "second factor enrolment"
_ENROLMENT_MINUTES = 10


def is_required(identity: Identity, account: Mapping[str, Any]) -> bool:
    """Say whether the account's roles get no token without a second factor here."""
    return identity.settings.second_factor == "required" and not ROLES_BY_TWO.isdisjoint(account["roles"])


def is_asked(identity: Identity, account: AccountRow) -> bool:
    """Say whether a code is asked of the person beside the password."""
    return account["second_factor_since"] is not None and identity.settings.second_factor != "off"


def suffices(identity: Identity, account: AccountRow, *, with_second_factor: bool) -> bool:
    """Say whether a sign-in is good for tokens: with a second factor, or where none is asked nor required."""
    return with_second_factor or not (is_asked(identity, account) or is_required(identity, account))


def refuse_off(identity: Identity) -> None:
    """Raise SecondFactorOff where this deployment offers none."""
    if identity.settings.second_factor == "off":
        raise problems.SecondFactorOff()


@dataclass(frozen=True)
class Enrolment:
    """A secret that an app is to take over; it counts for nothing until a code shows that it did."""

    secret: str
    address: str
    picture: str
    ticket: str
    expires_at: datetime


def begin(identity: Identity, account: AccountRow) -> Enrolment:
    """Return a new secret for the account. It is kept nowhere but in the ticket, which only we can open."""
    secret = codes.new_secret()
    expires_at = now() + timedelta(minutes=_ENROLMENT_MINUTES)
    content = orjson.dumps([account["id"], account["version"], expires_at.timestamp(), secret])
    return _enrolment(
        identity, account, secret, text_of(identity.sealer.seal(_ENROLMENT, content)), expires_at=expires_at
    )


def _enrolment(identity: Identity, account: AccountRow, secret: str, ticket: str, *, expires_at: datetime) -> Enrolment:
    address = codes.address(secret, username=account["username"], public_url=identity.settings.public_url)
    return Enrolment(secret, address, codes.picture(address), ticket, expires_at)


def begun(identity: Identity, account: AccountRow, ticket: str) -> Enrolment:
    """Return the enrolment of a ticket. Raises EnrolmentExpired: it is old, another's, or the account has changed since."""
    try:
        id_, version, until, secret = orjson.loads(identity.sealer.open(_ENROLMENT, bytes_of(ticket)))
    except (CannotOpen, ValueError):
        raise problems.EnrolmentExpired() from None
    if (id_, version) != (account["id"], account["version"]) or until < now().timestamp():
        raise problems.EnrolmentExpired()
    return _enrolment(identity, account, secret, ticket, expires_at=datetime.fromtimestamp(until, tz=now().tzinfo))


async def enrol(
    tx: Transaction,
    identity: Identity,
    account: AccountRow,
    enrolment: Enrolment,
    code: str,
    *,
    by: Caller,
    session_id: str | None = None,
    request_id: str | None = None,
) -> tuple[AccountRow, list[str]]:
    """Have the app that shows `code` be the locked account's second factor; return the row and its recovery codes.

    Every other session ends; `session_id` goes on as one with a second factor. Raises WrongCode.
    """
    at = now()
    step = max(codes.steps_of(enrolment.secret, codes.typed(code), at=at), default=None)
    if step is None:
        raise problems.WrongCode()
    await store.keep(tx, identity.sealer, account["id"], enrolment.secret, step=step)
    made = codes.recovery_codes()
    await store.keep_recovery_codes(tx, account["id"], made, at=at)
    changed = await records.update(tx, ACCOUNT, account, {"second_factor_since": at}, by=by)
    await sessions.end_all(tx, account["id"], at=at, reason="second_factor_enrolled", but=session_id)
    if session_id is not None:
        await sessions.strengthen(tx, session_id)
    await _note(tx, "second_factor.enrolled", account, by=by, request_id=request_id)
    return changed, made


async def renew_recovery_codes(
    tx: Transaction, account: AccountRow, *, by: Caller, request_id: str | None
) -> list[str]:
    """Have new recovery codes take the place of the account's."""
    made = codes.recovery_codes()
    await store.keep_recovery_codes(tx, account["id"], made, at=now())
    await _note(tx, "recovery_codes.renewed", account, by=by, request_id=request_id)
    return made


async def remove(tx: Transaction, account: AccountRow, *, by: Caller, request_id: str | None) -> AccountRow:
    """Take the locked account's second factor away, by its owner."""
    await store.forget(tx, account["id"])
    changed = await records.update(tx, ACCOUNT, account, {"second_factor_since": None}, by=by)
    await _note(tx, "second_factor.removed", account, by=by, request_id=request_id)
    return changed


async def reset(
    tx: Transaction,
    account: AccountRow,
    *,
    by: Caller,
    reason: str | None = None,
    request_id: str | None = None,
    also: records.Values | None = None,
) -> AccountRow:
    """Take the locked account's second factor away, by an administrator; its sessions and access tokens end."""
    await store.forget(tx, account["id"])
    values = {"second_factor_since": None, **(also or {})}
    changed = await records.update(tx, ACCOUNT, account, values, by=by, reason=reason)
    await sessions.end_all(tx, account["id"], at=now(), reason="second_factor_reset")
    # Whoever found the phone may hold a token got by it.
    await revocations.revoke(tx, account["id"], least_version=changed["version"])
    await _note(tx, "second_factor.reset", account, by=by, request_id=request_id)
    return changed


async def _note(tx: Transaction, action: str, account: AccountRow, *, by: Caller, request_id: str | None) -> None:
    await audit.record(
        tx,
        action,
        actor=by.id,
        alliance=account["alliance"],
        resource=("account", account["id"]),
        request_id=request_id,
    )
