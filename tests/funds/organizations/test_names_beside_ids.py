"""Funds, loans and organizations stand by name beside their ids, as they are called now (docs/adr/0012)."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.database.connections import Database
from kernel.records.embedding import names_statement
from services.funds.servicing.loans.repayment_record import REPAYMENT
from tests.funds.builders import BORROWERS, PATH, Make, Record, a_repayment, keyed
from tests.registry.builders import ORGANIZATIONS
from tests.registry.builders import Make as RegistryMake
from tests.support.answers import etag, ok
from tests.support.client import ApiClient
from tests.support.in_process_services import Follow
from tests.support.plans import asked, recorded

LOANS = f"{PATH}/loans"


@pytest.fixture
async def organization(register: RegistryMake, follow: Follow) -> Record:
    made = await register.organization()
    await follow()
    return Record(made)


@pytest.fixture
async def loan(make: Make, organization: Record) -> Record:
    borrower = await make.borrower(organization_id=organization.id)
    return await make.loan(borrower=borrower)


def named(organization: Record) -> dict[str, Any]:
    return {name: organization[name] for name in ("id", "name", "type")}


def loan_named(loan: Record) -> dict[str, Any]:
    return {name: loan[name] for name in ("id", "contract_number", "borrower_name")}


async def test_a_loan_names_its_fund_and_the_organization_that_borrows(
    funds: ApiClient, loan: Record, organization: Record
) -> None:
    fund = ok(await funds.get(f"{PATH}/funds/{loan.fund_id}"))
    (listed,) = ok(await funds.get(LOANS, params={"organization_id": organization.id}))["items"]
    for document in (loan, ok(await funds.get(f"{LOANS}/{loan.id}")), listed):
        assert document["organization"] == named(organization)
        assert document["fund"] == {"id": fund["id"], "name": fund["name"]}
        assert document["loan_product"] is None


async def test_what_happened_to_a_loan_names_it_in_every_answer(funds: ApiClient, loan: Record) -> None:
    paid = ok(await funds.post(f"{LOANS}/{loan.id}/repayments", json=a_repayment(), headers=keyed()), 201)
    read = ok(await funds.get(f"{PATH}/repayments/{paid['id']}"))
    (listed,) = ok(await funds.get(f"{LOANS}/{loan.id}/repayments"))["items"]
    reversal = {"reason": "Ghi nhầm", "effective_on": paid["paid_on"]}
    undone = await funds.post(f"{PATH}/repayments/{paid['id']}/reversal", json=reversal, headers=keyed())
    entries = ok(await funds.get(f"{PATH}/ledger/entries", params={"loan_id": loan.id}))["items"]
    position = ok(await funds.get(f"{LOANS}/{loan.id}/position"))
    schedule = ok(await funds.get(f"{LOANS}/{loan.id}/schedule"))
    for document in (paid, read, listed, ok(undone, 201), *entries, position, schedule):
        assert document["loan"] == loan_named(loan)


async def test_a_followed_new_name_changes_the_tag_and_the_answer(
    funds: ApiClient, register: RegistryMake, follow: Follow, loan: Record, organization: Record
) -> None:
    path = f"{LOANS}/{loan.id}"
    tag = (await funds.get(path)).headers["etag"]
    assert (await funds.get(path, headers={"If-None-Match": tag})).status_code == 304
    at_registry = f"{ORGANIZATIONS}/{organization.id}"
    current = ok(await register.client.get(at_registry))
    ok(await register.client.patch(at_registry, json={"name": "Hợp tác xã Tên Mới"}, headers=etag(current)))
    await follow()
    response = await funds.get(path, headers={"If-None-Match": tag})
    assert ok(response)["organization"]["name"] == "Hợp tác xã Tên Mới"
    assert ok(response)["borrower_name"] == loan.borrower_name
    changed = await funds.patch(path, json={"officer_id": None}, headers={"If-Match": tag})
    assert ok(changed)["organization"]["name"] == "Hợp tác xã Tên Mới"


async def test_an_organization_that_was_never_heard_of_has_no_name(
    funds: ApiClient, loan: Record, db: Database
) -> None:
    await db.execute("DELETE FROM followed_organization")
    for path in (f"{LOANS}/{loan.id}", f"{BORROWERS}/{loan.borrower_id}"):
        document = ok(await funds.get(path))
        assert (document["organization_id"], document["organization"]) == (loan.organization_id, None)


async def test_an_own_user_is_named_what_it_may_read(funds: ApiClient, loan: Record, organization: Record) -> None:
    own = funds.as_(scope="own.read", sub="htx", organization_id=organization.id)
    seen = ok(await own.get(f"{LOANS}/{loan.id}"))
    assert (seen["organization"], seen["fund"]["id"]) == (named(organization), loan.fund_id)


async def test_names_cost_no_statement_of_a_reading_and_one_of_a_write(
    funds: ApiClient, loan: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recorded(monkeypatch) as statements:
        paid = ok(await funds.post(f"{LOANS}/{loan.id}/repayments", json=a_repayment(), headers=keyed()), 201)
    assert [sql for sql, _ in statements].count(names_statement(REPAYMENT.embeds)) == 1
    for path in (f"{PATH}/repayments/{paid['id']}", f"{PATH}/repayments", LOANS, f"{PATH}/ledger/entries"):
        assert len(await asked(funds, monkeypatch, path)) == 1, path
    assert len(await asked(funds, monkeypatch, f"{PATH}/projects")) == 2
