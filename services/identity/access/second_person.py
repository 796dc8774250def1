"""Rights that one administrator enters and another confirms: what waits, who may decide on it, what the audit says of it.

What waits stands in `pending_change` of the account or client, which stays as it was until then.
"""

from __future__ import annotations

from typing import Any, TypedDict, TypeVar

import orjson
from sqlmodel import col, select

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import param, scalar, statement
from kernel.records import Resource, Values, confirmations
from kernel.records.confirmations import NOT_NEEDED, PENDING, Confirmation, ConfirmationCreate, WithdrawalCreate
from kernel.records.listing import code_filter
from kernel.values.common_lists import CONFIRMATION_STATES
from kernel.values.ids import is_id
from kernel.web.auth import NATION, Caller
from kernel.web.calls import Call
from services.identity import problems
from services.identity.audit import entries as audit
from services.identity.models import Account, Client
from services.identity.roles import ADMINISTRATOR

ENDED: Values = {"pending_change": None}
NOTHING_WAITS: Values = {**ENDED, **NOT_NEEDED}
"""Columns of a new account or client that has at once what it is given."""
PENDING_FILTER = code_filter(
    "confirmation_state",
    "confirmation_state",
    CONFIRMATION_STATES,
    "State of its last change of rights that needed a second person.",
)
# By the primary key, and by uq_client_client_id.
_AREA_OF_PERSON = scalar(
    str,
    select(Account.alliance).where(
        Account.id == param(1), col(Account.is_active), col(Account.roles).contains([ADMINISTRATOR])
    ),
)
_AREA_OF_SYSTEM = scalar(
    str,
    select(Client.alliance).where(
        Client.client_id == param(1), col(Client.is_active), col(Client.scopes).contains(["identity.admin"])
    ),
)


class Confirmable(TypedDict):
    """What accounts and clients alike hold of their rights."""

    id: str
    alliance: str
    is_active: bool
    confirmation_state: str | None
    confirmation: str | None
    pending_change: str | None


C = TypeVar("C", bound=Confirmable)


class _Entry(TypedDict):
    """Who entered the last change that needed a second person."""

    entered_by: str
    entered_by_name: str


class _Enterer(TypedDict):
    subject: str


# Who entered each secret that the systems ever had, or that waited for one: whoever did may act as the system, also with a
# token of before once that secret is removed. Of history, as no other place keeps what is gone. By uq_client_client_id and
# the primary key of history.
_ENTERED_SECRETS = statement(
    _Enterer,
    """
    SELECT DISTINCT ON (secret.id) history.recorded_by AS subject
      FROM client JOIN history ON history.resource_type = 'client' AND history.resource_id = client.id
     CROSS JOIN LATERAL (SELECT each ->> 'id' AS id FROM jsonb_array_elements(history.content -> 'secrets') AS each
                          UNION ALL SELECT history.content -> 'pending_secret' ->> 'id') secret
     WHERE client.client_id = ANY ($1::text[]) AND secret.id IS NOT NULL
     ORDER BY secret.id, history.version""",
)


def waiting(change: Values, by: Caller) -> Values:
    """Return the columns of an account or client of which `change` waits: columns, a password's hash, a secret."""
    return {"pending_change": change, **confirmations.awaiting(by)}


def parted(row: Confirmable, values: Values, rights: Values, *, waits: bool, by: Caller) -> Values:
    """Return the columns that a patch of `values` changes in `row` at once; where it `waits`, its `rights` do.

    Raises ChangePending, Disabled.
    """
    if rights:
        refuse_while_pending(row)
    if not waits:
        return values
    if not values.get("is_active", row["is_active"]):
        raise problems.Disabled()
    at_once = {name: value for name, value in values.items() if name not in rights}
    return {**at_once, **waiting(rights, by)}


def change_of(row: Confirmable) -> Values:
    """Return the change that waits or is just being confirmed; empty where there is none."""
    text = row["pending_change"]
    change: Values = {} if text is None else orjson.loads(text)
    return change


def _entry(row: Confirmable) -> _Entry:
    assert row["confirmation"] is not None, row["id"]
    entry: _Entry = orjson.loads(row["confirmation"])
    return entry


def pending_change(row: Confirmable) -> Values:
    """Return the change that waits; empty where there is none."""
    return change_of(row) if row["confirmation_state"] == PENDING else {}


def shown(row: Confirmable) -> dict[str, Any]:
    """Return what accounts and clients alike show of what waits, and of who decided on it."""
    confirmation = row["confirmation"]
    return {
        "confirmation_state": row["confirmation_state"],
        "confirmation": None if confirmation is None else orjson.loads(confirmation),
        "pending_area": pending_change(row).get("alliance"),
    }


def refuse_while_pending(row: Confirmable) -> None:
    """Raise ChangePending: another change beside the one that waits would be decided on unseen."""
    if row["confirmation_state"] == PENDING:
        raise problems.ChangePending(entered_by_name=_entry(row)["entered_by_name"])


def refuse_disabled(row: Confirmable) -> None:
    """Raise Disabled: what is locked is given nothing."""
    if not row["is_active"]:
        raise problems.Disabled()


def refuse_locked_out(row: Confirmable) -> None:
    """Raise TokenRevoked for a disabled caller's own `row`: in the half second before identity hears of it, who was
    disabled would enable themselves.
    """
    if not row["is_active"]:
        raise kernel_problems.TokenRevoked()


async def _administers(tx: Transaction, subject: str, *areas: str) -> bool:
    """Say whether a person or system is an administrator of all these areas by now, whatever its token says."""
    area = await tx.fetchval(_AREA_OF_PERSON if is_id(subject) else _AREA_OF_SYSTEM, subject)
    return area is not None and all(area in (NATION, each) for each in areas)


async def may_act_as(tx: Transaction, subject: str) -> set[str]:
    """Return who may have been at work as `subject`: itself, and for a system whoever entered a secret of it."""
    subjects, further = set[str](), {subject}
    while further:
        subjects |= further
        further = {row["subject"] for row in await tx.fetch(_ENTERED_SECRETS, sorted(further))} - subjects
    return subjects


async def check_effect(tx: Transaction, row: Confirmable, *, by: Caller) -> None:
    """Check that what waits of the locked `row` may take effect by the caller's decision.

    Raises Disabled, OwnRights, NationDecides, SamePerson, EnteredByFormer.
    """
    refuse_disabled(row)
    if by.id == row["id"]:
        raise problems.OwnRights()
    area = change_of(row).get("alliance", row["alliance"])
    if not by.holds(area):
        raise problems.NationDecides()
    entry = _entry(row)
    if by.id in await may_act_as(tx, entry["entered_by"]):
        raise kernel_problems.SamePerson(prepared_by=entry["entered_by"])
    if not await _administers(tx, entry["entered_by"], row["alliance"], area):
        raise problems.EnteredByFormer(entered_by_name=entry["entered_by_name"])


async def decide(
    tx: Transaction,
    call: Call,
    resource: Resource[C],
    confirmation: Confirmation[C],
    id_: str,
    body: ConfirmationCreate,
) -> C:
    """Confirm or reject what waits of an account or client. Raises what the kernel's and `take_effect` do, TokenRevoked."""
    row = await records.locked(tx, call, resource, id_)
    # Identity hears of its own revocations within half a second: too late for what is decided in that time.
    if not await _administers(tx, call.caller.id, call.caller.area):
        raise kernel_problems.TokenRevoked()
    after = await confirmations.decide(tx, call, resource, confirmation, row, body)
    await note_end(tx, resource, row, after, by=call.caller, request_id=call.request_id)
    return after


async def withdraw(
    tx: Transaction,
    call: Call,
    resource: Resource[C],
    confirmation: Confirmation[C],
    id_: str,
    body: WithdrawalCreate,
) -> C:
    """Take back what waits of an account or client, by who entered it. Raises NotPending, EnteredByAnother."""
    row = await records.locked(tx, call, resource, id_)
    after = await confirmations.withdraw(tx, call, resource, confirmation, row, body)
    await note_end(tx, resource, row, after, by=call.caller, request_id=call.request_id)
    return after


async def note_entry(
    tx: Transaction,
    resource: Resource[Any],
    row: Confirmable,
    change: Values,
    *,
    waits: bool,
    by: Caller,
    request_id: str | None,
) -> None:
    """Write into the audit that a record's rights were changed, or that a change was entered and waits."""
    await _note(
        tx, "access.pending" if waits else "access.changed", resource, row, change, by=by, request_id=request_id
    )


async def note_end(
    tx: Transaction,
    resource: Resource[Any],
    row: Confirmable,
    after: Confirmable,
    *,
    by: Caller,
    request_id: str | None = None,
) -> None:
    """Write into the audit how what waited of `row` ended, with who entered it and who ended it."""
    entry = _entry(after)
    await _note(
        tx,
        f"access.{after['confirmation_state']}",
        resource,
        row,
        change_of(row),
        by=by,
        request_id=request_id,
        entered_by=entry["entered_by"],
    )


async def _note(
    tx: Transaction,
    action: str,
    resource: Resource[Any],
    row: Confirmable,
    change: Values,
    *,
    by: Caller,
    request_id: str | None,
    **more: Any,
) -> None:
    await audit.record(
        tx,
        action,
        actor=by.id,
        alliance=row["alliance"],
        resource=(resource.name, row["id"]),
        request_id=request_id,
        **_audited(change),
        **more,
    )


def _audited(change: Values) -> Values:
    """Return what the audit tells of a change: never a hash."""
    audited: Values = {name: change[name] for name in ("roles", "scopes", "organization_id") if name in change}
    if "alliance" in change:
        audited["area"] = change["alliance"]
    if "password_hash" in change:
        audited["password_reset"] = True
    if "second_factor_reset" in change:
        audited["second_factor_reset"] = True
    if "secret" in change:
        audited["secret_id"] = change["secret"]["id"]
    return audited
