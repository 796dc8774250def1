"""Ends that other records tell of: a dissolution case ended because its organization did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypedDict

from kernel.database.connections import Transaction
from kernel.database.statements import statement
from services.registry import problems
from services.registry.code_lists import TERMINAL_STATUSES
from services.registry.organizations.timeline import Period


class _Ended(TypedDict):
    id: str
    outcome_on: date


# By ix_dissolution_case_organization_id and the primary key of organization_state.
_WITHOUT_END = statement(
    _Ended,
    """
    SELECT f.id, f.outcome_on FROM dissolution_case f
     WHERE f.organization_id = $1::uuid AND f.outcome = 'ended'
       AND NOT EXISTS (
           SELECT FROM organization_state s
            WHERE s.organization_id = f.organization_id AND s.valid_from <= f.outcome_on AND s.valid_to > f.outcome_on
              AND s.legal_status IN ('ended', 'terminated'))
     ORDER BY f.id LIMIT 1""",
)


class EndedCase(TypedDict):
    """A dissolution case that has ended, of an organization."""

    id: str
    organization_id: str
    outcome_on: date


# By ix_dissolution_case_organization_id.
ENDED_CASES_OF = statement(
    EndedCase,
    """
    SELECT id, organization_id, outcome_on FROM dissolution_case
     WHERE organization_id = ANY($1::uuid[]) AND outcome = 'ended' ORDER BY id""",
)


def refuse_without_end(cases: Sequence[EndedCase], periods: Sequence[Period]) -> None:
    """Refuse that one of an organization's `cases` has ended which by these periods had not. Raises DissolutionCaseEnded."""
    for case in cases:
        on = case["outcome_on"]
        if not any(
            period.valid_from <= on < period.valid_to and period.state.legal_status in TERMINAL_STATUSES
            for period in periods
        ):
            raise problems.DissolutionCaseEnded(dissolution_case_id=case["id"], outcome_on=on.isoformat())


async def refuse_ended_case(tx: Transaction, organization_id: str) -> None:
    """Refuse that a case of the organization has ended which itself, by its timeline now, had not. Raises DissolutionCaseEnded."""
    case = await tx.fetchrow(_WITHOUT_END, organization_id)
    if case is not None:
        raise problems.DissolutionCaseEnded(dissolution_case_id=case["id"], outcome_on=case["outcome_on"].isoformat())
