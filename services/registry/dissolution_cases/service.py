"""What other records forbid of a dissolution case: a second open one, and an end that the organization has not come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from kernel.database.connections import Transaction
from kernel.database.statements import scalar
from services.registry import code_lists as codes
from services.registry import problems
from services.registry.dissolution_cases.judging import Case, check_case
from services.registry.dissolution_cases.schemas import BlockerInput, StepInput
from services.registry.facts.columns import Values
from services.registry.organizations.queries import state_on

_BLOCKERS = TypeAdapter(list[BlockerInput])
_STEPS = TypeAdapter(list[StepInput])

# By uq_dissolution_case_open.
_OPEN = scalar(
    str,
    "SELECT id FROM dissolution_case WHERE organization_id = $1::uuid AND outcome IS NULL AND id IS DISTINCT FROM $2::uuid",
)


def _case(row: Mapping[str, Any]) -> Case:
    """Return the case in a row whose lists stand as they were read, or as a body gave them."""

    def read(adapter: TypeAdapter[Any], given: Any) -> Any:
        return adapter.validate_json(given) if isinstance(given, str) else adapter.validate_python(given)

    return Case(
        opened_on=row["opened_on"],
        outcome=row["outcome"],
        outcome_on=row["outcome_on"],
        blockers=read(_BLOCKERS, row["blockers"]),
        steps=read(_STEPS, row["steps"]),
    )


def check_row(row: Mapping[str, Any]) -> None:
    """Raise the fault of a case that would not agree within itself."""
    check_case(_case(row))


async def refuse(tx: Transaction, organization_id: str, values: Mapping[str, Any], own_id: str | None) -> None:
    """Refuse a second open case, and an end with blockers or of an organization that stands.

    Raises DissolutionCaseOpen, BlockersUnresolved, OrganizationNotEnded.
    """
    case = _case(values)
    if case.outcome is None:
        if (open_id := await tx.fetchval(_OPEN, organization_id, own_id)) is not None:
            raise problems.DissolutionCaseOpen(dissolution_case_id=open_id)
    elif case.outcome == "ended" and case.outcome_on is not None:
        if unresolved := case.unresolved:
            raise problems.BlockersUnresolved(blockers=sorted(set(unresolved)))
        state = await state_on(tx, organization_id, case.outcome_on)
        if state is None or state.legal_status not in codes.TERMINAL_STATUSES:
            raise problems.OrganizationNotEnded(
                legal_status=None if state is None else state.legal_status,
                outcome_on=case.outcome_on.isoformat(),
                post_to=f"/v1/registry/organizations/{organization_id}/status-changes",
            )


async def case_open(tx: Transaction, values: Values) -> Exception:
    """Return what a second open case is refused with."""
    return problems.DissolutionCaseOpen(
        dissolution_case_id=await tx.fetchval(_OPEN, values["organization_id"], values.get("id"))
    )
