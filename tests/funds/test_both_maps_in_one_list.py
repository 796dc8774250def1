"""A list asked for provinces of both maps at once: what lies in any of them, and nothing else."""

from __future__ import annotations

import pytest

from kernel.values import geography
from tests.funds.builders import LE_LOI, MILLION, PATH, Make, Record
from tests.support.answers import every_item
from tests.support.client import ApiClient

PLACES = {"25-2008": "07900", "17-2008": None, "40-2008": LE_LOI, "26-2008": None}
"""Old provinces that loans lie in; three of them are one today (25-2025)."""


async def lent(make: Make) -> dict[str, Record]:
    """Make a loan in each of the old provinces."""
    by_province = {}
    for province, commune in PLACES.items():
        code = commune or next(c.code for c in geography.communes() if c.map == "2008" and c.province_id == province)
        fund = await make.rich_fund(province="40-2025" if province == "40-2008" else "25-2025")
        borrower = await make.borrower(commune_code=code)
        by_province[province] = await make.loan(fund, 12 * MILLION, borrower=borrower)
        assert by_province[province].province_2008 == province
    return by_province


ASKED = [
    (("25-2008", "40-2025"), {"25-2008", "40-2008"}),
    (("40-2025", "25-2008"), {"25-2008", "40-2008"}),
    (("17-2008", "26-2008", "40-2025"), {"17-2008", "26-2008", "40-2008"}),
    (("17-2008", "25-2025"), {"17-2008", "25-2008", "26-2008"}),
    (("40-2008", "40-2025"), {"40-2008"}),
    (("25-2008", "17-2008"), {"25-2008", "17-2008"}),
    (("25-2025", "40-2025"), set(PLACES)),
    (("01-2008", "01-2025"), set()),
]


async def test_provinces_of_both_maps_are_asked_for_together_in_every_list(funds: ApiClient, make: Make) -> None:
    by_province, nation = await lent(make), funds.as_(area="VN")
    by_loan = {loan.id: province for province, loan in by_province.items()}
    by_application = {loan.loan_application_id: province for province, loan in by_province.items()}
    for provinces, expected in ASKED:
        for path, name, of in (
            ("loans", "id", by_loan),
            ("disbursements", "loan_id", by_loan),
            ("projects", "id", by_loan),
            ("loan-applications", "id", by_application),
        ):
            items = await every_item(nation, f"{PATH}/{path}", province=list(provinces))
            assert {of[item[name]] for item in items} == expected, (path, provinces)
            assert len(items) == len(expected)


@pytest.mark.parametrize("area", ["25-2025", "40-2025"])
async def test_provinces_of_both_maps_show_no_more_than_the_callers_area(
    area: str, funds: ApiClient, make: Make
) -> None:
    by_province = await lent(make)
    own = {loan.id for province, loan in by_province.items() if (province == "40-2008") == (area == "40-2025")}
    items = await every_item(funds.as_(area=area), f"{PATH}/loans", province=["25-2008", "40-2025"])
    assert {item["id"] for item in items} == own & {by_province["25-2008"].id, by_province["40-2008"].id}
