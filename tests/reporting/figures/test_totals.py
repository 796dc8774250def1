"""Totals over groups: sums are summed, ratios divided anew, and units are never mixed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.values.money import quotient, share_percent
from services.reporting.catalogue import CATALOGUE, Entry
from services.reporting.figures.totals import MixedUnits, total
from tests.registry.builders import THAI_BINH
from tests.registry.builders import Make as RegistryMake
from tests.reporting.figures.conftest import Asking

SHARE = CATALOGUE["alliance_member_share_of_active"]
RATED = CATALOGUE["cooperatives_good_fair_share"]
MEAN = CATALOGUE["avg_revenue_per_cooperative"]
parts = st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**6)), min_size=1, max_size=20)


def _item(entry: Entry, value: Any, above: Any = None, below: Any = None, **fields: Any) -> dict[str, Any]:
    return {
        "indicator": entry.code,
        "unit": entry.unit,
        "value": value,
        "numerator": above,
        "denominator": below,
        "status": "reported",
        **fields,
    }


def _of_ratio(entry: Entry, above: int, below: int) -> dict[str, Any]:
    value = (share_percent if entry.unit == "percent" else quotient)(above, below)
    return _item(entry, None if value is None else float(value), above, below)


@pytest.mark.parametrize("entry", [SHARE, RATED, MEAN], ids=lambda entry: str(entry.code))
@given(split=parts)
def test_any_split_into_areas_gives_the_same_ratio_as_the_whole(entry: Entry, split: list[tuple[int, int]]) -> None:
    above, below = (sum(column) for column in zip(*split, strict=True))
    whole = _of_ratio(entry, above, below)
    made = total(entry, [_of_ratio(entry, *each) for each in split], in_time=False)
    assert (made["numerator"], made["denominator"]) == (above, below)
    assert made["value"] == whole["value"]
    again = total(entry, [_of_ratio(entry, above, below)], in_time=False)
    assert again["value"] == made["value"]


@given(split=parts)
def test_any_split_of_the_days_gives_the_same_percent_as_the_whole(split: list[tuple[int, int]]) -> None:
    above, below = (sum(column) for column in zip(*split, strict=True))
    made = total(RATED, [_of_ratio(RATED, *each) for each in split], in_time=True)
    assert made["value"] == _of_ratio(RATED, above, below)["value"]


@given(values=st.lists(st.integers(0, 10**15), min_size=1, max_size=30), data=st.data())
def test_any_split_of_a_sum_adds_up_and_of_a_stock_the_last_stands(values: list[int], data: st.DataObject) -> None:
    flow, stock = CATALOGUE["loan_amount_disbursed"], CATALOGUE["fund_outstanding"]
    for entry in (flow, stock):
        assert total(entry, [_item(entry, each) for each in values], in_time=False)["value"] == sum(values)
    assert total(flow, [_item(flow, each) for each in values], in_time=True)["value"] == sum(values)
    assert total(stock, [_item(stock, each) for each in values], in_time=True)["value"] == values[-1]
    # A total of totals is the total, however they are put together.
    cut = data.draw(st.integers(0, len(values)))
    halves = [total(flow, [_item(flow, v) for v in half], in_time=False) for half in (values[:cut], values[cut:])]
    assert sum(half["value"] or 0 for half in halves) == sum(values)


def test_hectares_add_up_as_they_are_written() -> None:
    area = CATALOGUE["certified_area_vietgap"]
    assert total(area, [_item(area, 0.1), _item(area, 0.2)], in_time=False)["value"] == 0.3
    assert Decimal(str(total(area, [_item(area, 12.5)] * 3, in_time=True)["value"])) == Decimal("37.5")


def test_units_are_never_mixed() -> None:
    monthly = _item(MEAN, 1.0, 1, 1, unit="vnd_per_month")
    with pytest.raises(MixedUnits):
        total(MEAN, [monthly, _item(MEAN, 2.0, 2, 1, unit="vnd_per_quarter")], in_time=False)
    with pytest.raises(MixedUnits):
        total(MEAN, [monthly, _item(MEAN, 2.0, 2, 1, unit="million_vnd_per_month")], in_time=False)


@pytest.mark.parametrize(
    ("code", "in_time"),
    [
        ("training_distinct_trainees", False),
        ("loan_borrowers", False),
        ("cooperatives_dissolved", True),
        ("avg_income_per_cooperative_worker_growth", False),
        ("avg_revenue_per_cooperative", True),
        ("dissolution_target_achievement", True),
    ],
)
def test_what_does_not_follow_from_the_groups_has_no_total(code: str, in_time: bool) -> None:
    entry = CATALOGUE[code]
    ratio = (1, 2) if entry.numerator is not None else (None, None)
    made = total(entry, [_item(entry, 50, *ratio)] * 2, in_time=in_time)
    assert (made["value"], made["is_complete"]) == (None, True)


def test_the_least_of_groups_is_the_least_and_what_is_not_known_leaves_a_total_in_part() -> None:
    least = CATALOGUE["ocop_star_grade"]
    assert total(least, [_item(least, 4), _item(least, 3), _item(least, None)], in_time=False)["value"] == 3
    flow = CATALOGUE["cooperatives_new"]
    made = total(flow, [_item(flow, 4), _item(flow, None, status="not_reported")], in_time=False)
    assert (made["value"], made["is_complete"]) == (4, False)
    assert total(flow, [], in_time=False)["value"] is None


async def test_totals_of_a_grouped_question_are_the_figures_of_the_whole(ask: Asking, register: RegistryMake) -> None:
    await register.coverage(province="25-2025")
    for commune, member, state in (
        (None, True, "operating"),
        (None, False, "operating"),
        (None, False, "operating"),
        (THAI_BINH, True, "operating"),
        (THAI_BINH, True, "dormant"),
    ):
        fields = {} if commune is None else {"commune": commune}
        each = await register.organization(**fields, operating_state=state, registered_on="2023-03-01")
        if member:
            await register.membership(each, admitted_on="2023-05-01")
    codes = "alliance_member_share_of_active,cooperatives_total,cooperatives_new,alliance_members_admitted"
    whole = {each["indicator"]: each["value"] for each in await ask.items(codes)}
    assert whole == {
        "alliance_member_share_of_active": 50,
        "cooperatives_total": 5,
        "cooperatives_new": 5,
        "alliance_members_admitted": 3,
    }
    for group_by, geography in (("province", "2008"), ("province", "2025"), ("commune", "2008"), ("commune", "2025")):
        totals = (await ask.document(codes, group_by=group_by, geography=geography))["totals"]
        assert {each["indicator"]: each["value"] for each in totals} == whole
        assert all(each["is_complete"] for each in totals)
    by_month = (await ask.document("cooperatives_total,cooperatives_new", group_by="month"))["totals"]
    assert [each["value"] for each in by_month] == [5, 5]
    assert (await ask.document(codes))["totals"] == []


async def test_credit_funds_apart_are_no_part_of_a_total(ask: Asking, register: RegistryMake) -> None:
    await register.coverage(province="25-2025")
    await register.organization()
    document = await ask.document("cooperatives_without_credit_funds", group_by="is_credit_fund")
    assert [each["value"] for each in document["totals"]] == [None]
