"""Confirmation by a second person: what a record that needs it is until then, and what ends it.

Such a record is entered as `pending`: it is there to be seen, has no effect and counts nowhere. Every guard runs when it
is entered, on a trial that is undone, and again when it is confirmed, as much may have changed in between.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final, Generic, TypedDict

import orjson
from pydantic import Field, model_validator

from kernel import problems
from kernel.database.connections import Transaction
from kernel.problems import Problem
from kernel.problems.field_labels import Label
from kernel.records import writing
from kernel.records.resources import R, Resource, Values
from kernel.values.common_lists import CONFIRMATION_DECISIONS, CONFIRMATION_STATES
from kernel.values.days import now
from kernel.values.field_errors import field_error
from kernel.values.history_actions import HistoryAction
from kernel.web.auth import Caller
from kernel.web.calls import Call
from kernel.web.schemas import Input, Output, code, listed, text

PENDING: Final = "pending"
CONFIRMED: Final = "confirmed"
REJECTED: Final = "rejected"
WITHDRAWN: Final = "withdrawn"


class ConfirmationCreate(Input):
    """What the second person decides on what another one entered; a rejection says why.

    `reject` needs `reason`.
    """

    decision: Annotated[str, code(CONFIRMATION_DECISIONS), Label("Quyết định xác nhận")] = Field(
        description="confirm: it takes effect; reject: it ends without"
    )
    reason: Annotated[str, text(500)] | None = Field(default=None, description="Needed for a rejection")

    @model_validator(mode="after")
    def _says_why(self) -> ConfirmationCreate:
        if self.decision == "reject" and self.reason is None:
            raise field_error("required", "Hãy ghi lý do từ chối.", "Say why it is rejected.", at="reason")
        return self


class WithdrawalCreate(Input):
    """Why who entered something takes it back before it was confirmed."""

    reason: Annotated[str, text(500)]


class ConfirmationDetail(Output):
    """Who entered what needs a second person, and who decided on it."""

    entered_by: str = Field(description="Subject of the token of who entered it")
    entered_by_name: str
    entered_at: datetime
    decided_by: str | None = Field(description="Who confirmed or rejected it, or withdrew it; null while it is pending")
    decided_by_name: str | None
    decided_at: datetime | None
    reason: str | None = Field(description="Why it was rejected or withdrawn")


class Confirmable(Output):
    """Fields of a record that counts only once a second person has confirmed it."""

    confirmation_state: Annotated[str | None, Label("Trạng thái xác nhận")] = Field(
        json_schema_extra=listed(CONFIRMATION_STATES),
        description="null: no second person is needed. Of the others only what is `confirmed` counts",
    )
    confirmation: ConfirmationDetail | None


class ConfirmationDocument(TypedDict):
    """A ConfirmationDetail as it is kept; instants as text of RFC 3339."""

    entered_by: str
    entered_by_name: str
    entered_at: str
    decided_by: str | None
    decided_by_name: str | None
    decided_at: str | None
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Confirmation(Generic[R]):
    """How records of one type come into force by a second person."""

    scopes: tuple[str, ...]
    """Who confirms and rejects."""
    take_effect: Callable[[Transaction, Call, R], Awaitable[R]]
    """Judges the locked record anew and does what it does; returns its row then. Raises what refuses it."""
    of: str | None = None
    """What is decided on where it is not the record as such, in words: an early recall."""
    needed: Callable[[Any], bool] = lambda body: True
    """Whether what is entered by a body needs it."""
    hold: Callable[[Transaction, Call, R], Awaitable[object]] | None = None
    """Takes the locks that come before the record's own, so that two confirmations never wait for each other."""
    ended: Mapping[str, Any] = field(default_factory=dict)
    """Columns of a record that ends unconfirmed, so that it takes nobody's place."""
    refusals: tuple[type[Problem], ...] = ()
    """What a confirmation may be refused for."""


def _instant() -> str:
    return now().isoformat().replace("+00:00", "Z")


def awaiting(by: Caller) -> Values:
    """Return the columns of a record that the caller enters and another person has to confirm."""
    document: ConfirmationDocument = {
        "entered_by": by.id,
        "entered_by_name": by.name,
        "entered_at": _instant(),
        "decided_by": None,
        "decided_by_name": None,
        "decided_at": None,
        "reason": None,
    }
    return {"confirmation_state": PENDING, "confirmation": document}


NOT_NEEDED: Values = {"confirmation_state": None, "confirmation": None}
"""Columns of a record that counts at once."""


def decided(row: Mapping[str, Any], state: str, by: Caller, reason: str | None) -> Values:
    """Return the columns of a pending record that ends in `state` by the caller."""
    document: ConfirmationDocument = orjson.loads(row["confirmation"])
    document |= {"decided_by": by.id, "decided_by_name": by.name, "decided_at": _instant(), "reason": reason}
    return {"confirmation_state": state, "confirmation": document}


def require_in_force(row: Mapping[str, Any]) -> None:
    """Raise NotConfirmed for a record that is not to be acted on: it waits for a second person, or ended without one."""
    if row["confirmation_state"] not in (None, CONFIRMED):
        raise problems.NotConfirmed(confirmation_state=row["confirmation_state"])


def refuse_decided(row: Mapping[str, Any]) -> None:
    """Raise NotPending for what does not wait for a second person."""
    if row["confirmation_state"] != PENDING:
        raise problems.NotPending(confirmation_state=row["confirmation_state"])


def refuse_system(by: Caller) -> None:
    """Raise PersonNeeded for a client system: it decides on nothing."""
    if by.is_system:
        raise problems.PersonNeeded()


def refuse_own(row: Mapping[str, Any], by: Caller) -> None:
    """Raise SamePerson for who entered it, PersonNeeded for a client system."""
    refuse_system(by)
    entered_by = orjson.loads(row["confirmation"])["entered_by"]
    if entered_by == by.id:
        raise problems.SamePerson(prepared_by=entered_by)


async def enter(
    tx: Transaction,
    call: Call,
    resource: Resource[R],
    confirmation: Confirmation[R],
    values: Values,
    *,
    reason: str | None = None,
    digest: bytes | None = None,
) -> R:
    """Enter a record that a second person has to confirm. Raises what would refuse its effect."""
    values = {**values, **awaiting(call.caller)}
    row = await writing.create(tx, resource, values, by=call.caller, reason=reason, digest=digest)
    await try_out(tx, call, resource, confirmation, row)
    return row


class _TriedOut(Exception):
    """Takes back what the trial of a confirmation did."""


async def try_out(tx: Transaction, call: Call, resource: Resource[R], confirmation: Confirmation[R], row: R) -> None:
    """Let the pending record take effect and undo that: what would refuse it refuses it already when it is entered."""
    try:
        async with tx.raw.transaction():
            await _confirm(tx, call, resource, confirmation, row, None)
            raise _TriedOut
    except _TriedOut:
        pass


async def _confirm(
    tx: Transaction,
    call: Call,
    resource: Resource[R],
    confirmation: Confirmation[R],
    row: R,
    reason: str | None,
) -> R:
    values = decided(row, CONFIRMED, call.caller, reason)
    confirmed = await writing.update(tx, resource, row, values, by=call.caller, reason=reason, action="confirmed")
    return await confirmation.take_effect(tx, call, confirmed)


async def decide(
    tx: Transaction,
    call: Call,
    resource: Resource[R],
    confirmation: Confirmation[R],
    row: R,
    body: ConfirmationCreate,
) -> R:
    """Confirm or reject the locked record. Raises SamePerson, PersonNeeded, NotPending and what refuses its effect."""
    refuse_decided(row)
    refuse_own(row, call.caller)
    if body.decision == "confirm":
        return await _confirm(tx, call, resource, confirmation, row, body.reason)
    return await _end(tx, call, resource, confirmation, row, REJECTED, body.reason)


async def withdraw(
    tx: Transaction,
    call: Call,
    resource: Resource[R],
    confirmation: Confirmation[R],
    row: R,
    body: WithdrawalCreate,
) -> R:
    """Take the locked record back, by who entered it. Raises NotPending, EnteredByAnother."""
    refuse_decided(row)
    document = orjson.loads(row["confirmation"])
    if document["entered_by"] != call.caller.id:
        raise problems.EnteredByAnother(entered_by_name=document["entered_by_name"])
    return await _end(tx, call, resource, confirmation, row, WITHDRAWN, body.reason)


async def _end(
    tx: Transaction,
    call: Call,
    resource: Resource[R],
    confirmation: Confirmation[R],
    row: R,
    state: HistoryAction,
    reason: str | None,
) -> R:
    values = {**decided(row, state, call.caller, reason), **confirmation.ended}
    return await writing.update(tx, resource, row, values, by=call.caller, reason=reason, action=state)
