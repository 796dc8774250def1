"""A class is read in one call with its sessions, who registered and who came."""

from __future__ import annotations

from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient
from tests.training.builders import CLASSES, Make, a_person

PARTS = ("sessions", "registrations", "attendances")


async def test_each_part_is_what_its_own_operation_answers(training: ApiClient, make: Make) -> None:
    of = await make.training_class(sessions=2, state="open")
    await make.registration(of, trainee=a_person())
    path = f"{CLASSES}/{of.id}"
    whole = ok(await training.get(path, params={"include": ",".join(PARTS)}))
    for name in PARTS:
        assert whole.pop(name) == ok(await training.get(f"{path}/{name}")), name
    assert whole == ok(await training.get(path))


async def test_a_class_of_another_area_is_not_there(training: ApiClient, make: Make) -> None:
    of = await make.training_class(sessions=1)
    there = training.as_(area="40-2025")
    assert_problem(await there.get(f"{CLASSES}/{of.id}", params={"include": "sessions"}), 404, "not_found")
