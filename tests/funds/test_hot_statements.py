"""The funds' statements that most calls run: each finds its rows by the index made for it, at a nation's rows."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from unittest.mock import AsyncMock

import pytest

from kernel.database.connections import Database
from kernel.values import geography
from kernel.values.ids import new_id
from services.funds.books.reports.schemas import CollectionLine
from services.funds.servicing.loans.kept import keep_missing
from services.funds.servicing.replay.state import State
from tests.funds.builders import APPLICATIONS, BORROWERS, PATH, Make, a_coverage, a_repayment, keyed
from tests.funds.bulk_loans import LARGE, SMALL, SMALLEST_FUND, SMALLEST_PROVINCE, RecordKind, fill, id_of
from tests.support import plans
from tests.support.answers import ok
from tests.support.client import ApiClient
from tests.support.databases import Databases
from tests.support.plans import asked, recorded

pytestmark = pytest.mark.thorough

assert_indexed = functools.partial(plans.assert_indexed, large=LARGE)


@pytest.fixture
async def funds_url(databases: Databases) -> AsyncIterator[str]:
    """A database of its own: what so many rows leave behind would slow the tests that come after."""
    async with databases.clone("funds", fill) as url:
        yield url


_FUND = {"fund_id": SMALLEST_FUND}
_COMMUNE = next(each for each in geography.communes() if each.map == "2008" and each.province_id == "01-2008")
_IN_COMMUNE, _DISTRICT = {"commune_code": _COMMUNE.code, "commune_map": "2008"}, _COMMUNE.district_code
_FOR_NATION: list[tuple[str, dict[str, Any], str]] = [
    ("loans", _FUND, "ix_loan_fund_id"),
    ("loans", {"province": SMALLEST_PROVINCE}, "ix_loan_province_2025"),
    ("loans", {"province": "17-2008"}, "ix_loan_province_2008"),
    ("loans", {"organization_id": id_of(RecordKind.ORGANIZATION, 5)}, "ix_loan_organization_id"),
    ("loans", {"contract_number": "7/HĐTD"}, "ix_loan_contract_number"),
    ("loans", {"officer_id": "officer-7"}, "ix_loan_officer_id"),
    ("loans", {"q": "1234/HĐTD"}, "ix_loan_folded"),
    ("loans", {"q": "ben vay 202cb962"}, "ix_borrower_name_folded_trgm"),
    ("loan-applications", {"q": "ben vay 202cb962"}, "ix_borrower_name_folded_trgm"),
    ("loan-applications", {"q": "ben vay 202cb962"}, "ix_loan_application_folded"),
    ("borrowers", {"q": "ben vay 202cb962"}, "ix_borrower_name_folded_trgm"),
    ("loans", _IN_COMMUNE, "ix_borrower_commune"),
    ("loans", {"district": _DISTRICT}, "ix_borrower_commune"),
    ("projects", _FUND, "ix_loan_fund_id"),
    ("projects", {"province": SMALLEST_PROVINCE}, "ix_loan_province_2025"),
    ("projects", {"province": "17-2008"}, "ix_loan_province_2008"),
    ("projects", {"year": "2023"}, "ix_disbursement_disbursed_on"),
    ("projects", {"year": "2023", "report_sector": "other"}, "ix_disbursement_disbursed_on"),
    ("projects", {"organization_id": id_of(RecordKind.ORGANIZATION, 101)}, "ix_borrower_beneficiary_organization_id"),
    ("projects", {"borrower_id": id_of(RecordKind.BORROWER, 5)}, "ix_loan_borrower_id"),
    ("loan-applications", {"province": SMALLEST_PROVINCE}, "ix_loan_application_province_2025"),
    ("loan-applications", {"province": "17-2008"}, "ix_loan_application_province_2008"),
    (
        "loan-applications",
        {"organization_id": id_of(RecordKind.ORGANIZATION, 5)},
        "ix_loan_application_organization_id",
    ),
    ("loan-applications", {"borrower_id": id_of(RecordKind.BORROWER, 5)}, "ix_loan_application_borrower_id"),
    ("loan-applications", _FUND, "ix_loan_application_fund_id"),
    ("borrowers", {"organization_id": id_of(RecordKind.ORGANIZATION, 5)}, "ix_borrower_organization_id"),
    (
        "borrowers",
        {"beneficiary_organization_id": id_of(RecordKind.ORGANIZATION, 101)},
        "ix_borrower_beneficiary_organization_id",
    ),
    ("disbursements", {"loan_id": id_of(RecordKind.LOAN, 5)}, "ix_disbursement_loan_id"),
    ("disbursements", {"province": SMALLEST_PROVINCE}, "ix_disbursement_province_2025"),
    ("disbursements", _FUND, "ix_disbursement_fund_id"),
    ("repayments", {"loan_id": id_of(RecordKind.LOAN, 5)}, "ix_repayment_loan_id"),
    ("repayments", _FUND, "ix_repayment_fund_id"),
    ("ledger/entries", _FUND, "ix_ledger_entry_fund_number"),
    ("ledger/entries", {"loan_id": id_of(RecordKind.LOAN, 5)}, "ix_ledger_transaction_loan_id"),
    ("ledger/entries", {"source_id": id_of(RecordKind.DISBURSEMENT, 5)}, "ix_ledger_transaction_source_id"),
    ("ledger/entries", {"corrects_id": id_of(RecordKind.TRANSACTION, 49, 1)}, "ix_ledger_transaction_corrects_id"),
    ("ledger/trial-balance", _FUND, "ix_ledger_entry_fund_number|ix_ledger_entry_account"),
]


async def test_the_nation_reads_a_small_province_a_small_fund_or_a_year_without_walking_past_all_others(
    funds: ApiClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    nation = funds.as_(area="VN")
    for path, params, index in _FOR_NATION:
        statements = await asked(nation, monkeypatch, f"{PATH}/{path}", **params)
        await assert_indexed(db, statements, index, generic=False, walks=False)


async def test_an_alliance_reads_its_own_rows_by_index_whatever_it_asks_for(
    funds: ApiClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, small = funds.as_(area="25-2025"), funds.as_(area=SMALLEST_PROVINCE)
    pages = {
        "loans": "ix_loan_alliance_id",
        "loan-applications": "ix_loan_application_alliance_id",
        "borrowers": "ix_borrower_alliance_id",
        "disbursements": "ix_disbursement_alliance_id",
        "repayments": "ix_repayment_alliance_id",
        "projects": "ix_loan_alliance_id",
    }
    for path, index in pages.items():
        for client in (officer, small):
            statements = await asked(client, monkeypatch, f"{PATH}/{path}")
            await assert_indexed(db, statements, index, walks=False)
    for params, index in (
        ({"year": "2020"}, "ix_loan_alliance_id|ix_disbursement_disbursed_on"),
        ({"report_sector": "other"}, "ix_loan_alliance_id"),
        ({"state": "active"}, "ix_loan_alliance_id"),
        ({"province": "17-2008"}, "ix_loan_province_2008"),
    ):
        statements = await asked(officer, monkeypatch, f"{PATH}/projects", **params)
        await assert_indexed(db, statements, index, walks=False)
    late = await asked(officer, monkeypatch, f"{PATH}/loans", overdue_on="2024-03-01")
    await assert_indexed(db, late, "pk_loan_installment", walks=False)
    entries = await asked(small, monkeypatch, f"{PATH}/ledger/entries")
    await assert_indexed(db, entries, "ix_ledger_transaction_alliance_id", generic=False, walks=False)


PAGE_COST = 450
"""What PostgreSQL may expect of a page, of 51 rows with up to three names beside their ids, each a look-up by key: an entry of
the ledger, which shows all three, is 412. It was 400 before there were names."""


async def test_the_first_page_costs_its_own_rows(
    funds: ApiClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    nation = funds.as_(area="VN")
    for client in (nation, funds):
        for path in ("loans", "projects", "loan-applications", "borrowers", "repayments", "ledger/entries"):
            statements = await asked(client, monkeypatch, f"{PATH}/{path}")
            assert await plans.cost_of(db, statements) < PAGE_COST, path
    for params in (_FUND, {"province": SMALLEST_PROVINCE}, {"province": "17-2008"}, {"year": "2023"}):
        assert await plans.cost_of(db, await asked(nation, monkeypatch, f"{PATH}/projects", **params)) < PAGE_COST, (
            params
        )


async def test_a_second_page_costs_what_the_first_does(
    funds: ApiClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, costs = f"{PATH}/projects", []
    params: dict[str, str] | None = {"province": "25-2025", "limit": "40"}
    for _ in range(3):
        with recorded(monkeypatch) as statements:
            answer = ok(await funds.as_(area="VN").get(path, params=params))
        costs.append(await plans.cost_of(db, statements))
        path, params = answer["next"], None
    assert max(costs) < 3 * min(costs) + 50, costs


_KEPT = ("ix_loan_fund_id", "ix_interest_reduction_fund_id")
_ENTRIES = ("balance_statement", "write_off", "repayment", "rescheduling", "interest_reduction")
_OF_FUND = (*(f"ix_{entry}_fund_id" for entry in _ENTRIES), "pk_loan_installment")
_OF_LOANS = (
    "pk_loan_installment",
    "ix_write_off_loan_id",
    "ix_repayment_loan_id",
    "ix_rescheduling_loan_id",
    "ix_interest_reduction_loan_id",
    "uq_balance_statement_day",
)


@pytest.mark.parametrize(
    ("as_of", "many", "derived"),
    [({}, 300, ()), ({"as_of": "2023-12-31"}, 300, _OF_LOANS), ({"as_of": "2023-12-31"}, 0, _OF_FUND)],
)
async def test_debt_groups_and_position_of_one_fund_read_that_fund_only(
    funds: ApiClient,
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
    as_of: dict[str, str],
    many: int,
    derived: tuple[str, ...],
) -> None:
    await keep_missing(db)
    monkeypatch.setattr("services.funds.loan_facts.MANY", many)
    client, fund = funds.as_(area=SMALLEST_PROVINCE), f"{PATH}/funds/{SMALLEST_FUND}"
    for path in ("debt-groups", "classified-loans", "position"):
        statements = await asked(client, monkeypatch, f"{fund}/{path}", **as_of)
        promised = ("ix_loan_application_promised",) if path == "position" else ()
        await assert_indexed(db, statements, *_KEPT, *derived, *promised, walks=False)


async def test_an_officers_list_and_the_position_read_the_rows_of_their_loans(
    funds: ApiClient, db: Database, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    # These rows say too little to be replayed.
    monkeypatch.setattr("services.funds.books.reports.work_list.state_on", AsyncMock(return_value=State(on=date.min)))
    small, nation = funds.as_(area=SMALLEST_PROVINCE), funds.as_(area="VN")
    of_loans = ("pk_loan_installment", "uq_balance_statement_day")
    for client, params, index in (
        (small, {}, "ix_loan_alliance_id|ix_loan_starts_on"),
        (small, {"sort": "-amount_vnd"}, "ix_loan_alliance_id|ix_loan_starts_on"),
        (small, {"sort": "-days_late", **_IN_COMMUNE}, "ix_borrower_commune"),
        (nation, _FUND, "ix_loan_fund_id"),
        (nation, {"officer_id": "officer-7"}, "ix_loan_officer_id"),
    ):
        statements = await asked(client, monkeypatch, f"{PATH}/work-list", **params)
        await assert_indexed(db, statements, index, *of_loans, generic=False, walks=False)
    loan = await make.loan(await make.rich_fund())
    statements = await asked(funds, monkeypatch, f"{PATH}/loans/{loan.id}/position")
    await assert_indexed(db, statements, "ix_loan_borrower_id", "ix_repayment_loan_id", walks=False)


async def test_a_collection_sheet_of_an_officer_or_a_commune_reads_the_rows_of_its_loans(
    funds: ApiClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = {**dict.fromkeys(CollectionLine.model_fields, 0), "loan_id": new_id(), "contract_number": "1"}
    monkeypatch.setattr("services.funds.books.reports.collection.line_of", AsyncMock(return_value=line))
    small, nation = funds.as_(area=SMALLEST_PROVINCE), funds.as_(area="VN")
    for client, params, index in (
        (small, {}, "ix_loan_alliance_id|ix_loan_starts_on"),
        (small, {"officer_id": "officer-270"}, "ix_loan_officer_id"),
        (nation, {"officer_id": "officer-7"}, "ix_loan_officer_id"),
        (nation, _IN_COMMUNE, "ix_borrower_commune"),
    ):
        statements = await asked(client, monkeypatch, f"{PATH}/collection-sheets", month="2024-02", **params)
        await assert_indexed(db, statements, index, generic=False, walks=False)


async def test_figures_cost_the_province_they_are_about(
    funds: ApiClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok(await funds.post(f"{PATH}/coverages", json=a_coverage(covered_from="2019-01-01")), 201)
    period = {"from": "2020-01-01", "to": "2020-12-31", "province": "25-2008"}
    by = ("ix_disbursement_province_2008", "ix_loan_province_2008")
    for client in (funds, funds.as_(area="VN")):
        statements = await asked(client, monkeypatch, f"{PATH}/indicator-values", **period)
        await assert_indexed(db, statements, *by, generic=False, walks=False)


async def test_a_keyed_repayment_its_reversal_and_the_statement_find_one_loans_rows(
    funds: ApiClient, db: Database, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    loan = await make.loan(await make.rich_fund())
    with recorded(monkeypatch) as statements:
        paid = ok(
            await funds.post(f"{PATH}/loans/{loan.id}/repayments", json=a_repayment(id=new_id()), headers=keyed()), 201
        )
    of_loan = ("ix_disbursement_loan_id", "ix_repayment_loan_id", "ix_write_off_loan_id")
    await assert_indexed(
        db, statements, *of_loan, "pk_loan|ix_loan_alliance_id", "pk_loan_installment", "pk_history", walks=False
    )
    reads = await asked(funds, monkeypatch, f"{PATH}/loans/{loan.id}/statement")
    await assert_indexed(db, reads, *of_loan, walks=False)
    with recorded(monkeypatch) as statements:
        reversal = {"reason": "Nhập nhầm"}
        ok(await funds.post(f"{PATH}/repayments/{paid['id']}/reversal", json=reversal, headers=keyed()), 201)
    await assert_indexed(db, statements, *of_loan, "ix_ledger_transaction_source_id", walks=False)


async def test_hot_statements_give_a_foreign_caller_nothing(funds: ApiClient, db: Database) -> None:
    small, foreign = funds.as_(area=SMALLEST_PROVINCE), funds.as_(area="25-2025")
    lists = ("loans", "projects", "loan-applications", "disbursements")
    for path in lists:
        seen = ok(await foreign.get(f"{PATH}/{path}", params={"limit": 200, "count": "exact"}))
        assert {item["alliance"] for item in seen["items"]} == {"25-2025"}
        asked_for: tuple[dict[str, Any], ...] = (_FUND, {"province": SMALLEST_PROVINCE})
        for params in asked_for if path != "projects" else (*asked_for, {**_FUND, "year": "2023"}):
            assert ok(await small.get(f"{PATH}/{path}", params={**params, "count": "exact"}))["count"] == SMALL
            assert ok(await foreign.get(f"{PATH}/{path}", params={**params, "count": "exact"}))["count"] == 0
    theirs = await db.fetchrow(
        "SELECT id, borrower_id, organization_id FROM loan WHERE alliance = $1 AND organization_id IS NOT NULL LIMIT 1",
        SMALLEST_PROVINCE,
    )
    assert theirs is not None
    for path in (f"{PATH}/projects", APPLICATIONS, BORROWERS):
        of = {"organization_id": theirs["organization_id"]}
        assert len(ok(await small.get(path, params=of))["items"]) == 1
        assert ok(await foreign.get(path, params=of))["items"] == []
    for path in ("repayments", "ledger/entries"):
        for params in ({"fund_id": SMALLEST_FUND}, {"loan_id": theirs["id"]}):
            assert ok(await foreign.get(f"{PATH}/{path}", params=params))["items"] == []
    for path in (
        f"loans/{theirs['id']}/statement",
        f"funds/{SMALLEST_FUND}/debt-groups",
        f"funds/{SMALLEST_FUND}/position",
    ):
        assert (await foreign.get(f"{PATH}/{path}")).status_code == 404
