"""The rules of the nation, entered when the service starts: data with validity and legal basis, as any other rule."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

from fastapi import FastAPI

from kernel import records
from kernel.database.connections import Database
from kernel.database.statements import always, command
from kernel.web.auth import NATION, Caller
from services.funds.capital.rules.records import LENDING_RULE

_DECREE = "Decree 45/2021/NĐ-CP"
_SINCE = date(2021, 5, 15)
_EMPTY: dict[str, Any] = {
    "fund_id": None,
    "value_percent": None,
    "value_days": None,
    "value_months": None,
    "value_installments": None,
    "amount_up_to_vnd": None,
    "authority": None,
    "borrower_kind": None,
    "documents": None,
    "valid_from": _SINCE,
    "valid_until": None,
    "note": None,
    "alliance": NATION,
}
NATIONAL: tuple[dict[str, Any], ...] = (
    {
        "id": "01790000-0000-7000-8000-000000000001",
        "rule": "single_borrower_limit",
        "value_percent": "15",
        "legal_basis": f"{_DECREE}, Art. 23(2a)",
    },
    {
        "id": "01790000-0000-7000-8000-000000000002",
        "rule": "related_borrowers_limit",
        "value_percent": "25",
        "legal_basis": f"{_DECREE}, Art. 23(2b)",
    },
    {
        "id": "01790000-0000-7000-8000-000000000003",
        "rule": "own_capital_minimum",
        "value_percent": "20",
        "legal_basis": f"{_DECREE}, Art. 22(5)",
    },
    {
        "id": "01790000-0000-7000-8000-000000000004",
        "rule": "overdue_rate_maximum",
        "value_percent": "150",
        "legal_basis": f"{_DECREE}, Art. 25(1b)",
    },
    {
        "id": "01790000-0000-7000-8000-000000000005",
        "rule": "bad_debt_check_validity",
        "value_days": 30,
        "legal_basis": f"{_DECREE}, Art. 22(6)",
        "note": "The decree wants no bad debt at the first disbursement and names no number of days; a fund's internal "
        "rules may say less.",
    },
)
_OF_ORGANIZATION = (
    "loan_request",
    "registration_certificate",
    "charter",
    "borrowing_resolution",
    "financial_statements",
    "project",
)
_OF_PERSON = ("loan_request", "membership_proof", "project")
_CHECKLISTS = {
    "cooperative": _OF_ORGANIZATION,
    "cooperative_union": _OF_ORGANIZATION,
    "member_person": _OF_PERSON,
    "member_household": _OF_PERSON,
    "member_organization": (
        "loan_request",
        "registration_certificate",
        "membership_proof",
        "borrowing_resolution",
        "project",
    ),
}
NATIONAL += tuple(
    {
        "id": f"01790000-0000-7000-8000-{number:012d}",
        "rule": "document_checklist",
        "borrower_kind": kind,
        "documents": list(documents),
        "legal_basis": f"{_DECREE}, Art. 22, 31(2)",
        "note": "The decree leaves the documents to the fund's internal rules; these show its conditions for lending. A "
        "fund's own list takes the place of this one.",
    }
    for number, (kind, documents) in enumerate(_CHECKLISTS.items(), 6)
)
_SYSTEM = Caller("system", "system", frozenset(), NATION, None, "", "system", 0.0)


# Of several processes that start at once one enters the rules, the others wait and find them.
_LOCK = command("SELECT pg_advisory_xact_lock(hashtext('national lending rules'))")
_PRESENT = always(list[str], "SELECT coalesce(array_agg(id), '{}') FROM lending_rule WHERE alliance = 'VN'")


async def ensure_national_rules(db: Database) -> None:
    """Enter those rules of the nation that are not there; one that was changed since stays as it is."""
    async with db.transaction() as tx:
        await tx.execute(_LOCK)
        present = await tx.fetchval(_PRESENT)
        for rule in NATIONAL:
            if rule["id"] not in present:
                await records.create(tx, LENDING_RULE, {**_EMPTY, **rule}, by=_SYSTEM, reason="national rule")


async def national_rules(app: FastAPI) -> AsyncIterator[None]:
    """Do it before the service serves."""
    await ensure_national_rules(app.state.db)
    yield
