"""What a report says is written from the records of all services, with plans, the year before and what stands in the way."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.values import geography
from tests.funds.builders import MILLION
from tests.funds.builders import Make as FundsMake
from tests.registry.builders import GIA_CAM, LE_LOI, THAI_BINH, Record
from tests.registry.builders import Make as RegistryMake
from tests.reporting.builders import Make, a_figure
from tests.reporting.figures.conftest import ServiceWire
from tests.reporting.plans.builders import Planning
from tests.reporting.reports.builders import REPORTS, Office
from tests.support.answers import assert_problem, ok
from tests.training.builders import Make as TrainingMake

NEW, TOTAL = "cooperatives_new:province", "cooperatives_total:province"
FUNDS = {"record_types": ["disbursements", "loans"], "covered_from": "2020-01-01", "province": "25-2025"}


async def _founded(register: RegistryMake, *days: str, commune: str = GIA_CAM) -> list[Record]:
    return [await register.organization(registered_on=day, commune=commune) for day in days]


async def _target(planning: Planning, value: str = "2", **fields: Any) -> dict[str, Any]:
    plan = await planning.plan(province="25-2025", starts_on="2023-01-01", ends_on="2023-12-31")
    task = await planning.task(plan)
    await planning.measure(plan, task_id=task["id"], value=value, **fields)
    return await planning.approve(plan)


async def test_a_report_has_what_is_covered_and_what_a_plan_wants(
    office: Office, register: RegistryMake, lend: FundsMake, teach: TrainingMake, make: Make, planning: Planning
) -> None:
    await register.coverage(province="25-2025")
    await _founded(register, "2023-03-01", "2023-05-01", "2022-05-01")
    await lend.create("coverages", FUNDS)
    await lend.loan(amount=120 * MILLION)
    await teach.coverage()
    await teach.training_class(state="held")
    await make.coverage("contests")
    await make.activity("contest")
    await _target(planning)
    draft = await office.draft(included=None)
    content = await office.content(draft)
    cells = {cell["key"]: cell for cell in content["cells"]}
    assert cells[NEW]["value"] == 2
    assert cells[NEW]["previous"]["value"] == 1
    assert (cells[NEW]["plan"]["value"], cells[NEW]["plan"]["verdict"]) == (2, "met")
    assert cells[NEW]["previous_full_year"]["value"] == 1
    assert {cell["source_service"] for cell in cells.values()} == {"registry", "funds", "training", "reporting"}
    assert all(cell["status"] in ("reported", "partial") or cell["plan"] for cell in cells.values())
    sentences = [each for section in content["sections"] for each in section["generated"]]
    assert sentences
    assert all(key in cells for each in sentences for key in each["cells"])


async def test_half_a_year_has_the_year_so_far_and_the_plan_of_the_year(
    office: Office, register: RegistryMake, planning: Planning
) -> None:
    await register.coverage(province="25-2025")
    await _founded(register, "2023-03-01", "2023-08-01", "2023-11-01")
    await _target(planning, "4")
    quarter = await office.draft(kind="quarter", from_="2023-07-01", to="2023-09-30", included=[NEW])
    cell = await office.cell(quarter, NEW)
    assert (cell["value"], cell["cumulative"]["value"], cell["plan"]["value"]) == (1, 2, 4)
    assert cell["previous_full_year"]["value"] == 0


async def test_a_service_that_is_down_leaves_its_cells_unavailable_and_stands_in_the_way(
    office: Office, register: RegistryMake, lend: FundsMake, wire: ServiceWire
) -> None:
    await register.coverage(province="25-2025")
    await _founded(register, "2023-03-01")
    draft = await office.draft(included=[NEW, "media_contests:alliance_led"])
    keys = [cell["key"] for cell in (await office.content(draft))["cells"]]
    assert NEW in keys
    wire.cut.add("registry")
    content = await office.content(draft)
    (cell,) = [each for each in content["cells"] if each["key"] == NEW]
    assert (cell["value"], cell["status"]) == (None, "unavailable")
    assert [each["service"] for each in content["unavailable"]] == ["registry"]
    assert (await office.checks(draft))["items"][0]["kind"] == "unavailable"
    refused = await office.preparer.post(f"{REPORTS}/{draft['id']}/submission", json={})
    assert_problem(refused, 409, "report_checks_open")


async def test_who_may_not_see_a_service_is_not_shown_it_in_a_report(office: Office, register: RegistryMake) -> None:
    await register.coverage(province="25-2025")
    draft = await office.draft(included=[NEW])
    half = Office(office.preparer.as_(scope="reports.read reports.write"))
    cell = await half.cell(draft, NEW)
    assert (cell["value"], cell["unavailable"]["code"]) == (None, "not_permitted")


async def test_a_blocking_finding_is_answered_in_words_or_mended(
    office: Office, register: RegistryMake, make: Make
) -> None:
    await register.coverage(province="25-2025")
    await _founded(register, "2023-03-01")
    figure = a_figure(
        indicator="cooperatives_new",
        province="25-2025",
        starts_on="2023-01-01",
        ends_on="2023-12-31",
        value="9",
        unit="cooperative",
    )
    other = await make.figure(**figure)
    draft = await office.draft(included=[NEW])
    code = f"differs_from_reported.cooperatives_new.province.{other['id'][-12:]}"
    (found,) = (await office.checks(draft))["items"]
    assert (found["code"], found["remedy"]) == (code, f"/v1/reporting/reported-figures/{other['id']}")
    assert "báo cáo 9" in found["message"]
    english = await office.preparer.get(f"{REPORTS}/{draft['id']}/checks", headers={"Accept-Language": "en"})
    assert "reports 9" in ok(english)["items"][0]["message"]
    submission = f"{REPORTS}/{draft['id']}/submission"
    assert_problem(await office.preparer.post(submission, json={}), 409, "report_checks_open", count=1, checks=[code])
    path = f"{REPORTS}/{draft['id']}/checks/{code}/answer"
    unknown = f"{REPORTS}/{draft['id']}/checks/outlier.cooperatives_new.province/answer"
    assert_problem(await office.preparer.post(unknown, json={"text": "?"}), 404, "not_found")
    answered = ok(await office.preparer.post(path, json={"text": "Sở đếm cả HTX đã giải thể."}), 201)
    assert [each["text"] for each in answered["answers"]] == ["Sở đếm cả HTX đã giải thể."]
    checks = await office.checks(draft)
    assert (checks["open_count"], checks["items"][0]["answer"]["answered_by"]) == (0, "reporter")
    # What it says is of 2 and 9: once a third is entered, nobody spoke of that.
    await _founded(register, "2023-05-01")
    checks = await office.checks(draft)
    assert (checks["open_count"], checks["items"][0]["answer"]) == (1, None)
    assert_problem(await office.preparer.post(submission, json={}), 409, "report_checks_open", count=1, checks=[code])
    again = ok(await office.preparer.post(path, json={"text": "Sở vẫn đếm cả HTX đã giải thể."}), 201)["answers"]
    assert [(each["value"], each["compared_with"]) for each in again] == [(checks["items"][0]["value"], 9)]
    report = await office.submit(draft)
    assert_problem(await office.preparer.post(path, json={"text": "Khác"}), 409, "report_frozen", state="submitted")
    assert (await office.checks(report))["open_count"] == 0


async def test_a_plan_without_value_is_mended_by_declaring_coverage(
    office: Office, register: RegistryMake, planning: Planning
) -> None:
    await _target(planning)
    await _founded(register, "2023-03-01")
    draft = await office.draft(included=[NEW])
    (found,) = (await office.checks(draft))["items"]
    assert (found["kind"], found["severity"], found["remedy"]) == (
        "plan_without_value",
        "blocking",
        "/v1/registry/coverages",
    )
    await register.coverage(province="25-2025")
    assert (await office.checks(draft))["items"] == []
    assert (await office.submit(draft))["state"] == "submitted"


async def test_an_outlier_against_the_years_before_is_a_warning(office: Office, register: RegistryMake) -> None:
    await register.coverage(province="25-2025", covered_from="2015-01-01")
    await _founded(register, *(f"{year}-03-01" for year in range(2018, 2023)))
    await _founded(register, *(f"2023-{month:02d}-01" for month in range(1, 9)))
    draft = await office.draft(included=[NEW])
    (found,) = (await office.checks(draft))["items"]
    assert (found["kind"], found["severity"]) == ("outlier", "warning")
    assert (await office.submit(draft))["state"] == "submitted"


async def test_tax_debt_is_proposed_where_dissolutions_were_missed(
    office: Office, register: RegistryMake, planning: Planning
) -> None:
    await register.coverage(province="25-2025", record_types=["dissolution_cases"])
    await _target(planning, "100", indicator="dissolution_target_achievement", unit="percent")
    (one,) = await _founded(register, "2015-03-01")
    blocker = {"kind": "tax_debt", "since": "2023-03-01"}
    await register.fact(
        "dissolution-cases",
        one,
        opened_on="2023-02-01",
        planned_year=2023,
        ground="voluntary",
        blockers=[blocker],
    )
    key = "dissolution_target_achievement:province"
    draft = await office.draft(included=[key])
    content = await office.content(draft)
    assert content["cells"][0]["plan"]["verdict"] == "missed"
    (proposed,) = content["proposed_explanations"]
    assert proposed["text"] == "do nợ thuế"
    assert content["cells"][0]["explanation"] is None
    words = {"indicator": proposed["indicator"], "scope": proposed["scope"], "text": proposed["text"]}
    await office.change(draft, explanations=[words])
    content = await office.content(draft)
    assert (content["cells"][0]["explanation"], content["proposed_explanations"]) == ("do nợ thuế", [])


@pytest.mark.parametrize("format_", ["docx", "xlsx", "html"])
async def test_a_draft_is_a_document_too_and_says_that_it_is_one(
    office: Office, register: RegistryMake, format_: str
) -> None:
    await register.coverage(province="25-2025")
    await _founded(register, "2023-03-01")
    draft = await office.draft(included=[NEW])
    path = f"{REPORTS}/{draft['id']}/document"
    response = await office.preparer.get(path, params={"format": format_})
    assert response.status_code == 200, response.text
    assert len(response.content) > 1000
    assert response.headers["content-disposition"].endswith(f'.{format_}"')
    if format_ == "html":
        assert "DỰ THẢO" in response.text
        assert response.headers["content-security-policy"].startswith("default-src 'none'")
        await office.approve(await office.submit(draft))
        assert "DỰ THẢO" not in (await office.preparer.get(path, params={"format": format_})).text


async def test_the_same_report_on_63_and_on_34_provinces_has_the_same_sums(
    office: Office, register: RegistryMake
) -> None:
    for alliance in ("25-2025", "40-2025"):
        await register.coverage(province=alliance)
    for commune in (GIA_CAM, THAI_BINH, LE_LOI):
        (one,) = await _founded(register, "2023-03-01", commune=commune)
        await register.membership(one, admitted_on="2023-04-01")
    nation = Office(office.preparer.as_(area="VN"))
    keys = [NEW, TOTAL, "member_cooperatives_total:province", "member_cooperative_share:province"]
    draft = await nation.draft(province="VN", included=None)
    content = await nation.content(draft)
    assert any(cell["key"] == NEW and cell["value"] == 3 for cell in content["cells"]), keys
    path = f"{REPORTS}/{draft['id']}/provinces"
    by_map = {map_: ok(await nation.preparer.get(path, params={"geography": map_})) for map_ in ("2008", "2025")}
    sums = {
        map_: {total["key"]: total["value"] for total in shown["totals"] if total["is_additive"]}
        for map_, shown in by_map.items()
    }
    assert sums["2008"] == sums["2025"]
    assert sums["2008"][NEW] == 3
    new = [item for item in by_map["2008"]["items"] if item["key"] == NEW and item["value"]]
    assert {item["province"]: item["value"] for item in new} == {"25-2008": 1, "17-2008": 1, "40-2008": 1}
    new = [item for item in by_map["2025"]["items"] if item["key"] == NEW and item["value"]]
    assert {item["province"]: item["value"] for item in new} == {"25-2025": 2, "40-2025": 1}
    assert all(geography.province(item["province"]) for item in by_map["2025"]["items"])


async def test_provinces_are_frozen_with_the_report_on_its_own_map(office: Office, register: RegistryMake) -> None:
    await register.coverage(province="25-2025")
    await _founded(register, "2023-03-01")
    await _founded(register, "2023-03-01", commune=THAI_BINH)
    draft = await office.draft(included=[NEW], geography="2008")
    report = await office.submit(draft)
    path = f"{REPORTS}/{report['id']}/provinces"
    before = ok(await office.preparer.get(path))
    assert before["frozen_at"] == report["frozen_at"]
    await _founded(register, "2023-04-01")
    assert ok(await office.preparer.get(path)) == before
    other = ok(await office.preparer.get(path, params={"geography": "2025"}))
    assert (other["frozen_at"], other["totals"][0]["value"]) == (None, 3)
