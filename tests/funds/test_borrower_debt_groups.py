"""The worst debt group over a borrower's loans stands beside each loan's own, and tells nothing of other alliances."""

from __future__ import annotations

from tests.funds.builders import BORROWERS, LE_LOI, MILLION, PATH, Make, Record, a_repayment
from tests.support.answers import etag, ok
from tests.support.client import ApiClient

LATE = {"overdue_principal_vnd": 10 * MILLION, "overdue_since": "2022-11-20"}
"""41 days on the last day of 2022: group 3."""


async def groups(client: ApiClient, loan: Record, on: str) -> tuple[int | None, int | None]:
    position = ok(await client.get(f"{PATH}/loans/{loan.id}/position?as_of={on}"))
    assert (position["rule"] is None) == (position["borrower_debt_group"] is None)
    return position["debt_group"], position["borrower_debt_group"]


async def test_a_late_loan_of_one_fund_stands_beside_the_others_of_its_borrower(funds: ApiClient, make: Make) -> None:
    borrower, fund = await make.borrower(), await make.rich_fund()
    late = await make.opened(await make.rich_fund(), borrower, opening=LATE)
    good, others = await make.opened(fund, borrower), await make.opened(fund, await make.borrower())
    day = "2022-12-31"
    assert [await groups(funds, each, day) for each in (late, good, others)] == [(3, 3), (1, 3), (1, 1)]
    assert ok(await funds.get(f"{PATH}/loans/{good.id}/position?as_of={day}"))["provision_vnd"] == 0
    listed = ok(await funds.get(f"{PATH}/funds/{fund.id}/classified-loans?as_of={day}&debt_group=1"))["items"]
    assert {each["loan_id"]: each["borrower_debt_group"] for each in listed} == {good.id: 3, others.id: 1}
    saved = ok(await funds.post(f"{PATH}/debt-classifications", json={"fund_id": fund.id, "as_of": day}), 201)
    assert saved["npl_outstanding_vnd"] == 0
    path = f"{PATH}/debt-classifications/{saved['id']}/loans"
    # What was overdue is paid: from that day on nothing is late, and what was saved stays.
    await make.money(f"loans/{late.id}/repayments", a_repayment(11 * MILLION, paid_on="2023-01-10"))
    assert [await groups(funds, good, on) for on in (day, "2023-01-09", "2023-01-10")] == [(1, 3), (1, 3), (1, 1)]
    kept = ok(await funds.get(path))["items"]
    assert {each["loan_id"]: each["borrower_debt_group"] for each in kept} == {good.id: 3, others.id: 1}


async def test_a_loan_at_anothers_risk_has_no_group_and_counts_for_none(funds: ApiClient, make: Make) -> None:
    borrower, fund = await make.borrower(), await make.rich_fund()
    entrusted = await make.opened(fund, borrower, opening=LATE, channel="entrusted_in")
    day = "2022-12-31"
    assert await groups(funds, entrusted, day) == (None, None)
    own = await make.opened(fund, borrower)
    assert [await groups(funds, each, day) for each in (entrusted, own)] == [(None, 1), (1, 1)]


async def test_what_another_alliance_lent_is_not_told(funds: ApiClient, make: Make) -> None:
    borrower = await make.borrower()
    here = await make.opened(await make.rich_fund(), borrower)
    place = {"commune_code": LE_LOI, "commune_map": "2008"}
    moved = await make.client.patch(f"{BORROWERS}/{borrower.id}", json=place, headers=etag(borrower))
    assert ok(moved)["alliance"] == "40-2025"
    there = await make.opened(await make.rich_fund(province="40-2025"), borrower, opening=LATE)
    day = "2022-12-31"
    assert await groups(funds, here, day) == (1, 1)
    assert await groups(funds.as_(area="40-2025"), there, day) == (3, 3)
    assert await groups(funds.as_(area="VN"), here, day) == (1, 1)
    listed = ok(await funds.get(f"{PATH}/funds/{here.fund_id}/classified-loans?as_of={day}"))["items"]
    assert [each["borrower_debt_group"] for each in listed] == [1]
