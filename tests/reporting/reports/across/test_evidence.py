"""Each cell of a report opens exactly the records that it counts."""

from __future__ import annotations

from typing import Any

from tests.registry.builders import Make as RegistryMake
from tests.reporting.builders import Make
from tests.reporting.reports.builders import Office
from tests.support.answers import ok
from tests.support.client import ApiClient
from tests.training.builders import Make as TrainingMake


async def _opened(clients: dict[str, ApiClient], cell: dict[str, Any]) -> tuple[int, list[str]]:
    service = cell["evidence"].split("/")[2]
    page = ok(await clients[service].get(f"{cell['evidence']}&count=exact&limit=200"))
    return page["count"], [each["id"] for each in page["items"]]


async def test_all_counting_cells_of_a_report_open_so_many_records(
    office: Office,
    registry: ApiClient,
    training: ApiClient,
    reporting: ApiClient,
    register: RegistryMake,
    teach: TrainingMake,
    make: Make,
) -> None:
    clients = {"registry": registry, "training": training, "reporting": reporting}
    await register.coverage(province="25-2025")
    made = [await register.organization(registered_on=f"2023-0{month}-01") for month in range(1, 5)]
    ids = [each["id"] for each in made]
    await register.membership(made[0], admitted_on="2023-05-01")
    await teach.coverage()
    await teach.training_class(state="held")
    await make.coverage("contests")
    await make.activity("contest")
    keys = {
        "cooperatives_new:province": 4,
        "cooperatives_total:province": 4,
        "training_classes:alliance_led": 1,
        "media_contests:alliance_led": 1,
    }
    report = await office.submit(await office.draft(included=list(keys)))
    cells = {cell["key"]: cell for cell in (await office.content(report))["cells"]}
    walked = {}
    for key in keys:
        count, opened = await _opened(clients, cells[key])
        assert count == cells[key]["value"] == keys[key]
        walked[key] = opened
    assert sorted(walked["cooperatives_new:province"]) == sorted(ids)
