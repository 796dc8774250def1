"""Counts by sensitive attributes: no two of them subtract to a person, whatever windows are asked for."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.values.ids import new_id
from services.training.classes.sensitive_counts.ethnic_groups import GROUPS, OTHER, group_of
from services.training.classes.sensitive_counts.service import STEP, period_errors, rounded
from tests.support.answers import every_item, faults, ok
from tests.support.client import ApiClient
from tests.training.builders import ATTENDANCES, CLASSES, PATH, TRAINEES, Make, Record, a_person, an_id_number

COUNTS = f"{PATH}/sensitive-counts"
QUARTERS = [("01-01", "03-31"), ("04-01", "06-30"), ("07-01", "09-30"), ("10-01", "12-31")]


async def counts(
    client: ApiClient, first: str = "2023-01-01", last: str = "2023-12-31", **query: str
) -> dict[str, Any]:
    """Return what is shown of each value."""
    params = {"attribute": "ethnic_group", "from": first, "to": last, **query}
    return {item["value"]: item["trainees"] for item in ok(await client.get(COUNTS, params=params))["items"]}


async def attended(make: Make, held: Record, ethnic_group: str, persons: int, **person: Any) -> list[Record]:
    sensitive_said = {"ethnic_group": ethnic_group}
    return [await make.attendance(held, trainee=a_person(sensitive=sensitive_said, **person)) for _ in range(persons)]


async def in_quarter(make: Make, quarter: int) -> Record:
    day = f"2023-{3 * quarter - 1:02d}-10"
    return await make.training_class(state="held", starts_on=day, ends_on=day)


async def test_under_five_is_hidden_and_the_rest_is_to_the_nearest_five(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(state="held")
    for ethnic_group, persons in (("Mường", 5), ("Dao", 4), ("Thái", 7), ("tày", 8)):
        await attended(make, training_class, ethnic_group, persons)
    entry = (await every_item(training, ATTENDANCES))[0]
    assert "Mường" not in (await training.get(f"{TRAINEES}/{entry['trainee_id']}")).text
    count_of = await counts(training)
    assert {value: number for value, number in count_of.items() if number is not None} == {
        "Mường": 5,
        "Thái": 5,
        "Tày": 10,
    }
    # Nobody and four look alike, and no value appears because somebody has it.
    assert count_of["Dao"] is count_of["Nùng"] is None
    assert await counts(training.as_(area="40-2025")) == dict.fromkeys((*GROUPS, OTHER))


async def test_flags_are_counted_the_same_way(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(state="held")
    for _ in range(6):
        await make.attendance(training_class, trainee=a_person(sensitive={"has_disability": True}))
    assert await counts(training, attribute="has_disability") == {"false": None, "true": 5}
    assert await counts(training, attribute="is_poor_household") == {"false": None, "true": None}


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        ("2023-03-06", "2023-03-06", {("from", "not_a_quarter"), ("to", "not_a_quarter")}),
        ("2023-01-01", "2023-01-31", {("to", "not_a_quarter")}),
        ("2023-02-01", "2023-06-30", {("from", "not_a_quarter")}),
        ("2023-01-01", "2023-03-30", {("to", "not_a_quarter")}),
        ("2023-07-01", "2023-03-31", {("to", "end_before_start")}),
        ("2023-01-01", "9999-12-31", {("to", "quarter_not_ended")}),
    ],
)
async def test_only_whole_quarters_that_have_ended_are_counted(
    training: ApiClient, first: str, last: str, found: Any
) -> None:
    response = await training.get(COUNTS, params={"attribute": "ethnic_group", "from": first, "to": last})
    assert faults(response) == found


def test_a_quarter_is_counted_from_the_day_after_it() -> None:
    codes = [
        [f.code for f in period_errors(date(2026, 1, 1), date(2026, 3, 31), on)]
        for on in (date(2026, 3, 31), date(2026, 4, 1))
    ]
    assert codes == [["quarter_not_ended"], []]


@given(st.dates(date(1990, 1, 1), date(2030, 12, 31)), st.dates(date(1990, 1, 1), date(2030, 12, 31)))
def test_no_window_is_shorter_than_a_quarter(first: date, last: date) -> None:
    if not list(period_errors(first, last, date(2031, 1, 1))):
        assert (last - first).days >= 89
        assert (first.day, first.month % 3, (last + timedelta(days=1)).day, (last + timedelta(days=1)).month % 3) == (
            1,
            1,
            1,
            1,
        )


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_two_numbers_never_differ_by_one_to_four(one: int, other: int) -> None:
    """Nor is a difference under five that is not nought ever certain: it may as well be none, or five and more."""
    numbers = [rounded(one), rounded(other)]
    assert all(number is None or (number >= 5 and number % STEP == 0) for number in numbers)
    possible = {abs(a - b) for a in _behind(numbers[0]) for b in _behind(numbers[1])}
    assert possible - {1, 2, 3, 4}


def _behind(number: int | None) -> list[int]:
    """Return the counts that are shown as `number`."""
    around = range(5) if number is None else range(number - STEP, number + STEP + 1)
    return [count for count in around if rounded(max(count, 0)) == number]


async def test_no_windows_of_a_year_subtract_to_under_five(training: ApiClient, make: Make) -> None:
    """People come once, again, in one quarter or in all of them, and one alone between two quarters."""
    classes = [await in_quarter(make, quarter) for quarter in (1, 2, 3, 4)]
    first = await attended(make, classes[0], "Mường", 6)
    await attended(make, classes[1], "Mường", 1)
    await attended(make, classes[3], "Mường", 3)
    for entry in first[:3]:
        await make.attendance(classes[2], trainee_id=entry.trainee_id)
    figures: dict[tuple[int, int], int | None] = {}
    for begin, end in itertools.combinations_with_replacement(range(4), 2):
        count_of = await counts(training, f"2023-{QUARTERS[begin][0]}", f"2023-{QUARTERS[end][1]}")
        assert set(count_of) == {*GROUPS, OTHER}, "the same values in every window"
        figures[begin, end] = count_of["Mường"]
    numbers = {number for number in figures.values() if number is not None}
    assert numbers
    assert all(abs(a - b) not in (1, 2, 3, 4) for a in numbers for b in numbers)
    assert [figures[q, q] for q in range(4)] == [5, None, None, None]


async def test_there_is_no_count_of_a_part(training: ApiClient, make: Make) -> None:
    """No class, program, place, sex or other filter narrows a count, and no list filters, sorts, counts or shows by one."""
    for name in ("class_id", "program_id", "province", "commune", "group_by", "sex", "audience", "alliance", "facets"):
        params = {"attribute": "ethnic_group", "from": "2023-01-01", "to": "2023-12-31", name: "x"}
        assert faults(await training.get(COUNTS, params=params)) == {(name, "unknown_parameter")}
    words = ("ethnic_group", "has_disability", "is_poor_household")
    shown_by = [
        operation.id
        for operation in training.contract.operations
        if operation.method == "get" and any(word in str(operation.document.get("parameters")) for word in words)
    ]
    assert shown_by == ["count_sensitive_attributes"]


def test_no_answer_has_a_field_of_a_sensitive_attribute(training: ApiClient) -> None:
    """Records, histories, exports, the feed and evidence show what these schemas have."""
    schemas = training.contract.document["components"]["schemas"]
    having = {
        name
        for name, schema in schemas.items()
        if {"ethnic_group", "has_disability"} & set(schema.get("properties", ()))
    }
    assert having == {"TraineeSensitive"}
    taking = {name for name, schema in schemas.items() if "TraineeSensitive" in str(schema.get("properties", ""))}
    assert taking == {"TraineeCreate", "TraineeNamed", "TraineeChange"}


async def test_sheets_of_a_class_show_no_sensitive_attribute(training: ApiClient, make: Make) -> None:
    import io
    import zipfile

    training_class = await make.training_class(state="held")
    await attended(make, training_class, "Xơ Đăng", 6)
    for sheet in ("signature-sheet", "allowance-sheet"):
        answer = await training.get(f"{CLASSES}/{training_class.id}/{sheet}?purpose=chi+tra")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            assert "Xơ Đăng" not in "".join(book.read(name).decode(errors="replace") for name in book.namelist())


async def test_who_waits_to_be_joined_is_counted_once_and_as_the_one_that_stands(
    training: ApiClient, make: Make
) -> None:
    first, second = await in_quarter(make, 1), await in_quarter(make, 2)
    for _ in range(8):
        number, mine = an_id_number(), new_id()
        entry = await make.attendance(first, trainee=a_person(id_number=number, sensitive={"ethnic_group": "Tày"}))
        own = training.as_(scope="own.read own.write", organization_id=mine, sub=f"user-of-{mine}")
        person = a_person(id_number=number, organization_id=mine, sensitive={"ethnic_group": "Dao"})
        waits = ok(await own.post(TRAINEES, json=person), 201)
        await make.attendance(second, trainee_id=waits["id"])
    count_of = await counts(training)
    assert (count_of["Tày"], count_of["Dao"]) == (10, None)
    joined = {"joined_to": entry.trainee_id}
    ok(await training.post(f"{TRAINEES}/{waits['id']}/confirmation", json=joined), 201)
    assert await counts(training) == count_of


@pytest.mark.parametrize(
    ("said", "group"),
    [
        ("Mường", "Mường"),
        ("MƯỜNG ", "Mường"),
        ("muong", "Mường"),
        ("Gia-rai", "Gia Rai"),
        ("H'Mông", "Mông"),
        ("Mạ", "Mạ"),
        ("người Pháp", OTHER),
        ("Co", "Co"),
    ],
)
def test_a_group_is_known_however_it_is_spelled(said: str, group: str) -> None:
    assert group_of(said) == group


def test_the_official_list_has_54_groups() -> None:
    assert len(set(GROUPS)) == 54
    assert all(group_of(name) == name for name in GROUPS)
