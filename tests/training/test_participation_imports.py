"""Participations imported from the published template."""

from __future__ import annotations

import io
from typing import Any

import python_calamine

from kernel.values.ids import new_id
from services.training.trade.imports.columns import COLUMNS
from tests.support.answers import assert_problem, every_item, ok
from tests.support.client import ApiClient
from tests.training.builders import PATH
from tests.training.trade_builders import PARTICIPATIONS, MakeTrade

IMPORTS = f"{PATH}/imports/participations"
_FIELDS = ("event_name", "starts_on", "organization_id", "organization_name", "products", "revenue_vnd")


def a_row(event: Any, **fields: str) -> dict[str, str]:
    return {
        "event_name": event.name.upper(),
        "starts_on": "10/05/2023",
        "organization_id": new_id(),
        "organization_name": "HTX Chè Đồng Tâm",
        "products": "Chè: Chè xanh; Mật ong",
        "revenue_vnd": "12.000.000",
        **fields,
    }


def a_file(*rows: dict[str, str]) -> dict[str, Any]:
    lines = ["\t".join(_FIELDS), *("\t".join(row.get(name, "") for name in _FIELDS) for row in rows)]
    return {"file": ("tham-gia.csv", "\n".join(lines).encode(), "text/csv")}


def _trade(training: ApiClient) -> MakeTrade:
    return MakeTrade(training.as_(area="VN", sub="builder"))


async def test_the_template_names_every_column(training: ApiClient) -> None:
    answer = await training.get(f"{IMPORTS}/template")
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.get_sheet_by_index(0).to_python()[0] == [column.label for column in COLUMNS]


async def test_a_file_is_tried_then_written_then_found_as_it_is(training: ApiClient) -> None:
    event = await _trade(training).event()
    file = a_file(a_row(event), a_row(event))
    tried = ok(await training.post(IMPORTS, files=file))
    assert (tried["dry_run"], tried["created"], tried["errors"]) == (True, 2, [])
    assert await every_item(training, PARTICIPATIONS) == []
    done = ok(await training.post(IMPORTS, files=file, params={"dry_run": "false"}))
    assert done["created"] == 2
    items = await every_item(training, PARTICIPATIONS)
    assert [(i["product_kinds"], i["revenue_vnd"]) for i in items] == [(["honey", "tea"], 12_000_000)] * 2
    assert {item["participation_id"] for item in done["items"]} == {item["id"] for item in items}
    again = ok(await training.post(IMPORTS, files=file, params={"dry_run": "false"}))
    assert (again["created"], again["unchanged"]) == (0, 2)


async def test_every_bad_cell_is_named_and_nothing_is_half_written(training: ApiClient) -> None:
    event = await _trade(training).event()
    twin = a_row(event)
    rows = [
        a_row(event),
        a_row(event, event_name="Hội chợ không có"),
        a_row(event, products="Chè; Vàng miếng"),
        twin,
        dict(twin),
        a_row(event, revenue_vnd="-5"),
        a_row(event, organization_id="HTX-01"),
    ]
    refused = await training.post(IMPORTS, files=a_file(*rows), params={"dry_run": "false"})
    document = assert_problem(refused, 422, "import_refused", rows=7, failed=5)
    named = [(fault["row"], fault["column"], fault["code"]) for fault in document["errors"]]
    assert named == [
        (3, "A", "unknown_trade_event"),
        (4, "E", "not_allowed"),
        (6, None, "given_twice"),
        (7, "F", "too_small"),
        (8, "C", "wrong_format"),
    ]
    assert await every_item(training, PARTICIPATIONS) == []
    each = await training.post(IMPORTS, files=a_file(*rows), params={"dry_run": "false", "mode": "each"})
    assert ok(each, 207)["created"] == 2
    assert len(await every_item(training, PARTICIPATIONS)) == 2


async def test_what_is_recorded_otherwise_is_left_or_corrected(training: ApiClient) -> None:
    trade = _trade(training)
    event = await trade.event()
    existing = await trade.participation(event, organization_name="HTX Chè Đồng Tâm", revenue_vnd=1)
    row = a_row(event, organization_id=existing.organization_id, products="Gạo, thóc: Nếp cái hoa vàng")
    kept = ok(await training.post(IMPORTS, files=a_file(row), params={"dry_run": "false"}))
    assert (kept["different"], set(kept["items"][0]["differences"])) == (1, {"products", "revenue_vnd"})
    params = {"dry_run": "false", "on_existing": "update"}
    assert ok(await training.post(IMPORTS, files=a_file(row), params=params))["changed"] == 1
    participation = ok(await training.get(f"{PARTICIPATIONS}/{existing.id}"))
    assert (participation["revenue_vnd"], participation["version"], participation["booth"]) == (
        12_000_000,
        2,
        existing.booth,
    )


async def test_another_areas_event_and_organization_are_not_found(training: ApiClient) -> None:
    trade = _trade(training)
    other = await trade.event(alliance="40-2025")
    tried = ok(await training.post(IMPORTS, files=a_file(a_row(other))))
    assert [fault["code"] for fault in tried["errors"]] == ["unknown_trade_event"]
    national = await trade.event(alliance="VN")
    theirs = await trade.participation(national, province="40-2008")
    tried = ok(await training.post(IMPORTS, files=a_file(a_row(national, organization_id=theirs.organization_id))))
    assert [fault["code"] for fault in tried["errors"]] == ["outside_area"]


async def test_five_thousand_rows_of_which_three_are_bad(training: ApiClient) -> None:
    event = await _trade(training).event()
    rows = [a_row(event) for _ in range(5000)]
    for at in (17, 2500, 4999):
        rows[at]["products"] = "Vàng miếng"
    refused = await training.post(IMPORTS, files=a_file(*rows), params={"dry_run": "false"}, timeout=60)
    document = assert_problem(refused, 422, "import_refused", rows=5000, failed=3)
    assert [(fault["row"], fault["column"]) for fault in document["errors"]] == [(19, "E"), (2502, "E"), (5001, "E")]
    assert ok(await training.get(PARTICIPATIONS, params={"count": "exact"}))["count"] == 0


async def test_history_says_from_which_file_and_row(training: ApiClient) -> None:
    row = a_row(await _trade(training).event())
    for revenue in ("12000000", "13000000"):
        file = a_file({**row, "revenue_vnd": revenue})
        ok(await training.post(IMPORTS, files=file, params={"dry_run": "false", "on_existing": "update"}))
    (participation,) = await every_item(training, PARTICIPATIONS)
    history = ok(await training.get(f"{PARTICIPATIONS}/{participation['id']}/history"))["items"]
    assert [entry["reason"] for entry in history] == ["Nhập từ tệp tham-gia.csv, dòng 2"] * 2
