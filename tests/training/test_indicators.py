"""Figures of training: each measure kept apart, each opened down to its records."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.values.ids import new_id
from services.training.code_lists import RECORD_TYPES
from services.training.coverages import RECORDS
from tests.support.answers import etag, ok
from tests.support.client import ApiClient
from tests.training.builders import (
    ATTENDANCES,
    CLASSES,
    LE_LOI,
    PATH,
    THAI_BINH,
    VALUES,
    Make,
    a_joint_class,
    a_person,
)
from tests.training.trade_builders import MakeTrade

YEAR = ("2023-01-01", "2023-12-31")


async def _value(make: Make, indicator: str, **query: Any) -> Any:
    return (await make.value(indicator, *YEAR, **({"province": "25-2025"} | query)))["value"]


async def _opened(client: ApiClient, item: dict[str, Any]) -> dict[str, Any]:
    return ok(await client.get(f"{item['evidence']}&count=exact"))


async def test_readiness_tells_the_last_day_that_each_province_has_declared(training: ApiClient, make: Make) -> None:
    await make.coverage("classes", province="25-2008", covered_to="2023-08-31")
    assert ok(await training.get(f"{PATH}/health/ready"))["data_until"] == {"25-2008": "2023-08-31"}


async def test_luot_persons_classes_cooperatives_and_hours_are_measures_of_their_own(
    training: ApiClient, make: Make
) -> None:
    await make.coverage()
    mine = new_id()
    person = a_person(organization_id=mine)
    first = await make.training_class(sessions=2, state="held")
    second = await make.training_class(sessions=1, state="held", topic="management")
    for training_class in (first, second):
        await make.attendance(training_class, trainee=person)
        await make.attendance(training_class)
    assert await _value(make, "training_classes") == 2
    assert await _value(make, "training_attendances") == 4
    assert await _value(make, "training_distinct_trainees") == 3
    assert await _value(make, "training_cooperatives_reached") == 1
    assert await _value(make, "training_hours") == 10.5
    assert await _value(make, "training_classes_law") == 1
    assert await _value(make, "training_trainees_law") == 2
    assert await _value(make, "training_classes_management") == 1
    assert await _value(make, "training_trainees_management") == 2
    record = ok(await training.get(f"{PATH}/organizations/{mine}/training-record"))
    (year,) = record["years"]
    assert (year["year"], year["classes"], year["attendances"], year["distinct_trainees"]) == (2023, 2, 2, 1)
    assert year["training_hours"] == 10.5


async def test_the_hours_of_an_organization_count_once_for_each_luot_and_those_of_classes_once(
    training: ApiClient, make: Make
) -> None:
    await make.coverage()
    mine = new_id()
    training_class = await make.training_class(sessions=2, state="held")
    for person in (a_person(organization_id=mine), a_person(organization_id=mine)):
        await make.attendance(training_class, trainee=person)
    (year,) = ok(await training.get(f"{PATH}/organizations/{mine}/training-record"))["years"]
    assert await _value(make, "training_hours") == 7
    assert (year["attendances"], year["training_hours"]) == (2, 14)


@pytest.mark.parametrize(
    "indicator", ["training_classes", "training_attendances", "training_distinct_trainees", "training_classes_alliance"]
)
async def test_evidence_lists_exactly_the_records_counted(training: ApiClient, make: Make, indicator: str) -> None:
    await make.coverage()
    for starts_on in ("2023-01-05", "2023-06-05"):
        training_class = await make.training_class(state="held", starts_on=starts_on, ends_on=starts_on)
        for _ in range(3):
            await make.attendance(training_class)
    await make.attendance(await make.training_class(state="held", commune_code=LE_LOI))
    await make.training_class(sessions=1, state="running")
    item = await make.value(indicator, "2023-01-01", "2023-03-31", province="25-2025")
    page = await _opened(make.client, item)
    assert item["status"] == "reported"
    assert item["value"] == page["count"] == (1 if "classes" in indicator else 3)


async def test_a_correction_moves_the_figure_by_exactly_that(training: ApiClient, make: Make) -> None:
    await make.coverage()
    training_class = await make.training_class(state="held")
    entries = [await make.attendance(training_class) for _ in range(3)]
    assert await _value(make, "training_attendances_alliance") == 3
    response = await training.delete(f"{ATTENDANCES}/{entries[0].id}", headers=etag(entries[0]))
    assert response.status_code == 204
    assert await _value(make, "training_attendances_alliance") == 2


async def test_a_joint_class_counts_once_in_the_nation(training: ApiClient, make: Make) -> None:
    await make.coverage()
    await make.coverage(province="40-2025")
    lead = await make.create("classes", a_joint_class(decision_number="5/QĐ", is_held=True))
    partner = a_joint_class(decision_number="5/QĐ", is_held=True, commune_code=LE_LOI)
    await make.create("classes", partner)
    await make.attendance(lead)
    national = [
        await make.value(i, *YEAR, province=p)
        for i in ("training_classes_joint", "training_attendances_joint")
        for p in ("25-2025", "40-2025")
    ]
    assert [item["value"] for item in national] == [1, 0, 1, 0]


async def test_what_stands_on_a_signed_list_is_marked_in_every_figure(training: ApiClient, make: Make) -> None:
    await make.coverage()
    await make.attendance(await make.training_class(state="held"))
    listed = await make.training_class(state="held")
    body = {"reported_attendance_count": 48, "file_id": (await make.file()).id, "audience": "youth"}
    ok(await training.post(f"{CLASSES}/{listed.id}/signed-list", json=body), 201)
    items = {
        i: await make.value(i, *YEAR, province="25-2025")
        for i in ("training_attendances", "training_distinct_trainees", "training_classes")
    }
    shown = {i: (item["value"], item["reported_part"]) for i, item in items.items()}
    assert shown == {
        "training_attendances": (49, 48),
        "training_distinct_trainees": (1, 48),
        "training_classes": (2, None),
    }
    page = await _opened(training, items["training_attendances"])
    assert sum(entry["counted"] for entry in page["items"]) == 49


async def test_a_class_counts_on_the_day_of_its_last_session(make: Make) -> None:
    await make.coverage()
    training_class = await make.training_class(
        state="running", sessions=1, starts_on="2023-03-06", ends_on="2023-04-03"
    )
    await make.session(training_class, 2, held_on="2023-04-02")
    await make.create(f"classes/{training_class.id}/completion", {})
    march = await make.value("training_classes", "2023-03-01", "2023-03-31", province="25-2025")
    april = await make.value("training_classes", "2023-04-01", "2023-04-30", province="25-2025")
    assert (march["value"], april["value"]) == (0, 1)


async def test_figures_are_grouped_by_what_describes_class_or_person(training: ApiClient, make: Make) -> None:
    await make.coverage()
    program = await make.program()
    training_class = await make.training_class(
        state="held", program_id=program.id, expected_audience=["youth", "manager"]
    )
    await make.attendance(training_class, audience="youth")
    await make.attendance(training_class, audience="woman")
    await make.attendance(await make.training_class(state="held", commune_code=THAI_BINH), audience="woman")

    async def grouped(indicator: str, by: str, **query: Any) -> dict[Any, Any]:
        params = {"indicators": indicator, "from": YEAR[0], "to": YEAR[1], "group_by": by, **query}
        figures = {}
        for item in ok(await training.get(VALUES, params=params))["items"]:
            figures[item["group"]] = item["value"]
            page = await _opened(training, item)
            assert (page["count"] if item["unit"] != "hour" else item["value"]) == item["value"]
        return figures

    assert await grouped("training_attendances", "audience") == {"woman": 2, "youth": 1}
    assert await grouped("training_classes", "audience") == {"manager": 1, "youth": 1}
    assert await grouped("training_classes", "program") == {program.id: 1, None: 1}
    assert await grouped("training_attendances", "province", geography="2025") == {"25-2025": 3}
    by_old = await grouped("training_attendances", "province", geography="2008")
    assert (by_old["25-2008"], by_old["17-2008"], by_old["26-2008"]) == (2, 1, 0)
    assert await grouped("training_distinct_trainees", "attribution") == {"alliance_led": 3}


async def test_without_coverage_nothing_is_reported_rather_than_none(training: ApiClient, make: Make) -> None:
    await make.training_class(state="held")
    item = await make.value("training_classes", *YEAR, province="25-2025")
    assert (item["value"], item["status"]) == (None, "not_reported")
    await make.coverage("classes")
    assert await _value(make, "training_classes") == 1
    assert await _value(make, "training_attendances") is None
    other = training.as_(area="40-2025")
    (foreign,) = ok(
        await other.get(
            VALUES, params={"indicators": "training_classes", "from": YEAR[0], "to": YEAR[1], "province": "25-2025"}
        )
    )["items"]
    assert (foreign["status"], foreign["value"], foreign["missing_provinces"]) == ("outside_area", None, [])
    partly = await make.value("training_classes", *YEAR, province="25-2008")
    assert (partly["status"], partly["undated_count"]) == ("reported", None)


async def test_coverage_over_no_records_is_accepted_with_a_warning(make: Make) -> None:
    trade = MakeTrade(make.client)
    assert set(RECORDS) == set(RECORD_TYPES)
    for record_type in RECORDS:
        coverage = await make.coverage(record_type)
        assert [(w["code"], w["pointer"]) for w in coverage.warnings] == [("no_records", "/record_types")]
    await make.attendance(await make.training_class(state="held"))
    await trade.participation(await trade.event())
    await trade.link()
    for record_type in RECORDS:
        assert (await make.coverage(record_type)).warnings == []


async def test_the_table_says_what_each_indicator_counts(training: ApiClient) -> None:
    codes = {item["code"] for item in ok(await training.get(f"{PATH}/indicators"))["items"]}
    assert codes >= {
        "training_classes_alliance",
        "training_attendances_alliance",
        "training_classes_joint",
        "training_attendances_joint",
        "training_classes_law",
        "training_trainees_law",
        "training_classes_management",
        "training_trainees_management",
        "training_distinct_trainees",
    }
