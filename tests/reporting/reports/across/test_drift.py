"""What became of frozen figures: told from the histories of the services, and by asking the figures anew."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from services.funds import main as funds_main
from services.funds.indicators import INDICATORS as OF_FUNDS
from services.registry import main as registry_main
from services.registry.indicators import INDICATORS as OF_REGISTRY
from services.reporting import main as reporting_main
from services.reporting.indicators import INDICATORS as OF_REPORTING
from services.reporting.reports.drift import lists_of
from services.training import main as training_main
from services.training.indicators import INDICATORS as OF_TRAINING
from tests.funds.builders import MILLION
from tests.funds.builders import Make as FundsMake
from tests.registry.builders import GIA_CAM, LE_LOI, THAI_BINH
from tests.registry.builders import Make as RegistryMake
from tests.reporting.builders import Make
from tests.reporting.figures.conftest import ServiceWire
from tests.reporting.plans.builders import Planning
from tests.reporting.reports.builders import REPORTS, Office
from tests.support.answers import assert_problem, etag, ok
from tests.support.client import ApiClient

NEW, TOTAL = "cooperatives_new:province", "cooperatives_total:province"
CONTESTS = "media_contests:alliance_led"


def _cells(drift: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {each["key"]: (each["before"], each["after"]) for each in drift["cells"]}


async def test_a_corrected_record_is_named_with_who_why_and_what_it_moves(
    office: Office, register: RegistryMake, registry: ApiClient
) -> None:
    await register.coverage(province="25-2025")
    one = await register.organization(registered_on="2023-03-01")
    report = await office.issued(included=[NEW, TOTAL])
    nothing = await office.drift(report)
    assert (nothing["records"], nothing["cells"], nothing["records_count"]) == ([], [], 0)
    registry = registry.as_(sub="clerk")
    now = ok(await registry.get(f"/v1/registry/organizations/{one['id']}"))
    patch = {"registered_on": "2022-12-30", "reason": "Ghi nhầm năm"}
    ok(await registry.patch(f"/v1/registry/organizations/{one['id']}", json=patch, headers=etag(now)))
    drift = await office.drift(report)
    assert _cells(drift) == {NEW: (1, 0)}
    (record,) = drift["records"]
    assert (record["service"], record["resource_id"]) == ("registry", one["id"])
    assert (record["changed_by"], record["reason"], record["action"]) == ("clerk", "Ghi nhầm năm", "corrected")
    assert record["resource"] == f"/v1/registry/organizations/{one['id']}"
    assert (drift["records_count"], drift["cells_count"]) == (1, 1)


async def test_what_the_report_does_not_count_or_lies_elsewhere_is_no_drift(
    office: Office, register: RegistryMake, lend: FundsMake, make: Make
) -> None:
    await register.coverage(province="25-2025")
    report = await office.issued(included=[NEW])
    await register.organization(registered_on="2023-03-01", commune=LE_LOI)
    await make.activity("contest")
    await lend.loan(amount=10 * MILLION)
    drift = await office.drift(report)
    assert (drift["records"], drift["cells"]) == ([], [])
    two_years_later = await register.organization(registered_on="2025-03-01")
    drift = await office.drift(report)
    assert {each["resource_id"] for each in drift["records"]} == {two_years_later["id"]}
    assert drift["cells"] == []


async def test_a_report_of_an_old_province_drifts_by_what_lies_there(office: Office, register: RegistryMake) -> None:
    await register.coverage(province="25-2025")
    report = await office.issued(province="25-2008", included=[NEW])
    await register.organization(registered_on="2023-03-01", commune=THAI_BINH)
    assert (await office.drift(report))["records"] == []
    await register.organization(registered_on="2023-03-01", commune=GIA_CAM)
    drift = await office.drift(report)
    assert (_cells(drift), drift["records_count"]) == ({NEW: (0, 1)}, 1)


async def test_a_fact_without_a_place_of_its_own_lies_where_its_organization_does(
    office: Office, register: RegistryMake, registry: ApiClient
) -> None:
    await register.coverage(province="25-2025")
    there, here = [
        await register.organization(registered_on="2022-03-01", commune=commune) for commune in (THAI_BINH, GIA_CAM)
    ]
    report = await office.issued(province="25-2008", included=[TOTAL])
    ended = {"kind": "legal", "status": "ended", "effective_on": "2023-06-01"}
    for one in (there, here):
        path = f"/v1/registry/organizations/{one['id']}/status-changes"
        ok(await registry.as_(area="VN", sub="builder").post(path, json=ended), 201)
    drift = await office.drift(report)
    assert _cells(drift) == {TOTAL: (1, 0)}
    named = {each["resource_id"] for each in drift["records"] if each["resource_type"] == "organization"}
    assert named <= {here["id"]}
    assert [each["resource_type"] for each in drift["records"]].count("status_change") == 1


async def test_a_history_that_is_none_is_a_service_without_an_answer(
    office: Office, register: RegistryMake, wire: ServiceWire
) -> None:
    await register.coverage(province="25-2025")
    report = await office.issued(included=[NEW])

    said: list[object] = [
        {},
        {"items": [{}], "next_cursor": None},
        {"items": [7], "next_cursor": None},
        {"items": None},
    ]

    async def nonsense(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/history"):
            return httpx.Response(503)
        return httpx.Response(200, json=said.pop())

    wire.instead["registry"] = nonsense
    while said:
        drift = await office.drift(report)
        assert drift["records"] == []
        assert [(each["service"], each["code"]) for each in drift["unavailable"]] == [("registry", "bad_answer")]


async def test_funds_plans_and_own_records_are_among_them_and_a_removal_is(
    office: Office, lend: FundsMake, make: Make, planning: Planning
) -> None:
    fields = {"record_types": ["disbursements", "loans"], "covered_from": "2020-01-01", "province": "25-2025"}
    await lend.create("coverages", fields)
    await make.coverage("contests")
    activity = await make.activity("contest")
    key = "loan_amount_disbursed:funds_managed_by_alliance"
    plan = await planning.plan(province="25-2025")
    await planning.measure(plan, indicator="media_contests", scope="alliance_led", value="1", unit="event")
    await planning.approve(plan)
    report = await office.issued(included=[key, CONTESTS])
    await lend.loan(amount=120 * MILLION)
    path = f"/v1/reporting/activities/{activity['id']}"
    await office.preparer.delete(path, params={"reason": "Nhập hai lần"}, headers=etag(activity))
    drift = await office.drift(report)
    assert _cells(drift) == {key: (0, 120 * MILLION), CONTESTS: (1, 0)}
    assert {each["service"] for each in drift["records"]} == {"funds", "reporting"}
    (removal,) = [each for each in drift["records"] if each["resource_id"] == activity["id"]]
    assert (removal["action"], removal["reason"]) == ("removed", "Nhập hai lần")


async def test_a_service_that_is_down_is_named_and_its_cells_are_no_drift(
    office: Office, register: RegistryMake, make: Make, wire: ServiceWire
) -> None:
    await register.coverage(province="25-2025")
    await make.coverage("contests")
    report = await office.issued(included=[NEW, CONTESTS])
    await make.activity("contest")
    wire.cut.add("registry")
    drift = await office.drift(report)
    assert _cells(drift) == {CONTESTS: (0, 1)}
    assert [each["service"] for each in drift["unavailable"]] == ["registry"]


def test_every_list_that_figures_are_counted_from_has_a_history() -> None:
    mains = {"registry": registry_main, "funds": funds_main, "training": training_main, "reporting": reporting_main}
    tables = {"registry": OF_REGISTRY, "funds": OF_FUNDS, "training": OF_TRAINING, "reporting": OF_REPORTING}
    for service, table in tables.items():
        known = {resource.path.rpartition("/")[2] for resource in mains[service].RESOURCES}
        for code, indicator in table.by_code.items():
            evidence = f"/v1/{service}/{indicator.listed}?counted_in={code}"
            cell: dict[str, Any] = {
                "source_service": service,
                "evidence": evidence,
                "denominator_evidence": None,
                "plan": {},
            }
            asked = lists_of([cell])
            assert asked[service] <= known, code
            assert len(asked[service]) > 1, code


async def test_a_draft_has_no_drift(office: Office) -> None:
    draft = await office.draft()
    refused = await office.preparer.get(f"{REPORTS}/{draft['id']}/drift")
    assert_problem(refused, 409, "report_step_not_open", state="draft", next_step="submission")


async def test_a_revision_is_explained_by_the_records_between_and_no_later_one(
    office: Office, register: RegistryMake
) -> None:
    await register.coverage(province="25-2025")
    report = await office.issued(included=[NEW])
    between = await register.organization(registered_on="2023-03-01")
    revision = await office.revise(report)
    await office.submit(revision)
    await register.organization(registered_on="2023-04-01")
    diff = ok(await office.preparer.get(f"{REPORTS}/{revision['id']}/diff"))
    assert _cells(diff) == {NEW: (0, 1)}
    assert diff["supersedes_id"] == report["id"]
    assert {each["resource_id"] for each in diff["records"]} == {between["id"]}
    first = ok(await office.preparer.get(f"{REPORTS}/{report['id']}/diff"))
    assert (first["supersedes_id"], first["cells"]) == (None, [])


async def test_records_that_change_while_a_report_is_submitted_are_counted_or_are_drift(
    office: Office, register: RegistryMake
) -> None:
    await register.coverage(province="25-2025")
    for _ in range(3):
        draft = await office.draft(kind="free", included=[NEW], to="2023-12-31")
        report, _ = await asyncio.gather(office.submit(draft), register.organization(registered_on="2023-03-01"))
        frozen = (await office.cell(report, NEW))["value"]
        drift = await office.drift(report)
        now = (await office.cell(await office.draft(kind="free", included=[NEW]), NEW))["value"]
        assert _cells(drift) == ({} if frozen == now else {NEW: (frozen, now)})
        if frozen != now:
            assert drift["records"]
