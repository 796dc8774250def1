"""A loan is read in one call with its schedule, position, borrower, collaterals and checks of use."""

from __future__ import annotations

import pytest

from tests.funds.builders import BORROWERS, COLLATERALS, PATH, Make, Record, a_repayment, keyed
from tests.funds.test_collaterals import a_collateral
from tests.support.answers import assert_problem, faults, ok
from tests.support.client import ApiClient

LOANS = f"{PATH}/loans"
PARTS = "schedule,position,borrower,collaterals,use_checks"


@pytest.fixture
async def loan(make: Make) -> Record:
    made = await make.loan()
    await make.create("collaterals", a_collateral(loan_application_id=made.loan_application_id))
    await make.create("collaterals", a_collateral(loan_id=made.id, borrower_id=made.borrower_id))
    await make.create("collaterals", a_collateral(borrower_id=made.borrower_id))
    await make.create(f"loans/{made.id}/use-checks", {"due_on": "2023-05-01"})
    return made


async def test_each_part_is_what_its_own_operation_answers(funds: ApiClient, loan: Record) -> None:
    path = f"{LOANS}/{loan.id}"
    whole = ok(await funds.get(path, params={"include": PARTS}))
    own = {
        "schedule": f"{path}/schedule",
        "position": f"{path}/position",
        "borrower": f"{BORROWERS}/{loan.borrower_id}",
        "collaterals": f"{COLLATERALS}?secures_loan_id={loan.id}",
        "use_checks": f"{path}/use-checks",
    }
    for name, at in own.items():
        if name == "collaterals":
            assert len(whole[name]["items"]) == 2, "by itself, and by its application"
        assert whole.pop(name) == ok(await funds.get(at)), name
    assert whole == ok(await funds.get(path))


async def test_money_that_came_in_makes_another_answer_of_the_same_loan(funds: ApiClient, loan: Record) -> None:
    path, params = f"{LOANS}/{loan.id}", {"include": "position"}
    tag = (await funds.get(path, params=params)).headers["etag"]
    assert (await funds.get(path, params=params, headers={"If-None-Match": tag})).status_code == 304
    ok(await funds.post(f"{path}/repayments", json=a_repayment(), headers=keyed()), 201)
    after = await funds.get(path, params=params, headers={"If-None-Match": tag})
    assert ok(after)["position"] == ok(await funds.get(f"{path}/position"))


async def test_an_own_user_includes_what_it_may_read_itself(funds: ApiClient, loan: Record) -> None:
    own = funds.as_(scope="own.read", sub="htx", organization_id=loan.organization_id)
    path = f"{LOANS}/{loan.id}"
    seen = ok(await own.get(path, params={"include": "schedule,position,borrower"}))
    assert seen["borrower"] == ok(await own.get(f"{BORROWERS}/{loan.borrower_id}"))
    assert seen["officer_id"] is None
    for part in ("collaterals", "use_checks"):
        refused = await own.get(path, params={"include": f"schedule,{part}"})
        assert_problem(refused, 403, "scope_missing", required_scope="funds.read | sync.read")


async def test_what_else_a_list_has_is_there_already(funds: ApiClient, loan: Record) -> None:
    plain = ok(await funds.get(LOANS))
    assert ok(await funds.get(LOANS, params={"include": "allowed_actions"}))["items"] == plain["items"]
    assert plain["items"][0]["allowed_actions"] == loan.allowed_actions
    assert faults(await funds.get(LOANS, params={"include": "position"})) == {("include", "not_allowed")}


@pytest.mark.parametrize("year", ["1900", "9999", "23"])
async def test_a_year_of_projects_is_one_that_the_contract_allows(funds: ApiClient, year: str) -> None:
    assert faults(await funds.get(f"{PATH}/projects", params={"year": year})) == {("year", "out_of_range")}
    ok(await funds.get(f"{PATH}/projects", params={"year": "9998"}))


async def test_fields_narrow_a_project_too(funds: ApiClient, loan: Record) -> None:
    document = ok(await funds.get(f"{PATH}/projects/{loan.id}", params={"fields": "contract_number,fund"}))
    assert document == {"id": loan.id, "contract_number": loan.contract_number, "fund": loan.fund}
