"""Communes of two maps in lending: a code that both have is refused without its map, and figures are grouped by today's communes."""

from __future__ import annotations

from tests.funds.builders import BORROWERS, GIA_CAM, PATH, Make, a_borrower, a_project, an_application
from tests.funds.test_imports import a_row, as_csv, send
from tests.support.answers import etag, faults, ok
from tests.support.client import ApiClient

TAN_DAN = "07897"
"""Of 2008 alone; it went into Việt Trì of 2025, which has the code of Gia Cẩm."""


async def test_a_code_of_both_maps_needs_its_map(funds: ApiClient, make: Make) -> None:
    without = {name: value for name, value in a_borrower().items() if name != "commune_map"}
    assert faults(await funds.post(BORROWERS, json=without)) == {("/commune_map", "ambiguous_commune")}
    borrower = ok(await funds.post(BORROWERS, json={**without, "commune_code": TAN_DAN}), 201)
    assert borrower["commune_map"] == "2008"
    path, patch = f"{BORROWERS}/{borrower['id']}", {"commune_code": GIA_CAM}
    assert faults(await funds.patch(path, json=patch, headers=etag(borrower))) == {
        ("/commune_map", "ambiguous_commune")
    }
    project = {**a_project(), "commune_code": GIA_CAM}
    body = an_application(await make.rich_fund(), await make.borrower(), project=project)
    answer = await funds.post(f"{PATH}/loan-applications", json=body)
    assert faults(answer) == {("/project/commune_map", "ambiguous_commune")}


async def test_a_cell_without_its_map_is_named_once(funds: ApiClient, make: Make) -> None:
    await make.rich_fund()
    report = (await send(funds, as_csv(a_row(commune_map="")))).json()
    assert [(error["field"], error["code"]) for error in report["errors"]] == [("commune_map", "ambiguous_commune")]
    assert ok(await send(funds, as_csv(a_row(commune_map="", commune_code=TAN_DAN))))["created"] == 1
