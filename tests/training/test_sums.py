"""What lists of money sum in training: exactly the rows behind, money by source as well."""

from __future__ import annotations

from tests.support.answers import faults, ok
from tests.support.client import ApiClient
from tests.support.lists import check_sums
from tests.training.builders import CLASSES, MILLION, PATH, Make, a_person
from tests.training.trade_builders import MakeTrade


async def test_the_sums_of_every_list_of_training_are_those_of_its_rows(training: ApiClient, make: Make) -> None:
    trade = MakeTrade(make.client)
    for amount in (90 * MILLION + 1, 7 * MILLION):
        money = [
            {"source": "provincial_budget", "amount_vnd": amount},
            {"source": "other", "amount_vnd": 3},
        ]
        await make.program(budget=money)
        training_class = await make.training_class(state="held", budget=money, actual_cost=money[:1])
        await make.attendance(training_class, trainee=a_person(), allowance_vnd=amount // 10)
        event = await trade.event(budget=money)
        await trade.participation(event, revenue_vnd=amount, contract_count=1, contract_value_vnd=2 * amount)
        await trade.link(value_vnd=amount)
    await make.training_class()
    sums = await check_sums(training)
    assert sums["classes"] == {"budget_vnd": 97 * MILLION + 7, "actual_cost_vnd": 97 * MILLION + 1}
    for path in ("programs", "attendances", "trade-events", "participations", "market-links"):
        assert any(sums[path].values()), f"{path} has nothing to sum: nothing was checked"


async def test_sums_of_classes_follow_the_filters(training: ApiClient, make: Make) -> None:
    money = [{"source": "provincial_budget", "amount_vnd": 5 * MILLION}]
    await make.training_class(budget=money, topic="law")
    await make.training_class(budget=money, topic="management")
    for query, expected in (
        ("topic=law", 5 * MILLION),
        ("topic=law&topic=management", 10 * MILLION),
        ("q=khong+co", 0),
    ):
        page = ok(await training.get(f"{CLASSES}?sums=budget_vnd&limit=1&{query}"))
        assert page["sums"] == {"budget_vnd": expected}
    assert faults(await training.get(f"{PATH}/classes?sums=capacity")) == {("sums", "not_allowed")}
