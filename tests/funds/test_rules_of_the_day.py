"""Every figure of a day follows the debt-group rules of that day: those until 11 August 2024 differ here on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.funds.engine import debt_groups
from tests.funds.builders import MILLION, PATH, Make
from tests.support.answers import ok
from tests.support.client import ApiClient

LAST_OF_2010, FIRST_OF_2024 = "2024-08-11", "2024-08-12"
_CACHED = (debt_groups.debt_group, debt_groups._provision_parts, debt_groups.provision_step_vnd)


@pytest.fixture
def older_rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Rules before 12 August 2024 by which every debt is in group 4 from the first day, at 40 %."""
    older, newer = debt_groups.SCHEMES
    percents = (Decimal(0), Decimal(2), Decimal(25), Decimal(40), Decimal(100))
    strict = replace(older, day_bounds=(1, 1, 1, 9_999), provision_percent=percents)
    for cached in _CACHED:
        cached.cache_clear()
    monkeypatch.setattr(debt_groups, "SCHEMES", (strict, newer))
    yield
    monkeypatch.undo()
    for cached in _CACHED:
        cached.cache_clear()


@pytest.mark.parametrize(
    ("on", "group", "provision", "source"),
    [
        (LAST_OF_2010, 4, 48 * MILLION, "15/2010"),
        (FIRST_OF_2024, 2, 2_400_000, "14/2024"),
    ],
)
async def test_group_provision_and_rule_are_those_of_the_day(
    on: str, group: int, provision: int, source: str, older_rules: None, funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    # Due on 1 August 2024: ten days late on the 11th, eleven on the 12th.
    contract = await make.contract(fund, terms={"method": "bullet", "installments": 1, "first_due_on": "2024-08-01"})
    tranche = {
        "amount_vnd": 120 * MILLION,
        "disbursed_on": "2023-03-02",
        "bad_debt_check": {"checked_on": "2023-03-01", "result": "clean"},
    }
    await make.money(f"loans/{contract.id}/disbursements", tranche)

    async def read(path: str) -> dict[str, Any]:
        return ok(await funds.get(f"{PATH}/{path}"))

    position = await read(f"loans/{contract.id}/position?as_of={on}")
    assert (position["debt_group"], position["provision_vnd"]) == (group, provision)
    assert source in position["rule"]["legal_basis"]
    groups = await read(f"funds/{fund.id}/debt-groups?as_of={on}")
    assert [item["debt_group"] for item in groups["items"] if item["loans"]] == [group]
    assert groups["provision_vnd"] == provision
    assert source in groups["rule"]["legal_basis"]
    percent = {4: "40", 2: "2"}[group]
    assert {item["debt_group"]: item["provision_percent"] for item in groups["items"]}[group] == percent
    (loan,) = (await read(f"funds/{fund.id}/classified-loans?as_of={on}"))["items"]
    assert (loan["debt_group"], loan["provision_vnd"]) == (group, provision)
    assert (await read(f"funds/{fund.id}/position?as_of={on}"))["provisions_vnd"] == provision
