"""The same question on 63 and on 34 provinces: what adds up comes to the same, and the rest is counted anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.values import geography
from services.registry import code_lists as registry_lists
from services.reporting.catalogue import CATALOGUE
from services.reporting.code_lists import RECORD_TYPES
from tests.funds.builders import MILLION
from tests.funds.builders import Make as FundsMake
from tests.registry.builders import GIA_CAM, LE_LOI, TAN_DAN, THAI_BINH
from tests.registry.builders import Make as RegistryMake
from tests.reporting.builders import Make
from tests.reporting.figures.conftest import Asking
from tests.support.client import ApiClient
from tests.training.builders import Make as TrainingMake

ALLIANCES = ("25-2025", "40-2025")


async def _records(register: RegistryMake, lend: FundsMake, teach: TrainingMake, make: Make) -> None:
    """Enter something in old Phú Thọ, old Hòa Bình and Nghệ An, in every service."""
    for alliance in ALLIANCES:
        await register.coverage(province=alliance, record_types=list(registry_lists.RECORD_TYPES))
        everything = {"covered_from": "2020-01-01", "province": alliance}
        await lend.create("coverages", {**everything, "record_types": ["disbursements", "loans"]})
        await teach.coverage("classes", "attendances", "participations", "market_links", province=alliance)
        await make.coverage(*RECORD_TYPES, province=alliance)
    for number, commune in enumerate((GIA_CAM, TAN_DAN, THAI_BINH, LE_LOI)):
        income = {"amount_vnd": (number + 4) * MILLION, "per": "month"}
        one = await register.organization(commune=commune, registered_on="2023-04-01")
        await register.statistic(one, period="2023", income_per_worker=income, revenue_vnd=(number + 1) * MILLION)
        await register.membership(one, admitted_on="2023-05-01")
        for kind in ("effective", "high_tech", "value_chain"):
            await register.fact("models", one, kind=kind, recognized_on="2023-06-01")
        await register.fact("certificates", one, valid_from="2023-06-01", area_hectares="12.5")
        await register.fact("products", one, recognized_on="2023-07-01", ocop_stars=3 + number % 2)
        await teach.training_class(state="held", commune_code=commune)
        await make.activity("contest", commune_code=commune)
        await make.activity("bulletin", commune_code=commune, quantity=100 + number)
    for alliance, commune in ((ALLIANCES[0], GIA_CAM), (ALLIANCES[0], THAI_BINH), (ALLIANCES[1], LE_LOI)):
        fund = await lend.rich_fund(province=alliance)
        borrower = await lend.borrower(commune_code=commune)
        await lend.loan(fund, 60 * MILLION, borrower=borrower)


def _by_code(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["indicator"]: each for each in document["totals"]}


async def test_sums_over_the_old_and_the_new_provinces_are_the_same(
    reporting: ApiClient, register: RegistryMake, lend: FundsMake, teach: TrainingMake, make: Make
) -> None:
    await _records(register, lend, teach, make)
    ask = Asking(reporting.as_(area="VN"))
    whole = {each["indicator"]: each for each in await ask.items(None, province=None)}
    documents = {
        map_: await ask.document(None, province=None, group_by="province", geography=map_) for map_ in ("2008", "2025")
    }
    old, new = (_by_code(documents[map_]) for map_ in ("2008", "2025"))
    grouped = {code for code, entry in CATALOGUE.items() if "province" in entry.group_by}
    assert old.keys() == new.keys() == grouped
    moved = set()
    for code, entry in CATALOGUE.items():
        if code not in grouped:
            continue
        for part in ("value", "numerator", "denominator"):
            assert old[code][part] == new[code][part], code
        if entry.is_additive or entry.numerator is not None or entry.aggregation == "min":
            assert old[code]["value"] == whole[code]["value"], code
        else:
            # Counted anew: neither map's provinces add up to it, and no total is made up.
            assert old[code]["value"] is None, code
        if whole[code]["value"]:
            moved.add(code)
    assert len(moved) > 25
    for map_, count in (("2008", 63), ("2025", 34)):
        of_one = [each for each in documents[map_]["items"] if each["indicator"] == "cooperatives_new"]
        assert len(of_one) == count
        assert sum(each["value"] or 0 for each in of_one) == 4


async def test_a_province_asked_by_either_of_its_names_has_the_same_figures(
    reporting: ApiClient, register: RegistryMake, lend: FundsMake, teach: TrainingMake, make: Make
) -> None:
    await _records(register, lend, teach, make)
    ask = Asking(reporting.as_(area="VN"))
    old, new = [
        [{**each, "province": None} for each in await ask.items(None, province=province)]
        for province in ("40-2008", "40-2025")
    ]
    assert old == new
    merged = {each["indicator"]: each for each in await ask.items(None, province="25-2025")}
    before = [
        {each["indicator"]: each for each in await ask.items(None, province=province)}
        for province in geography.expand("25-2025")
    ]
    for code, entry in CATALOGUE.items():
        if entry.is_additive and entry.group_by:
            assert sum(each[code]["value"] for each in before) == merged[code]["value"], code
