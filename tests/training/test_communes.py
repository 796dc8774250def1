"""Communes of two maps in training: a code that both have is refused without its map, and figures are grouped by today's communes."""

from __future__ import annotations

from tests.support.answers import etag, faults, ok
from tests.support.client import ApiClient
from tests.training.builders import CLASSES, GIA_CAM, PATH, VALUES, Make, a_class
from tests.training.test_imports import a_first_row, as_csv, send
from tests.training.trade_builders import a_trade_event

TAN_DAN = "07897"
"""Of 2008 alone; it went into Việt Trì of 2025, which has the code of Gia Cẩm."""


async def test_a_code_of_both_maps_needs_its_map(training: ApiClient) -> None:
    ambiguous = {("/commune_map", "ambiguous_commune")}
    without = {name: value for name, value in a_class().items() if name != "commune_map"}
    assert faults(await training.post(CLASSES, json=without)) == ambiguous
    event = {name: value for name, value in a_trade_event().items() if name != "commune_map"}
    assert faults(await training.post(f"{PATH}/trade-events", json=event)) == ambiguous
    only_then = ok(await training.post(CLASSES, json={**without, "commune_code": TAN_DAN}), 201)
    assert only_then["commune_map"] == "2008"


async def test_a_code_given_anew_is_not_read_on_the_map_of_the_one_before(training: ApiClient) -> None:
    held = ok(await training.post(CLASSES, json=a_class(commune_code=TAN_DAN)), 201)
    path = f"{CLASSES}/{held['id']}"
    answer = await training.patch(path, json={"commune_code": GIA_CAM}, headers=etag(held))
    assert faults(answer) == {("/commune_map", "ambiguous_commune")}
    moved = {"commune_code": GIA_CAM, "commune_map": "2025"}
    changed = ok(await training.patch(path, json=moved, headers=etag(held)))
    assert (changed["commune_code"], changed["commune_map"]) == (GIA_CAM, "2025")
    back = ok(await training.patch(path, json={"commune_code": TAN_DAN}, headers=etag(changed)))
    assert (back["commune_code"], back["commune_map"]) == (TAN_DAN, "2008")


async def test_a_cell_without_its_map_is_named(training: ApiClient) -> None:
    report = (await send(training, as_csv(a_first_row(commune_map="")))).json()
    assert [(error["field"], error["code"]) for error in report["errors"]] == [("commune_map", "ambiguous_commune")]
    assert ok(await send(training, as_csv(a_first_row("TH-02", commune_map="", commune_code=TAN_DAN))))["created"] == 1


async def test_classes_are_counted_in_todays_communes_and_those_without_are_named(
    training: ApiClient, make: Make
) -> None:
    await make.coverage()
    for code, map_ in ((TAN_DAN, "2008"), (GIA_CAM, "2008"), (GIA_CAM, "2025")):
        await make.attendance(await make.training_class(state="held", commune_code=code, commune_map=map_))
    asked = {"from": "2023-01-01", "to": "2023-12-31", "province": "25-2025"}
    for indicator in ("training_classes", "training_attendances", "training_distinct_trainees"):
        today = {"group_by": "commune", "geography": "2025", "indicators": indicator}
        items = ok(await training.get(VALUES, params=asked | today))["items"]
        values = {item["group"]: item["value"] for item in items}
        assert {group: value for group, value in values.items() if value} == {f"{GIA_CAM}-2025": 3}
        assert len(values) > 60
        (counted,) = [item for item in items if item["value"]]
        evidence = ok(await training.get(f"{counted['evidence']}&count=exact"))
        assert evidence["count"] == 3
    districts = ok(
        await training.get(VALUES, params=asked | {"group_by": "district", "indicators": "training_classes"})
    )
    assert {i["group"]: i["value"] for i in districts["items"] if i["value"]} == {"227-2008": 3}
