"""Exports of training: filters that name a person are refused, and every type has words for its columns."""

from __future__ import annotations

import csv
import io
from typing import Any

from services.training.main import RESOURCES
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient
from tests.support.waiting import ended_job
from tests.training.builders import PATH, Make, a_person

EXPORTS = f"{PATH}/exports"


async def exported(client: ApiClient, **wanted: Any) -> list[dict[str, str]]:
    """Return the rows of a CSV of an export."""
    asked = ok(await client.post(EXPORTS, json={"format": "csv", **wanted}), 202)
    job = await ended_job(client, asked["url"])
    assert job["state"] == "succeeded", job
    data = (await client.anonymous().get(job["result"]["files"][0]["url"])).content
    return [*csv.DictReader(io.StringIO(data.decode()))]


async def test_a_name_is_no_filter_of_an_export_which_keeps_what_was_asked(training: ApiClient, make: Make) -> None:
    for scope in ("training.read", "training.read training.write"):
        response = await training.as_(scope=scope).post(EXPORTS, json={"type": "trainee", "filters": {"q": "vui"}})
        (error,) = assert_problem(response, 422, "invalid")["errors"]
        assert (error["pointer"], error["code"]) == ("/filters/q", "not_allowed")


async def test_the_trainees_of_a_class_are_exported_masked(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(state="held")
    await make.attendance(training_class, trainee=a_person(name="Trần Thị Vui"))
    await make.trainee(name="Lê Văn Khác")
    (row,) = await exported(
        training, type="trainee", headings="labels", filters={"class_id": training_class.id, "state": "confirmed"}
    )
    assert "N." not in str(row)
    assert ("T. T. V." in row.values(), "Trần Thị Vui" in str(row)) == (True, False)


async def test_every_type_is_exported_in_words_with_and_without_filters(training: ApiClient, make: Make) -> None:
    await make.training_class(state="held", expected_audience=["manager"])
    for resource in RESOURCES:
        await exported(training, type=resource.name, headings="labels")
        await exported(training, type=resource.name, headings="labels", filters={"alliance": "25-2025"})
    (row,) = await exported(training, type="class", headings="labels", filters={"alliance": "25-2025"})
    assert (row["Liên minh"], row["Trạng thái lớp"]) == ("Phú Thọ", "Đã tổ chức"), row
