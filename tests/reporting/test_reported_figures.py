"""Figures as another body reports them: kept as they were given, beside what is counted and never in its place."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kernel.values.ids import new_id
from tests.reporting.builders import FIGURES, GIA_CAM, LE_LOI, Make, a_figure
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed


async def test_a_number_is_kept_as_the_report_gives_it(reporting: ApiClient) -> None:
    body = a_figure(comparator="gt", value="75.70", unit="percent", indicator="some_indicator_of_theirs")
    figure = ok(await reporting.post(FIGURES, json=body), 201)
    assert {name: figure[name] for name in body} == body
    assert (figure["province_2008"], figure["province_2025"], figure["alliance"]) == ("25-2008", "25-2025", "25-2025")
    assert figure["created_by"] == "reporter"
    assert ok(await reporting.get(f"{FIGURES}/{figure['id']}")) == figure


async def test_a_merged_province_as_a_whole_and_a_commune_are_places_too(reporting: ApiClient, make: Make) -> None:
    whole = await make.figure(province="25-2025")
    assert (whole["province"], whole["province_2008"], whole["province_2025"]) == ("25-2025", None, "25-2025")
    commune = await make.figure(province=None, commune_code=GIA_CAM, commune_map="2008")
    assert (commune["province"], commune["commune_map"], commune["province_2008"]) == (None, "2008", "25-2008")
    assert [each["id"] for each in await every_item(reporting, FIGURES, province="25-2008")] == [commune["id"]]
    assert len(await every_item(reporting, FIGURES, province="25-2025")) == 2


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"scope": "district"}, ("/scope", "unknown_scope")),
        ({"indicator": "Số HTX"}, ("/indicator", "wrong_format")),
        ({"value": "1.283,5"}, ("/value", "wrong_format")),
        ({"value": 1283}, ("/value", "not_a_string")),
        ({"unit": "đồng"}, ("/unit", "not_allowed")),
        ({"comparator": "le"}, ("/comparator", "not_allowed")),
        ({"ends_on": "2019-12-31"}, ("/ends_on", "end_before_start")),
        ({"province": None}, ("/province", "required")),
        ({"commune_code": GIA_CAM, "commune_map": "2008"}, ("/province", "differs_from_commune")),
        ({"province": "40-2008"}, ("/province", "outside_area")),
        ({"province": None, "commune_code": LE_LOI}, ("/commune_code", "outside_area")),
        ({"source": " "}, ("/source", "blank")),
        ({"document_on": "2999-01-01"}, ("/document_on", "in_the_future")),
        ({"file_ids": [new_id()]}, ("/file_ids/0", "unknown_file")),
    ],
    ids=lambda value: "-".join(value).strip("/") if isinstance(value, tuple) else "",
)
async def test_what_does_not_agree_is_refused_with_a_word_of_its_own(
    reporting: ApiClient, fields: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert faults(await reporting.post(FIGURES, json=a_figure(**fields))) == {fault}


async def test_an_unknown_scope_is_told_which_there_are_in_both_languages(reporting: ApiClient) -> None:
    for language, words in (("vi", "Không có phạm vi này"), ("en", "There is no such scope")):
        response = await reporting.post(FIGURES, json=a_figure(scope="khác"), headers={"Accept-Language": language})
        (error,) = response.json()["errors"]
        assert error["detail"].startswith(words)
        assert "funds_managed_by_alliance" in error["allowed"]


@pytest.mark.parametrize("document_number", ["12/BC-SKHĐT", None])
async def test_one_document_gives_one_number_of_one_thing(
    reporting: ApiClient, make: Make, document_number: str | None
) -> None:
    first = await make.figure(document_number=document_number)
    again = a_figure(document_number=document_number, value="1284", source="SỞ KẾ HOẠCH và đầu tư")
    document = assert_problem(
        await reporting.post(FIGURES, json=again),
        409,
        "reported_figure_exists",
        reported_figure_id=first["id"],
        indicator="cooperative_groups_new",
    )
    assert again["source"] in document["detail"]
    for other in ({"ends_on": "2020-12-31"}, {"scope": "alliance"}, {"source": "Cục Thống kê"}):
        await make.figure(**{"document_number": document_number, **other})
    await make.figure(document_number="13/BC-SKHĐT")
    second = await make.figure(document_number="14/BC-SKHĐT")
    path, patch = f"{FIGURES}/{second['id']}", {"document_number": document_number}
    refused = await reporting.patch(path, json=patch, headers=etag(second))
    assert_problem(refused, 409, "reported_figure_exists", reported_figure_id=first["id"])


async def test_of_ten_at_once_one_is_entered(reporting: ApiClient) -> None:
    body = a_figure()
    answers = await asyncio.gather(*(reporting.post(FIGURES, json={**body, "id": new_id()}) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9


async def test_a_correction_a_replay_and_a_removal_are_told_by_history_and_feed(reporting: ApiClient) -> None:
    follower = Followed(reporting.as_(scope="sync.read"), "reporting")
    await follower.begin()
    body = a_figure(id=new_id())
    figure = ok(await reporting.post(FIGURES, json=body), 201)
    assert ok(await reporting.post(FIGURES, json=body)) == figure
    path = f"{FIGURES}/{figure['id']}"
    patch = {"value": "1284", "comparator": "approx", "reason": "Đính chính"}
    changed = ok(await reporting.patch(path, json=patch, headers=etag(figure)))
    assert (changed["value"], changed["comparator"], changed["version"]) == ("1284", "approx", 2)
    assert (await reporting.delete(path, params={"reason": "Nhập nhầm"}, headers=etag(changed))).status_code == 204
    await follower.assert_equal()
    assert follower.told_of(figure["id"]) == [("created", 1), ("changed", 2), ("removed", 3)]


async def test_a_batch_enters_a_whole_report(reporting: ApiClient) -> None:
    items = [a_figure(), a_figure(scope="nowhere"), a_figure(indicator="cooperatives_total", unit="cooperative")]
    refused = await reporting.post(f"{FIGURES}/batch", json={"mode": "atomic", "items": items})
    assert faults(refused) == {("/items/1/scope", "unknown_scope")}
    answer = ok(await reporting.post(f"{FIGURES}/batch", json={"mode": "each", "items": items}), 207)
    assert [item["status"] for item in answer["items"]] == [201, 422, 201]


async def test_they_are_found_by_indicator_scope_body_and_period_within_the_area(
    reporting: ApiClient, make: Make
) -> None:
    groups = await make.figure()
    total = await make.figure(
        indicator="cooperatives_total", scope="alliance", ends_on="2020-06-30", source="Cục Thống kê"
    )
    await make.figure(province="40-2008")

    async def found(**query: Any) -> set[str]:
        return {each["id"] for each in await every_item(reporting, FIGURES, **query)}

    assert await found() == {groups["id"], total["id"]}
    assert await found(indicator="cooperatives_total") == {total["id"]}
    assert await found(scope="province") == {groups["id"]}
    assert await found(q="cuc thong ke") == {total["id"]}
    assert await found(ends_on_lte="2020-06-30") == {total["id"]}
    assert_problem(await reporting.as_(area="40-2025").get(f"{FIGURES}/{groups['id']}"), 404, "not_found")


async def test_an_own_user_has_no_business_with_them(reporting: ApiClient, make: Make) -> None:
    figure = await make.figure()
    own = reporting.as_(scope="own.read own.write", organization_id=new_id())
    assert_problem(await own.get(FIGURES), 403, "scope_missing")
    assert_problem(await own.get(f"{FIGURES}/{figure['id']}"), 403, "scope_missing")


async def test_a_figure_of_the_nation_is_entered_by_the_national_alliance_alone(reporting: ApiClient) -> None:
    body = a_figure(province="VN")
    refused = await reporting.post(FIGURES, json=body)
    assert faults(refused) == {("/province", "outside_area")}
    nation = reporting.as_(area="VN")
    made = ok(await nation.post(FIGURES, json=body), 201)
    assert (made["province"], made["province_2008"], made["province_2025"], made["alliance"]) == (
        "VN",
        None,
        "VN",
        "VN",
    )
    assert (await reporting.get(f"{FIGURES}/{made['id']}")).status_code == 404
