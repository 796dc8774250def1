"""The loans that the set is made of: entered through the service's own operations, then multiplied by SQL.

A hundred loans of one fund, from the application to some nine repayments on time, late or short, are written as
officers write them. A copy takes all rows of them, moved to ids and a contract number of its own, and for the national
set to another fund: its sums, installments, ledger, history and events are those the service made. Only the content of
a copy's history is left empty.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import asyncpg
import httpx
from fastapi import FastAPI

from kernel.records import table_of
from kernel.values import geography
from kernel.values.days import today
from kernel.values.ids import new_id
from services.funds import models

MILLION = 1_000_000
PROTOTYPES = 100
LAST_ENTRY_DAYS_AGO = 60
"""No entry of the set is younger: what is measured may pay on any later day."""
_PROVINCE = "25-2025"
REPAYMENTS = (8, 9, 9, 10)
_PLANS = ((12, 1), (18, 1), (24, 1), (8, 3), (12, 3))
"""Installments, and months between them."""


class Office:
    """Enters records into the service in process; what moves money carries a key."""

    def __init__(self, app: FastAPI, officer: Mapping[str, str], approver: Mapping[str, str]) -> None:
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bench/v1/funds")
        self._officer, self._approver = officer, approver

    async def enter(self, path: str, body: Mapping[str, Any], *, approves: bool = False) -> dict[str, Any]:
        """Post a record and return the answer. Raises AssertionError unless it is 2xx."""
        headers = {**(self._approver if approves else self._officer), "Idempotency-Key": new_id()}
        answer = await self._client.post(path, json=body, headers=headers)
        assert answer.is_success, f"{path}: {answer.text}"
        made: dict[str, Any] = answer.json()
        return made


async def enter_funds(office: Office) -> list[dict[str, Any]]:
    """Enter a fund for each province of today with a trillion of capital; the first one is where the loans are."""
    ids = sorted((p.id for p in geography.provinces() if p.map == "2025"), key=lambda id_: (id_ != _PROVINCE, id_))
    funds = []
    for province in ids:
        fund = {
            "name": f"Quỹ hỗ trợ phát triển hợp tác xã {province}",
            "operating_model": "own_apparatus",
            "province": province,
            "licence_number": "12/GP",
            "licensed_on": "2019-01-10",
            "valid_from": "2019-02-01",
            "charter_capital_vnd": 5_000_000 * MILLION,
        }
        funds.append(await office.enter("/funds", fund))
        capital = {
            "fund_id": funds[-1]["id"],
            "kind": "state",
            "amount_vnd": 5_000_000 * MILLION,
            "moved_on": "2019-03-01",
        }
        await office.enter("/capital-movements", capital)
    return funds


async def enter_loans(office: Office, fund: Mapping[str, Any]) -> None:
    """Enter the loans that are multiplied, always the same ones relative to today."""
    chance = random.Random(11)
    communes = [c.code for c in geography.communes() if c.map == "2025" and c.province_id == _PROVINCE]
    for number in range(PROTOTYPES):
        await _enter_loan(office, fund, number, communes[number % len(communes)], chance)


async def _enter_loan(
    office: Office, fund: Mapping[str, Any], number: int, commune: str, chance: random.Random
) -> None:
    installments, months = _PLANS[number % len(_PLANS)]
    last = today() - timedelta(days=LAST_ENTRY_DAYS_AGO + number % 28)
    count = REPAYMENTS[number % len(REPAYMENTS)]
    begun = last - timedelta(days=31 * count + 20)
    amount = chance.randrange(200, 500, 10) * MILLION
    borrower = await office.enter(
        "/borrowers",
        {
            "kind": "cooperative",
            "name": f"Hợp tác xã Minh Khai {number}",
            "organization_id": new_id(),
            "commune_code": commune,
            "commune_map": "2025",
        },
    )
    application = await office.enter(
        "/loan-applications",
        {
            "fund_id": fund["id"],
            "borrower_id": borrower["id"],
            "submitted_on": _text(begun - timedelta(days=30)),
            "requested_amount_vnd": amount,
            "requested_term_months": installments * months,
            "project": {"purpose": "Mua máy sấy chè", "total_cost_vnd": 2 * amount, "own_capital_vnd": amount},
        },
    )
    at, day = f"/loan-applications/{application['id']}", _text(begun - timedelta(days=10))
    await office.enter(
        f"{at}/appraisal",
        {
            "site_visit_on": day,
            "council": [{"name": "Trần Thị B", "position": "Giám đốc", "vote": "for"}],
            "minutes_number": "05/BB",
            "minutes_on": day,
            "proposed_amount_vnd": amount,
            "proposed_term_months": installments * months,
            "proposed_annual_rate_percent": "6.60",
        },
    )
    await office.enter(f"{at}/approval", {"decision_number": "09/QĐ-QHT", "decided_on": day}, approves=True)
    plan = {"method": "equal_principal", "installments": installments, "interval": {"count": months, "unit": "months"}}
    loan = await office.enter(
        "/loans",
        {
            "loan_application_id": application["id"],
            "contract_number": f"{number}/HĐTD",
            "signed_on": _text(begun),
            "terms": plan,
        },
    )
    check = {"checked_on": _text(begun), "result": "clean", "reference": "CIC-1"}
    paid = {"amount_vnd": amount, "disbursed_on": _text(begun), "bad_debt_check": check}
    await office.enter(f"/loans/{loan['id']}/disbursements", paid)
    # A month's part of two years, so that half of the loan and more is left whatever its plan; some months are short.
    part = amount // 24
    for month in range(1, count + 1):
        day = _text(min(last, begun + timedelta(days=31 * month + chance.randrange(-3, 12))))
        body = {"amount_vnd": part * chance.choice((6, 10, 10, 13)) // 10, "paid_on": day, "payer": "Nguyễn Văn A"}
        await office.enter(f"/loans/{loan['id']}/repayments", body)


def _text(day: date) -> str:
    return day.isoformat()


_RECORDS = ("borrower", "loan_application", "loan", "disbursement", "repayment")
_TABLES = (
    *(
        table_of(model)
        for model in (
            models.Borrower,
            models.LoanApplication,
            models.Loan,
            models.Disbursement,
            models.Repayment,
            models.LoanInstallment,
            models.LedgerTransaction,
            models.LedgerEntry,
        )
    ),
    models.history,
    models.change,
)
_MADE_BY_DATABASE = {("ledger_entry", "number"), ("change", "xid"), ("change", "seq"), ("history", "xid")}
_SAME = ("loan_product_id", "beneficiary_organization_id", "merged_into")
_OF_COPY = ("fund_id", "alliance", "province_2008", "province_2025", "commune_code", "commune_map")
_BATCH = 50


def _copied(table: str, column: str, kind: str) -> str:
    """Return what a column of a copy is: `c` is the copy, `p` the row that is copied."""
    if column in _OF_COPY:
        return "c.fund_id::uuid" if column == "fund_id" else f"c.{column}"
    if kind == "UUID" and column not in _SAME:
        return f"(c.prefix || substr(p.{column}::text, 9))::uuid"
    if column == "contract_number":
        return "p.contract_number || '-' || c.number"
    if (table, column) == ("history", "content"):
        return "'{}'::jsonb"
    return f"p.{column}"


async def keep_prototypes(connection: asyncpg.Connection[Any], fund_id: str) -> None:
    """Set the rows of the loans aside, in a schema of their own, as what copies are made of."""
    await connection.execute("CREATE SCHEMA prototype")
    await connection.execute(
        "CREATE TABLE prototype.copy (number int, prefix text, fund_id text, alliance text, province_2008 text, "
        "province_2025 text, commune_code text, commune_map text)"
    )
    for table in _TABLES:
        kept = f"SELECT * FROM {table.name}"  # noqa: S608  names and numbers of the workload
        if table.name in ("history", "change"):
            kept += f" WHERE resource_type IN ({', '.join(map(repr, _RECORDS))})"
        elif table.name == "ledger_transaction":
            kept += " WHERE loan_id IS NOT NULL"
        elif table.name == "ledger_entry":
            kept += " WHERE transaction_id IN (SELECT id FROM ledger_transaction WHERE loan_id IS NOT NULL)"
        await connection.execute(f"CREATE TABLE prototype.{table.name} AS {kept}")
    found = await connection.fetchval("SELECT min(left(id::text, 8)) FROM prototype.borrower")
    await connection.execute("CREATE TABLE prototype.first AS SELECT $1::text AS prefix".replace("$1", f"'{found}'"))


async def multiply(
    connection: asyncpg.Connection[Any], copies: Sequence[int], funds: Sequence[Mapping[str, Any]]
) -> None:
    """Add copies of the loans, by their numbers in rising order, spread over `funds`. The higher a number, the older."""
    first = int(await connection.fetchval("SELECT prefix FROM prototype.first"), 16)
    # Keys and triggers were checked where the prototypes were entered.
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("SET synchronous_commit = off")
    places = [_place(fund) for fund in funds]
    older_first = copies[::-1]
    for begin in range(0, len(older_first), _BATCH):
        numbers = older_first[begin : begin + _BATCH]
        rows = [(number, f"{first - 2 - number:08x}", *places[number % len(places)]) for number in numbers]
        await connection.execute("TRUNCATE prototype.copy")
        await connection.copy_records_to_table("copy", schema_name="prototype", records=rows)
        for table in _TABLES:
            columns = [c for c in table.columns if (table.name, c.name) not in _MADE_BY_DATABASE]
            names = ", ".join(c.name for c in columns)
            values = ", ".join(_copied(table.name, c.name, type(c.type).__name__) for c in columns)
            await connection.execute(
                f"INSERT INTO {table.name} ({names}) SELECT {values} FROM prototype.copy c CROSS JOIN prototype.{table.name} p"  # noqa: S608  names and numbers of the workload
            )
    for table in _TABLES:
        await connection.execute(f"VACUUM (ANALYZE) {table.name}")
    await connection.execute("VACUUM (ANALYZE) fund")
    await connection.execute("VACUUM (ANALYZE) capital_movement")


def _place(fund: Mapping[str, Any]) -> tuple[str, ...]:
    commune = next(c for c in geography.communes() if c.map == "2025" and c.province_id == fund["province"])
    place = geography.place(commune.code, "2025")
    assert place is not None, commune
    return fund["id"], fund["province"], place.province_2008, place.province_2025, commune.code, "2025"
