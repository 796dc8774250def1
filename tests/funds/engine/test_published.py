"""Schedules that others published, computed again. Their cents are our đồng.

Sources: Apache Fineract, end-to-end tests, EMICalculation.feature (cases C3152 to C3167); Microsoft Excel, help on PMT,
IPMT and PPMT; MathWorks, help on amortize.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.funds.engine.days import MONTHLY, DayCount, Interval
from services.funds.engine.schedule import schedule
from services.funds.engine.terms import Terms

NEW_YEAR, MID_DECEMBER = date(2024, 1, 1), date(2023, 12, 12)


def equal_installments(
    principal: int,
    rate: str,
    rows: int,
    day_count: DayCount = "none",
    interval: Interval = MONTHLY,
    disbursed_on: date = NEW_YEAR,
) -> Terms:
    return Terms(
        principal_vnd=principal,
        annual_rate_percent=Decimal(rate),
        installments=rows,
        disbursed_on=disbursed_on,
        method="equal_installment",
        day_count=day_count,
        interval=interval,
    )


@pytest.mark.parametrize(
    ("terms", "principals", "interests"),
    [
        pytest.param(
            equal_installments(10_000, "12", 6, "30e_360"),
            [1625, 1641, 1658, 1674, 1691, 1711],
            [100, 84, 67, 51, 34, 17],
            id="C3154 30/360",
        ),
        pytest.param(
            equal_installments(10_000, "9.4822", 6, "30e_360"),
            [1634, 1647, 1660, 1673, 1686, 1700],
            [79, 66, 53, 40, 27, 13],
            id="C3155 30/360, a rate with four decimals",
        ),
        pytest.param(
            equal_installments(10_000, "12", 3, "30e_360", Interval(2, "months")),
            [3268, 3333, 3399],
            [200, 135, 68],
            id="C3157 every two months",
        ),
        pytest.param(
            equal_installments(10_000, "9.4822", 6, "actual_360", Interval(14, "days")),
            [1651, 1657, 1663, 1669, 1676, 1684],
            [37, 31, 25, 19, 12, 6],
            id="C3158 every two weeks over 360",
        ),
        pytest.param(
            equal_installments(10_000, "12", 6, "actual_365"),
            [1623, 1645, 1656, 1675, 1690, 1711],
            [102, 80, 69, 50, 35, 17],
            id="C3159 actual days over 365",
        ),
        pytest.param(
            equal_installments(10_000, "9.4822", 6, "actual_365"),
            [1632, 1650, 1659, 1674, 1686, 1699],
            [81, 63, 54, 39, 27, 13],
            id="C3160 actual days over 365, a rate with four decimals",
        ),
        pytest.param(
            equal_installments(7_500, "5", 5, "30e_360"),
            [1488, 1494, 1500, 1506, 1512],
            [31, 25, 19, 13, 6],
            id="C3161 after its down payment",
        ),
        pytest.param(
            equal_installments(10_000, "15.678", 6, "actual_365"),
            [1610, 1638, 1653, 1677, 1697, 1725],
            [133, 105, 90, 66, 46, 22],
            id="C3167 actual days over 365",
        ),
    ],
)
def test_fineracts_schedules_are_ours_to_the_last_unit(
    terms: Terms, principals: list[int], interests: list[int]
) -> None:
    rows = schedule(terms)
    assert [row.principal_vnd for row in rows] == principals
    assert [row.interest_vnd for row in rows] == interests


@pytest.mark.parametrize(
    ("terms", "level", "interests"),
    [
        # Fineract gives 31 December to the next year; ISDA's actual/actual, as here, counts it to its own.
        pytest.param(
            equal_installments(1_000_000, "12", 6, "actual_actual", disbursed_on=MID_DECEMBER),
            172_556,
            [10181, 8514, 6405, 5158, 3345, 1736],
            id="C3152 actual/actual",
        ),
        # In these Fineract moves the level payment by a cent to make the last one more like the others.
        pytest.param(
            equal_installments(33_177, "10.65", 5, "actual_actual", disbursed_on=MID_DECEMBER),
            6_814,
            [300, 241, 170, 121, 59],
            id="C3164 actual/actual",
        ),
        pytest.param(equal_installments(7_500, "12.3", 5, "30e_360"), 1_547, [77, 62, 47, 31, 16], id="C3165"),
        pytest.param(
            equal_installments(10_000, "9.4822", 6, "actual_365", Interval(15, "days")),
            1_690,
            [39, 33, 26, 20, 13, 7],
            id="C3166 every 15 days",
        ),
    ],
)
def test_where_fineract_defines_it_otherwise_we_differ_by_one_unit(
    terms: Terms, level: int, interests: list[int]
) -> None:
    rows = schedule(terms)
    assert all(abs(row.total_vnd - level) <= 1 for row in rows[:-1])
    assert all(abs(row.interest_vnd - theirs) <= 1 for row, theirs in zip(rows, interests, strict=True))


def test_the_examples_of_excels_help() -> None:
    # PMT(8%/12, 10, 10000) = -1 037.03; IPMT(10%/12, 1, 36, 8000) = -66.67; PPMT(10%/12, 1, 24, 2000) = -75.62.
    assert schedule(equal_installments(1_000_000, "8", 10))[0].total_vnd == 103_703
    assert schedule(equal_installments(800_000, "10", 36))[0].interest_vnd == 6_667
    assert schedule(equal_installments(200_000, "10", 24))[0].principal_vnd == 7_562


def test_the_mortgage_of_mathworks_help() -> None:
    # 100 000 at 12 % over 360 months is 1 028.61 a month; the interest in all exceeds 270 000.
    rows = schedule(equal_installments(10_000_000, "12", 360))
    assert {row.total_vnd for row in rows[:-1]} == {102_861}
    assert 27_000_000 < sum(row.interest_vnd for row in rows) < 27_100_000
