"""Deciding on what waits of an account or client, and withdrawing it: the same two operations of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records import Resource, answer, existing
from kernel.records.confirmations import Confirmation, ConfirmationCreate, WithdrawalCreate
from kernel.records.crud.record_type import with_article
from kernel.web.calls import CurrentCall
from kernel.web.field_types import path_id
from kernel.web.idempotency import once
from kernel.web.operations import ApiRouter
from kernel.web.schemas import Output
from kernel.web.source_places import declared_here
from services.identity import problems
from services.identity.access import second_person


def declare_decisions(
    router: ApiRouter,
    resource: Resource[Any],
    confirmation: Confirmation[Any],
    *,
    one: str,
    parameter: str,
    output: type[Output],
    take_effect: Callable[..., Any],
) -> None:
    """Declare both operations below `one`, the path of one record, whose id is its `parameter`."""
    name = resource.name
    options: dict[str, Any] = {
        "scopes": confirmation.scopes,
        "guard": existing(resource, parameter),
        "status_code": 201,
        "response_model": output,
        "declared": declared_here(1),
    }

    async def confirm(call: CurrentCall, id_: Any, body: ConfirmationCreate) -> Response:
        async def effect(tx: Transaction) -> Response:
            after = await second_person.decide(tx, call, resource, confirmation, id_, body)
            return await answer(tx, call, resource, after, status=201)

        return await once(call, effect)

    async def withdraw(call: CurrentCall, id_: Any, body: WithdrawalCreate) -> Response:
        async def effect(tx: Transaction) -> Response:
            after = await second_person.withdraw(tx, call, resource, confirmation, id_, body)
            return await answer(tx, call, resource, after, status=201)

        return await once(call, effect)

    confirm.__doc__ = (
        "Decide on the rights that another administrator entered: `confirm` lets them hold, after every check was made again; "
        "`reject` leaves it as it is."
    )
    withdraw.__doc__ = "Take back what waits for confirmation; who entered it alone may."
    confirm.__name__, withdraw.__name__ = f"confirm_{name}", f"withdraw_{name}"
    confirm.__annotations__["id_"] = withdraw.__annotations__["id_"] = path_id(parameter)
    router.operation(
        "POST",
        f"{one}/confirmation",
        summary=f"Confirm or reject a change of {with_article(name)}",
        problems=(
            kernel_problems.SamePerson,
            kernel_problems.PersonNeeded,
            kernel_problems.NotPending,
            kernel_problems.Stale,
            problems.Disabled,
            problems.OwnRights,
            problems.NationDecides,
            problems.EnteredByFormer,
            *confirmation.refusals,
        ),
        written_by=take_effect,
        **options,
    )(confirm)
    router.operation(
        "POST",
        f"{one}/withdrawal",
        summary=f"Withdraw a change of {with_article(name)}",
        problems=(kernel_problems.NotPending, kernel_problems.EnteredByAnother, kernel_problems.Stale),
        written_by=second_person.withdraw,
        **options,
    )(withdraw)
