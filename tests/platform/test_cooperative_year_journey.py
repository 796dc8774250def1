"""A year of one cooperative, and the dissolution of another, through the gateway as the officers of one alliance enter them.

All of it lies in old Vĩnh Phúc (26-2008, of Phú Thọ's alliance today) and in 2022. After each step the feed and the history tell of
it, and the figures moved by exactly what it adds: how they stood before is asked for first.
"""

from __future__ import annotations

import os
import time

import pytest

from tests.platform.conftest import Platform
from tests.platform.desks import PROVINCE, REGISTRY, REPORTING, YEAR, Desk, Record, a_person
from tests.platform.test_training_journey import Person, signed_in
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.platform
MILLION = 1_000_000
HERE = {"commune_code": "08707", "commune_map": "2008"}
DECLARED = {
    REGISTRY: [
        "cooperatives",
        "operating_states",
        "statistics",
        "ratings",
        "models",
        "inspections",
        "dissolution_cases",
    ],
    REPORTING: ["household_supports"],
}


@pytest.fixture(scope="module")
def registry(platform: Platform) -> Desk:
    desk = Desk(signed_in(platform, "registry_officer"), REGISTRY)
    _declare(desk)
    return desk


@pytest.fixture(scope="module")
def reporting(platform: Platform) -> Desk:
    desk = Desk(signed_in(platform, "reporter"), REPORTING)
    _declare(desk)
    return desk


def _declare(desk: Desk) -> None:
    body = {
        "province": PROVINCE,
        "record_types": DECLARED[desk.service],
        "covered_from": YEAR["from"],
        "covered_to": YEAR["to"],
    }
    desk.person.post(f"{desk.service}/coverages", body)


@pytest.fixture(scope="module")
def stranger(platform: Platform) -> Person:
    """Return the system of another province's alliance."""
    return Person(platform.client(area="40-2025"))


def a_cooperative(registry: Desk, name: str) -> Record:
    body = {
        "type": "cooperative",
        "name": f"Hợp tác xã {name} {os.urandom(4).hex()}",
        "seat": HERE,
        "registered_on": "2019-05-01",
        "operating_state": "operating",
        "force": True,
        "reason": "Hành trình",
    }
    return registry.enters("organizations", body, told="organization")


def sees_nothing(stranger: Person, service: str, indicator: str, **records: Record) -> None:
    """Check that a caller of another alliance finds neither the records, named by their paths, nor the figure."""
    for name, record in records.items():
        plural = name.replace("_", "-")
        assert stranger.client.get(f"{service}/{plural}/{record['id']}").status_code == 404, plural
        assert record["id"] not in {each["id"] for each in stranger.get(f"{service}/{plural}", limit=200)["items"]}
    (item,) = stranger.get(f"{service}/indicator-values", indicators=indicator, **YEAR)["items"]
    assert (item["value"], item["status"]) == (None, "outside_area")


def test_a_year_of_one_cooperative(platform: Platform, registry: Desk, stranger: Person) -> None:
    cooperative, neighbour = a_cooperative(registry, "Rau Năm"), a_cooperative(registry, "Chè Năm")
    path = f"organizations/{cooperative['id']}"
    records = {
        "organization_statistics": _reports_the_year(registry, cooperative),
        "officers": _changes_its_director(registry, path),
        "ratings": _is_rated(platform, registry, path),
        "models": _is_recognized(registry, path),
        "inspections": _is_inspected(registry, path),
    }
    registry.enters(f"organizations/{neighbour['id']}/models", A_MODEL, told="cooperative_model")

    own = a_person(platform, "cooperative_user", organization_id=cooperative["id"])
    assert [each["id"] for each in own.get(f"{REGISTRY}/organizations")["items"]] == [cooperative["id"]]
    for name, record in records.items():
        seen = own.get(f"{REGISTRY}/{name.replace('_', '-')}")["items"]
        assert {each["organization_id"] for each in seen} == {cooperative["id"]}, name
        assert record["id"] in {each["id"] for each in seen}
    assert own.client.get(f"{REGISTRY}/organizations/{neighbour['id']}").status_code == 404
    assert own.client.post(f"{REGISTRY}/{path}/models", json=A_MODEL).json()["code"] == "scope_missing"
    sees_nothing(stranger, REGISTRY, "cooperatives_effective", organizations=cooperative, **records)


def _reports_the_year(registry: Desk, cooperative: Record) -> Record:
    """Deliver the figures of the year: with a zero too few, corrected, and once more the same."""
    moved = (
        "cooperative_members_total",
        "cooperative_workers_total",
        "avg_revenue_per_cooperative",
        "avg_profit_per_cooperative",
        "managers_share_college_or_higher",
    )
    members, workers, revenue, profit, managers = (registry.figure(name) for name in moved)
    body = {
        "organization_id": cooperative["id"],
        "period": "2022",
        "members_official": 30,
        "workers_regular": 10,
        "managers_no_qualification": 0,
        "managers_elementary": 1,
        "managers_intermediate": 1,
        "managers_college": 1,
        "managers_university_or_higher": 1,
        "revenue_vnd": 300 * MILLION,
        "profit_vnd": 40 * MILLION,
        "income_per_worker": {"amount_vnd": 5 * MILLION, "per": "month"},
        "source": "unit",
    }

    def deliver(status: int) -> Record:
        answer = registry.person.client.put(f"{REGISTRY}/organization-statistics/by-period", json=body)
        assert answer.status_code == status, answer.text
        return dict(answer.json())

    first = deliver(201)
    registry.told("organization_statistic", first)
    (warning,) = first["warnings"]
    assert warning["code"] == "income_above_revenue"
    assert "600" in warning["detail"], warning
    body["revenue_vnd"] = 3_000 * MILLION
    statistic = deliver(200)
    registry.told("organization_statistic", statistic)
    assert (statistic["id"], statistic["warnings"]) == (first["id"], [])
    assert deliver(200)["version"] == statistic["version"]
    assert [event for event in registry.events() if event["resource_id"] == statistic["id"]] == []
    history = registry.history("organization-statistics", statistic)
    assert [each["action"] for each in history] == ["created", "corrected"]

    id_ = statistic["id"]
    registry.adds(members, id_, 30)
    registry.adds(workers, id_, 10)
    registry.adds(revenue, id_, 3_000 * MILLION, numerator=3_000 * MILLION, denominator=1)
    registry.adds(profit, id_, 40 * MILLION, numerator=40 * MILLION, denominator=1)
    registry.adds(managers, id_, 2, numerator=2, denominator=4)
    assert registry.figure("avg_revenue_per_cooperative")["reported_by"]["organizations"] >= 1
    again = registry.person.post(f"{REGISTRY}/organization-statistics", body, 409)
    assert (again["code"], again["organization_statistic_id"]) == ("statistic_exists", id_)
    return statistic


def _changes_its_director(registry: Desk, path: str) -> Record:
    told = "officer"
    old = {"office": "director", "full_name": "Nguyễn Văn Bình", "term_from": "2019-05-01", "qualification": "college"}
    new = {"office": "director", "full_name": "Trần Thị Hoa", "term_from": "2022-07-01", "phone": "0912345678"}
    first = registry.enters(f"{path}/officers", old, told=told)
    refused = registry.person.post(f"{REGISTRY}/{path}/officers", new, 409)
    assert (refused["code"], refused["officer_id"]) == ("office_held", first["id"])
    registry.corrects("officers", first, {"term_to": "2022-07-01", "reason": "Hết nhiệm kỳ"}, told=told)
    second = registry.enters(f"{path}/officers", new, told=told)
    assert (second["phone"], second["redacted"]) == (None, ["phone"])
    for day, director in (("2022-06-30", first), ("2022-07-01", second)):
        held = registry.get(f"{path}/officers", as_of=day)["items"]
        assert [each["id"] for each in held] == [director["id"]]
    return second


def _is_rated(platform: Platform, registry: Desk, path: str) -> Record:
    before = registry.figure("cooperatives_good_fair_share")
    body = {"scheme": "circular_01_2020", "year": 2022, "score": "82.5", "rated_on": "2022-12-18"}
    rating = registry.enters(f"{path}/ratings", body, told="rating")
    assert (rating["band"], rating["confirmation_state"]) == ("good", "pending")
    assert registry.figure("cooperatives_good_fair_share") == before
    decision, confirm = f"{REGISTRY}/ratings/{rating['id']}/confirmation", {"decision": "confirm"}
    assert registry.person.post(decision, confirm, 403)["code"] == "same_person"
    second = a_person(platform, "registry_officer")
    waiting = second.get(f"{REGISTRY}/approvals", state="pending", limit=200)["items"]
    assert rating["id"] in {each["resource_id"] for each in waiting}
    confirmed = second.post(decision, confirm)
    assert confirmed["confirmation_state"] == "confirmed"
    registry.told("rating", confirmed)
    registry.adds(before, rating["id"], 1, numerator=1, denominator=1)
    return rating


A_MODEL = {"kind": "effective", "recognized_on": "2022-11-01", "attribution": "alliance_led", "criteria": "Có lãi"}


def _is_recognized(registry: Desk, path: str) -> Record:
    before = registry.figure("cooperatives_effective")
    model = registry.enters(f"{path}/models", A_MODEL, told="cooperative_model")
    registry.adds(before, model["organization_id"], 1)
    districts = registry.figure("districts_with_effective_model")
    (row,) = [each for each in registry.evidence(districts) if each["id"] == model["id"]]
    assert row["district"]["code"]
    assert row["district"]["name"]
    assert districts["value"] == len({each["district"]["code"] for each in registry.evidence(districts)})
    assert registry.person.post(f"{REGISTRY}/{path}/models", A_MODEL, 409)["model_id"] == model["id"]
    return model


def _is_inspected(registry: Desk, path: str) -> Record:
    before = registry.figure("field_inspections_cooperatives")
    recommendation = {"text": "Bổ sung sổ quỹ", "due_on": "2022-09-30"}
    body = {
        "kind": "field",
        "inspected_on": "2022-06-10",
        "inspectors": ["Nguyễn Thị Hoa"],
        "findings": "Sổ sách chưa đầy đủ",
        "recommendations": [recommendation],
        "attribution": "alliance_led",
    }
    inspection = registry.enters(f"{path}/inspections", body, told="inspection")
    registry.adds(before, inspection["organization_id"], 1)
    waits = {"has_open_recommendations": "true", "due_before": "2022-10-01"}
    assert [each["id"] for each in registry.get(f"{path}/inspections", **waits)["items"]] == [inspection["id"]]
    done = {"recommendations": [{**recommendation, "done_on": "2022-09-15", "done_note": "Đã lập sổ quỹ"}]}
    registry.corrects("inspections", inspection, done, told="inspection")
    assert registry.get(f"{path}/inspections", **waits)["items"] == []
    registry.adds(before, inspection["organization_id"], 1)
    return inspection


def test_a_dissolution_that_a_tax_debt_blocks(registry: Desk, stranger: Person) -> None:
    told = "dissolution_case"
    cooperative = a_cooperative(registry, "Gạch Ngói")
    path = f"organizations/{cooperative['id']}/dissolution-cases"
    before = registry.figure("dissolution_target_achievement")
    debt = {"kind": "tax_debt", "since": "2022-03-01", "amount_vnd": 12 * MILLION}
    resolution = {"kind": "resolution", "on": "2022-02-01", "document_number": "01/NQ-ĐHTV"}
    body = {"planned_year": 2022, "opened_on": "2022-02-01", "ground": "voluntary", "steps": [resolution]}
    case = registry.enters(path, body, told=told)
    registry.adds(before, case["id"], 0, numerator=0, denominator=1)
    again = registry.person.post(f"{REGISTRY}/{path}", body, 409)
    assert (again["code"], again["dissolution_case_id"]) == ("dissolution_case_open", case["id"])

    case = registry.corrects("dissolution-cases", case, {"blockers": [debt]}, told=told)
    blocked = registry.get("dissolution-cases", blocker="tax_debt", limit=200)["items"]
    assert case["id"] in {each["id"] for each in blocked}
    ended = {"outcome": "ended", "outcome_on": "2022-11-30"}
    refused = registry.refuses("dissolution-cases", case, ended)
    assert (refused["code"], refused["blockers"]) == ("blockers_unresolved", ["tax_debt"])
    assert "“Nợ thuế”" in refused["detail"]
    assert registry.refuses_deletion(cooperative) == [("registry", "dissolution_case", 1)]

    paid = {"blockers": [{**debt, "resolved_on": "2022-09-20"}]}
    steps = {"steps": [resolution, {"kind": "tax_confirmed", "on": "2022-09-21"}]}
    case = registry.corrects("dissolution-cases", case, {**paid, **steps}, told=told)
    refused = registry.refuses("dissolution-cases", case, ended)
    assert (refused["code"], refused["legal_status"]) == ("organization_not_ended", "active")
    registry.adds(before, case["id"], 0, numerator=0, denominator=1)
    change = {"kind": "legal", "status": "ended", "effective_on": "2022-11-30"}
    assert refused["post_to"] == f"{REGISTRY}/organizations/{cooperative['id']}/status-changes"
    registry.enters(refused["post_to"].removeprefix(f"{REGISTRY}/"), change, told="status_change")
    assert registry.get(f"organizations/{cooperative['id']}")["legal_status"] == "ended"
    case = registry.corrects("dissolution-cases", case, ended, told=told)
    registry.adds(before, case["id"], 1, numerator=1, denominator=1)
    names = [("registry", "dissolution_case", 1), ("registry", "status_change", 1)]
    assert registry.refuses_deletion(cooperative) == names
    sees_nothing(stranger, REGISTRY, "dissolution_target_achievement", dissolution_cases=case)


def test_what_the_alliance_did_for_poor_households(
    platform: Platform, registry: Desk, reporting: Desk, stranger: Person
) -> None:
    cooperative, double = a_cooperative(registry, "Gà Đồi"), a_cooperative(registry, "Gà Đồi")
    before = reporting.figure("poor_households_supported")
    body = {
        "kind": "household_support",
        "title": "Tặng gà giống cho hộ nghèo",
        "happened_on": "2022-05-04",
        "attribution": "alliance_led",
        "organization_id": double["id"],
        "quantity": 12,
        "out_of_poverty": 3,
        "support_given": "Gà giống",
        **HERE,
    }
    activity = reporting.enters("activities", body, told="activity")
    reporting.adds(before, activity["id"], 12)
    own = a_person(platform, "cooperative_user", organization_id=double["id"])
    assert [each["id"] for each in own.get(f"{REPORTING}/activities")["items"]] == [activity["id"]]

    figure = {
        "indicator": "poor_households_supported",
        "scope": "province",
        "province": PROVINCE,
        "starts_on": YEAR["from"],
        "ends_on": YEAR["to"],
        "value": "40",
        "comparator": "gt",
        "unit": "household",
        "source": "Sở Lao động - Thương binh và Xã hội",
        "document_number": f"{os.urandom(4).hex()}/BC",
    }
    unknown = reporting.person.post(f"{REPORTING}/reported-figures", {**figure, "scope": "village"}, 422)
    assert [(each["pointer"], each["code"]) for each in unknown["errors"]] == [("/scope", "unknown_scope")]
    reported = reporting.enters("reported-figures", figure, told="reported_figure")
    again = reporting.person.post(f"{REPORTING}/reported-figures", figure, 409)
    assert (again["code"], again["reported_figure_id"]) == ("reported_figure_exists", reported["id"])
    # It stands beside what records make, and moves nothing of it.
    reporting.adds(before, activity["id"], 12)
    assert own.client.get(f"{REPORTING}/reported-figures/{reported['id']}").status_code in (403, 404)
    sees_nothing(stranger, REPORTING, "poor_households_supported", activities=activity, reported_figures=reported)

    assert registry.refuses_deletion(double) == [("reporting", "activity", 1)]
    merged = {"into": cooperative["id"], "reason": "Nhập hai lần"}
    registry.person.post(f"{REGISTRY}/organizations/{double['id']}/deduplication", merged)
    end = time.monotonic() + PATIENCE_SECONDS
    while reporting.get(f"activities/{activity['id']}")["organization_id"] != cooperative["id"]:
        assert time.monotonic() < end
        time.sleep(0.2)
    assert registry.refuses_deletion(cooperative)[-1] == ("reporting", "activity", 1)
