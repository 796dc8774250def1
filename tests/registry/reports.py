"""The records behind the tests of figures, and how they ask for figures."""

from __future__ import annotations

from typing import Any

from services.registry.indicators import INDICATORS as TABLE
from tests.registry.builders import LE_LOI, PATH, TAN_DAN, THAI_BINH, Make, Record
from tests.support.answers import ok
from tests.support.client import ApiClient

VALUES = f"{PATH}/indicator-values"
PERIOD = {"from": "2023-01-01", "to": "2023-08-31"}
INDICATORS = TABLE.by_code
Figures = dict[tuple[str, str | None, str | None], dict[str, Any]]


async def figures(client: ApiClient, **params: Any) -> Figures:
    """Return the figures asked for by indicator, province and group."""
    items = ok(await client.get(VALUES, params={**PERIOD, **params}))["items"]
    by_key = {(item["indicator"], item["province"], item["group"]): item for item in items}
    assert len(by_key) == len(items), "a figure stands twice"
    return by_key


async def value(client: ApiClient, indicator: str, **params: Any) -> Any:
    """Return one figure's value, once it is known to be the only one and reported."""
    (item,) = (await figures(client, indicators=indicator, **params)).values()
    assert item["status"] == "reported"
    return item["value"]


async def make_reports(make: Make) -> dict[str, Record]:
    """Old Phú Thọ and old Hòa Bình with coverage for January to August 2023; Vĩnh Phúc, merged with them, without."""
    led = await make.organization(
        registered_on="2023-03-01", founding_attribution="alliance_led", report_sector="agriculture"
    )
    await make.membership(led, admitted_on="2023-05-01")
    await make.fact("certificates", led, area_hectares="12.5", valid_from="2023-05-01", attribution="joint")
    await make.fact("products", led, recognized_on="2023-04-01", attribution="alliance_led")
    old = await make.organization(registered_on="2019-01-01", report_sector="trade_service")
    await make.membership(old, admitted_on="2018-01-01")
    await make.fact("certificates", old, area_hectares="600", valid_from="2023-06-01", attribution="supported")
    await make.fact("certificates", old, area_hectares="30.5", valid_from="2023-08-31")
    await make.fact("certificates", old, area_hectares="7", valid_from="2022-12-31", attribution="supported")
    await make.fact("certificates", old, scheme="organic", valid_from="2023-06-01", attribution="supported")
    helped = await make.organization(
        registered_on="2023-04-01", founding_attribution="supported", operating_state="dormant"
    )
    await make.membership(helped, kind="affiliate", admitted_on="2023-05-02")
    other = await make.organization(registered_on="2023-08-31", founding_attribution="none")
    await make.status(other, "temporarily_suspended", on="2023-08-31")
    ended = await make.organization(registered_on="2015-01-01")
    await make.membership(ended, admitted_on="2015-02-01", left_on="2023-07-01")
    await make.status(ended, "ended", on="2023-07-01")
    converted = await make.group(registered_on="2020-01-01")
    await make.fact("type-conversions", converted, kind="group_to_cooperative", effective_on="2023-02-01")
    founded = await make.group(registered_on="2023-05-05", report_sector="agriculture")
    terminated = await make.group(registered_on="2020-01-01")
    await make.status(terminated, "terminated", on="2023-08-31")
    await make.union(registered_on="2023-01-01")
    renewed = await make.organization(registered_on="2010-01-01", report_sector="agriculture")
    await make.fact("type-conversions", renewed, effective_on="2023-03-03", attribution="alliance_led")
    firm = await make.organization(type="enterprise", registered_on="2012-01-01")
    await make.membership(firm, admitted_on="2023-05-01")
    await make.fact("products", firm, name="Rượu cần", ocop_stars=3, recognized_on="2023-01-01")
    await make.fact("products", firm, name="Bánh gai", ocop_stars=3, recognized_on="2023-08-31")
    await make.fact("products", firm, name="Chưa đạt", ocop_stars=2, recognized_on="2023-08-31")
    # One that holds, and four that do not on the last day: run out, too few stars, of one that ended, without a recognition.
    await make.fact("products", old, recognized_on="2021-06-01", valid_until="2024-06-01", attribution="joint")
    await make.fact("products", old, name="Bưởi", recognized_on="2019-01-01", valid_until="2023-08-30")
    await make.fact("products", old, name="Mật ong", ocop_stars=2, recognized_on="2022-06-01")
    await make.fact("products", ended, recognized_on="2022-06-01")
    await make.fact("products", old, name="Gạo", ocop_stars=None, recognized_on=None)
    moved = await make.organization(registered_on="2018-01-01", commune=TAN_DAN)
    await make.membership(moved, admitted_on="2023-04-01")
    await make.move(moved, THAI_BINH, on="2023-06-01")
    there = await make.organization(registered_on="2023-02-02", commune=THAI_BINH)
    await make.organization(registered_on="2023-02-02", commune=LE_LOI)
    await make.organization(registered_on="2023-09-01")
    managers = {"managers_no_qualification": 1, "managers_elementary": 1, "managers_intermediate": 2}
    managers |= {"managers_college": 2, "managers_university_or_higher": 2}
    pay = {"income_per_worker": {"amount_vnd": 6_000_000, "per": "month"}}
    await make.statistic(old, period="2023-8M", revenue_vnd=1000, profit_vnd=-50, **managers, **pay)
    await make.statistic(renewed, period="2022", members_official=7, workers_regular=2)
    await make.statistic(renewed, period="2023-8M", revenue_vnd=500, members_official=8, workers_regular=None)
    await make.statistic(moved, period="2022", members_official=3, workers_regular=3)
    await _make_rounds(
        make, led=led, old=old, helped=helped, other=other, ended=ended, converted=converted, founded=founded, firm=firm
    )
    await _make_models(make, led, old, ended, firm, moved)
    await make.fact("models", helped, kind="value_chain", recognized_on="2022-05-01", attribution="supported")
    await make.chain(other, name="Chuỗi rau", ended_on="2023-08-30", attribution="joint")
    for province in ("25-2008", "17-2008"):
        await make.coverage(province=province, covered_from="2023-01-01", covered_to="2023-08-31")
    return {"led": led, "old": old, "moved": moved, "there": there}


async def _make_rounds(make: Make, **of: Record) -> None:
    """Add what the alliance looked at, dissolutions and teams of members; some lie outside the days."""
    dossiers = (
        ("led", "2023-03-05", "alliance_led"),
        ("other", "2023-08-31", "joint"),
        ("helped", "2023-04-03", "none"),
        ("founded", "2023-05-06", None),
        ("converted", "2023-01-15", "alliance_led"),
        ("old", "2022-12-31", "alliance_led"),
    )
    for name, day, part in dossiers:
        await make.fact("inspections", of[name], kind="dossier", inspected_on=day, attribution=part)
    rounds = (("old", "2023-02-01"), ("old", "2023-06-01"), ("firm", "2023-06-01"), ("converted", "2023-01-16"))
    for name, day in rounds:
        await make.fact("inspections", of[name], inspected_on=day, recommendations=[])
    await make.fact("inspections", of["led"], inspected_on="2023-07-01", recommendations=[], attribution="supported")
    begun = {"opened_on": "2023-02-01", "blockers": [], "steps": []}
    await make.fact("dissolution-cases", of["ended"], **begun, outcome="ended", outcome_on="2023-07-01")
    await make.fact("dissolution-cases", of["helped"], **begun, outcome="withdrawn", outcome_on="2023-05-01")
    for name, year in (("old", 2023), ("other", 2023), ("led", 2022)):
        await make.fact("dissolution-cases", of[name], **begun, planned_year=year)
    twice = [{"on": "2023-04-12", "decision_number": None}, {"on": "2023-05-12", "decision_number": None}]
    await make.team(organization_ids=[of["old"].id], consolidations=twice)
    await make.team(consolidations=[{"on": "2022-12-31", "decision_number": None}])


async def _make_models(make: Make, led: Record, old: Record, ended: Record, firm: Record, moved: Record) -> None:
    """Recognitions that hold, have run out, begin later or are of one that ended; and a chain with suppliers of each kind."""
    await make.fact("models", led, recognized_on="2023-04-01", attribution="joint")
    await make.fact("models", led, recognized_on="2023-06-01", attribution="supported")
    await make.fact("models", old, recognized_on="2021-01-01", valid_until="2023-08-31")
    for gone in ("2021-01-01", "2023-09-01"):
        await make.fact("models", old, kind="high_tech", recognized_on=gone, valid_until=gone, attribution="supported")
    await make.fact("models", old, kind="high_tech", recognized_on="2023-01-01", attribution="alliance_led")
    await make.fact("models", old, kind="value_chain", recognized_on="2023-08-31", attribution="alliance_led")
    await make.fact("models", ended, recognized_on="2020-01-01")
    await make.fact("models", firm, kind="value_chain", recognized_on="2023-02-01", attribution="joint")
    await make.fact("models", moved, recognized_on="2023-07-01")
    await make.fact("models", moved, kind="typical", recognized_on="2023-05-01", attribution="none")
    suppliers = [
        {"role": "input_supplier", "organization_id": each.id, "started_on": day, "ended_on": None}
        for each, day in ((led, "2023-02-01"), (moved, "2022-12-31"), (firm, "2023-03-01"))
    ]
    others = [{"role": "producer", "organization_id": led.id}, {"role": "input_supplier", "party_name": "Sơn Nam"}]
    chain = {"started_on": "2022-01-01", "attribution": "supported"}
    await make.chain(old, *suppliers, *others, **chain)
    again = {"role": "input_supplier", "organization_id": led.id}
    await make.chain(old, again, name="Chuỗi lúa", started_on="2023-05-01", attribution="alliance_led")
