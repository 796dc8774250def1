"""Confirming, rejecting and withdrawing what a second person has to confirm."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records import confirmations, reading
from kernel.records.confirmations import Confirmation, ConfirmationCreate, WithdrawalCreate
from kernel.records.crud.declaring import Declare
from kernel.records.crud.record_type import RecordType
from kernel.records.reading import existing
from kernel.records.responses import answer
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once


async def _locked(tx: Transaction, call: Call, record_type: RecordType[Any], id_: str) -> Any:
    """Return the record in the path locked, behind the locks that come before it."""
    confirmation = record_type.confirmation
    if confirmation is not None and confirmation.hold is not None:
        await confirmation.hold(tx, call, call.record)
    return await reading.locked(tx, call, record_type.resource, id_)


def declare_confirmation(declare: Declare, record_type: RecordType[Any], confirmation: Confirmation[Any]) -> None:
    """Declare the two ways in which a pending record ends: a second person decides, or who entered it takes it back."""
    resource, guard = record_type.resource, existing(record_type.resource, record_type.parameter)
    decided_on = confirmation.of or record_type.a_title

    @declare(
        "POST",
        f"{declare.one}/confirmation",
        f"confirm_{record_type.noun}",
        f"Confirm or reject {decided_on}",
        "confirm",
        "Decide on what another person entered: `confirm` lets it take effect, after every check was made again; `reject` "
        "ends it.",
        types={"id_": declare.record_id, "body": ConfirmationCreate},
        scopes=confirmation.scopes,
        written_by=confirmation.take_effect,
        status_code=201,
        guard=guard,
        response_model=record_type.output,
        problems=(
            kernel_problems.SamePerson,
            kernel_problems.PersonNeeded,
            kernel_problems.NotPending,
            *confirmation.refusals,
        ),
    )
    async def _confirm(call: CurrentCall, id_: Any, body: Any) -> Response:
        async def effect(tx: Transaction) -> Response:
            row = await _locked(tx, call, record_type, id_)
            row = await confirmations.decide(tx, call, resource, confirmation, row, body)
            return await answer(tx, call, resource, row, status=201)

        return await once(call, effect)

    @declare(
        "POST",
        f"{declare.one}/withdrawal",
        f"withdraw_{record_type.noun}",
        f"Withdraw {decided_on}",
        "withdraw",
        "Take back what waits for confirmation; who entered it alone may.",
        types={"id_": declare.record_id, "body": WithdrawalCreate},
        scopes=record_type.create_scopes or record_type.write_scopes,
        status_code=201,
        guard=guard,
        response_model=record_type.output,
        problems=(kernel_problems.NotPending, kernel_problems.EnteredByAnother),
    )
    async def _withdraw(call: CurrentCall, id_: Any, body: Any) -> Response:
        async def effect(tx: Transaction) -> Response:
            row = await _locked(tx, call, record_type, id_)
            row = await confirmations.withdraw(tx, call, resource, confirmation, row, body)
            return await answer(tx, call, resource, row, status=201)

        return await once(call, effect)
