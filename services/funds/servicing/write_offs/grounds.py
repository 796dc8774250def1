"""Why a loan may be written off: it is in the worst debt group, or its borrower is no more."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from kernel.database.connections import Transaction
from kernel.database.statements import statement
from services.funds import problems
from services.funds.debt_groups import GROUPS, classify_to_write_off
from services.funds.rows import LoanRow


class _Ending(TypedDict):
    """Whether a borrower is no more, as its record here says and as the registry does."""

    ended_as: str | None
    ended_on: date | None
    legal_status: str | None


# By the primary keys of both. What the registry removed it says nothing of.
_ENDING = statement(
    _Ending,
    """
    SELECT b.ended_as, b.ended_on, o.legal_status
      FROM borrower b LEFT JOIN followed_organization o ON o.id = b.organization_id AND o.removed_as IS NULL
     WHERE b.id = $1::uuid""",
)
_ENDED = "ended"
"""The registry's one status of what was dissolved, went bankrupt or otherwise ended (Decree 92/2024/NĐ-CP, Art. 27)."""


async def refuse_ungrounded(tx: Transaction, loan: LoanRow, ground: str | None, on: date) -> None:
    """Raise WriteOffNotGrounded unless the ground holds on the day that the locked loan is written off on.

    `ground`: None of what was entered before one was asked for.
    """
    classified = await classify_to_write_off(tx, loan["id"], on)
    holds = (
        classified.debt_group == GROUPS[-1]
        if ground == "debt_group_5"
        else ground is not None and await _has_ended(tx, loan["borrower_id"], ground, on)
    )
    if not holds:
        raise problems.WriteOffNotGrounded(
            ground=ground,
            on=on.isoformat(),
            debt_group=classified.debt_group,
            days_overdue=classified.days_overdue,
        )


async def _has_ended(tx: Transaction, borrower_id: str, ground: str, on: date) -> bool:
    """Whether the borrower had ended so by the day; of an organization that the registry knows it alone says so, as it stands
    now.
    """
    ending = await tx.fetchrow(_ENDING, borrower_id)
    assert ending is not None, "kept by a foreign key"
    if ending["legal_status"] is not None:
        return ending["legal_status"] == _ENDED and ground != "dead"
    return ending["ended_as"] == ground and ending["ended_on"] is not None and ending["ended_on"] <= on
