"""Programs that pay for classes and events."""

from __future__ import annotations

from tests.support.answers import assert_problem, every_item, faults, ok
from tests.support.client import ApiClient
from tests.training.builders import MILLION, PROGRAMS, Make, a_program


async def test_a_program_keeps_its_budget_by_source(training: ApiClient) -> None:
    budget = [
        {"source": "central_budget", "amount_vnd": 500 * MILLION},
        {"source": "project", "amount_vnd": 20 * MILLION},
    ]
    program = ok(await training.post(PROGRAMS, json=a_program(budget=budget)), 201)
    assert program["budget"] == budget
    assert program["alliance"] == "25-2025"
    assert ok(await training.get(f"{PROGRAMS}/{program['id']}")) == program


async def test_a_source_stands_once_in_a_budget_and_days_are_in_order(training: ApiClient) -> None:
    twice = [{"source": "project", "amount_vnd": 1}, {"source": "project", "amount_vnd": 2}]
    assert faults(await training.post(PROGRAMS, json=a_program(budget=twice))) == {("/budget", "given_twice")}
    late = a_program(valid_until="2020-12-31")
    assert faults(await training.post(PROGRAMS, json=late)) == {("/valid_until", "end_before_start")}


async def test_a_code_names_one_program_of_an_alliance(training: ApiClient, make: Make) -> None:
    first = await make.program(code="1804")
    response = await training.post(PROGRAMS, json=a_program(code="1804"))
    assert_problem(response, 409, "program_code_in_use", program_id=first.id, program_code="1804")
    await make.program(code="1804", alliance="40-2025")


async def test_a_program_of_the_nation_is_everyones_to_read_and_nobody_elses_to_change(
    training: ApiClient, make: Make
) -> None:
    national = await make.program(code="1318", alliance="VN")
    assert [item["id"] for item in await every_item(training, PROGRAMS)] == [national.id]
    assert ok(await training.get(f"{PROGRAMS}/{national.id}"))["alliance"] == "VN"
    headers = {"If-Match": '"1"'}
    response = await training.patch(f"{PROGRAMS}/{national.id}", json={"note": "của tỉnh"}, headers=headers)
    assert_problem(response, 404, "not_found")
    refused = await training.post(PROGRAMS, json=a_program(alliance="VN"))
    assert faults(refused) == {("/alliance", "outside_area")}


async def test_what_another_alliance_runs_is_not_seen(training: ApiClient, make: Make) -> None:
    other = await make.program(alliance="40-2025")
    assert await every_item(training, PROGRAMS) == []
    assert_problem(await training.get(f"{PROGRAMS}/{other.id}"), 404, "not_found")
