"""Trade events, who took part, what they showed, and whom they sell to."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest
from PIL import Image

from kernel.values.ids import new_id
from services.training.main import _NAMINGS
from tests.support.answers import assert_problem, every_item, faults, ok
from tests.support.cleaning import cleaned
from tests.support.client import ApiClient
from tests.training.builders import GIA_CAM, LE_LOI, MILLION, PATH, THAI_BINH
from tests.training.trade_builders import (
    EVENTS,
    LINKS,
    PARTICIPATIONS,
    MakeTrade,
    a_market_link,
    a_participation,
    a_trade_event,
)

YEAR = ("2023-01-01", "2023-12-31")


@pytest.fixture
def trade(training: ApiClient) -> MakeTrade:
    return MakeTrade(training.as_(area="VN", sub="builder"))


async def _step(client: ApiClient, event: dict[str, Any], step: str, **body: Any) -> dict[str, Any]:
    return ok(await client.post(f"{EVENTS}/{event['id']}/{step}", json=body), 201)


async def test_an_event_goes_from_plan_to_report(training: ApiClient, trade: MakeTrade) -> None:
    event = await trade.event(is_held=False)
    assert (event.state, event.province_2008, event.province_2025) == ("planned", "25-2008", "25-2025")
    refused = await training.post(f"{EVENTS}/{event.id}/report", json={"reported_on": "2023-06-01"})
    assert_problem(refused, 409, "trade_event_state_forbids", state="planned", action="report", allowed_in=["held"])
    assert (await _step(training, event, "opening"))["state"] == "open"
    assert (await _step(training, event, "completion"))["state"] == "held"
    empty = await training.post(f"{EVENTS}/{event.id}/report", json={"reported_on": "2023-06-01"})
    assert_problem(empty, 409, "nobody_participated")
    await trade.participation(event)
    cost = [{"source": "provincial_budget", "amount_vnd": 40 * MILLION}]
    reported = await _step(training, event, "report", reported_on="2023-06-01", actual_cost=cost, visitors=1200)
    assert (reported["state"], reported["actual_cost"], reported["report"]["visitors"]) == ("reported", cost, 1200)
    assert [a["action"] for a in reported["allowed_actions"] if a["allowed"]] == ["change", "participate"]


async def test_an_event_that_has_not_begun_was_not_held_and_brought_nothing(
    training: ApiClient, trade: MakeTrade
) -> None:
    ahead = {"starts_on": "2099-01-05", "ends_on": "2099-01-06"}
    assert_problem(await training.post(EVENTS, json=a_trade_event(**ahead)), 409, "trade_event_not_begun")
    event = await trade.event(**ahead, is_held=False)
    early = await training.post(f"{EVENTS}/{event.id}/completion", json={})
    assert_problem(early, 409, "trade_event_not_begun", starts_on="2099-01-05")
    sold = a_participation(trade_event_id=event.id, revenue_vnd=MILLION)
    assert_problem(await training.post(PARTICIPATIONS, json=sold), 409, "trade_event_not_begun")
    await trade.participation(event)


async def test_days_are_in_order_and_a_commune_stands_on_its_map(training: ApiClient) -> None:
    wrong = a_trade_event(ends_on="2023-05-01")
    assert faults(await training.post(EVENTS, json=wrong)) == {("/ends_on", "end_before_start")}
    nowhere = a_trade_event(commune_code="99999")
    assert faults(await training.post(EVENTS, json=nowhere)) == {("/commune_code", "unknown_commune")}
    online = a_trade_event(kind="online", commune_code=None, commune_map=None)
    assert ok(await training.post(EVENTS, json=online), 201)["province_2025"] is None


async def test_an_event_called_off_keeps_its_reason_and_counts_nowhere(training: ApiClient, trade: MakeTrade) -> None:
    await trade.covered()
    event = await trade.event(is_held=False)
    await trade.participation(event)
    event_cancelled = await _step(training, event, "cancellation", reason="Bão số 3", cancelled_on="2023-05-09")
    assert (event_cancelled["state"], event_cancelled["cancellation"]["reason"]) == ("cancelled", "Bão số 3")
    late = await training.post(PARTICIPATIONS, json=a_participation(trade_event_id=event.id))
    assert_problem(late, 409, "trade_event_state_forbids", action="participate", state="cancelled")
    value = await trade.value("trade_promotion_cooperative_participations", *YEAR, province="25-2008")
    assert (value["value"], value["status"]) == (0, "reported")


async def test_one_organization_takes_part_once_in_one_event(training: ApiClient, trade: MakeTrade) -> None:
    first = await trade.participation()
    again = a_participation(trade_event_id=first.trade_event_id, organization_id=first.organization_id)
    response = await training.post(PARTICIPATIONS, json=again)
    assert_problem(response, 409, "participation_exists", participation_id=first.id)
    nested = a_participation(organization_id=first.organization_id)
    response = await training.post(f"{EVENTS}/{first.trade_event_id}/participations", json=nested)
    assert_problem(response, 409, "participation_exists", participation_id=first.id)
    await trade.participation(organization_id=first.organization_id)


async def test_of_twenty_calls_at_once_for_one_organization_one_is_taken(training: ApiClient, trade: MakeTrade) -> None:
    event, organization = await trade.event(), new_id()
    bodies = [a_participation(trade_event_id=event.id, organization_id=organization) for _ in range(20)]
    answers = await asyncio.gather(*(training.post(PARTICIPATIONS, json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    id_ = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
    for answer in answers:
        if answer.status_code == 409:
            assert_problem(answer, 409, "participation_exists", participation_id=id_)
    items = await every_item(training, f"{EVENTS}/{event.id}/participations")
    assert [item["id"] for item in items] == [id_]


async def test_a_participation_sent_again_with_its_id_is_the_same_one(training: ApiClient, trade: MakeTrade) -> None:
    event = await trade.event()
    body = a_participation(id=new_id(), trade_event_id=event.id)
    first = ok(await training.post(PARTICIPATIONS, json=body), 201)
    assert ok(await training.post(PARTICIPATIONS, json=body)) == first
    other = {**body, "booth": "B01"}
    assert_problem(await training.post(PARTICIPATIONS, json=other), 409, "id_in_use", id=body["id"])


async def test_products_are_told_by_kind_and_another_kind_by_its_name(training: ApiClient, trade: MakeTrade) -> None:
    event = await trade.event()

    async def sent(*products: dict[str, Any]) -> Any:
        body = a_participation(trade_event_id=event.id, products=list(products))
        return await training.post(PARTICIPATIONS, json=body)

    assert faults(await sent({"kind": "other"})) == {("/products/0/name", "required")}
    assert faults(await sent({"kind": "gold"})) == {("/products/0/kind", "not_allowed")}
    twice = await sent({"kind": "tea", "name": "Chè xanh"}, {"kind": "tea", "name": "CHÈ XANH"})
    assert faults(twice) == {("/products", "given_twice")}
    record = ok(
        await sent(
            {"kind": "tea", "name": "Chè xanh"},
            {"kind": "tea", "name": "Chè đen"},
            {"kind": "other", "name": "Nón Gia Thanh"},
            {"kind": "other", "name": "Diều sáo"},
        ),
        201,
    )
    assert record["product_kinds"] == ["other:dieu sao", "other:non gia thanh", "tea"]


async def test_a_product_known_as_another_organizations_is_refused(training: ApiClient, trade: MakeTrade) -> None:
    product = new_id()
    shown: dict[str, Any] = {"products": [{"kind": "rice", "product_id": product}]}
    mine = await trade.participation(**shown)
    other = a_participation(trade_event_id=(await trade.event()).id, **shown)
    refused = await training.post(PARTICIPATIONS, json=other)
    assert_problem(refused, 409, "product_of_another_organization", product_id=product)
    sold = a_market_link(product_id=product)
    assert_problem(await training.post(LINKS, json=sold), 409, "product_of_another_organization", product_id=product)
    await trade.participation(organization_id=mine.organization_id, **shown)
    await trade.link(organization_id=mine.organization_id, product_id=product)


async def test_of_two_organizations_that_show_one_product_at_once_one_is_refused(
    training: ApiClient, trade: MakeTrade
) -> None:
    event, shown = await trade.event(), {"products": [{"kind": "rice", "product_id": new_id()}]}
    bodies = [a_participation(trade_event_id=event.id, **shown) for _ in range(8)]
    answers = await asyncio.gather(*(training.post(PARTICIPATIONS, json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_a_correction_keeps_what_was_known_before(training: ApiClient, trade: MakeTrade) -> None:
    participation = await trade.participation(revenue_vnd=10 * MILLION)
    path = f"{PARTICIPATIONS}/{participation.id}"
    change = {"revenue_vnd": 12 * MILLION, "reason": "Đối chiếu hóa đơn"}
    after = ok(await training.patch(path, json=change, headers={"If-Match": '"1"'}))
    assert (after["revenue_vnd"], after["version"], after["products"]) == (12 * MILLION, 2, participation.products)
    history = ok(await training.get(f"{path}/history"))["items"]
    assert [(h["content"]["revenue_vnd"], h["reason"]) for h in history] == [
        (10 * MILLION, None),
        (12 * MILLION, "Đối chiếu hóa đơn"),
    ]


async def test_an_event_that_moves_to_another_day_takes_its_participations_along(
    training: ApiClient, trade: MakeTrade
) -> None:
    await trade.covered()
    event = await trade.event()
    existing = await trade.participation(event)
    moved = {"starts_on": "2022-12-30", "reason": "Ngày khai mạc đúng"}
    ok(await training.patch(f"{EVENTS}/{event.id}", json=moved, headers={"If-Match": '"1"'}))
    participation = ok(await training.get(f"{PARTICIPATIONS}/{existing.id}"))
    assert (participation["counted_on"], participation["version"]) == ("2022-12-30", 2)
    code = "trade_promotion_cooperative_participations"
    assert (await trade.value(code, *YEAR, province="25-2008"))["value"] == 0
    assert (await trade.value(code, "2022-01-01", "2022-12-31", province="25-2008"))["value"] == 1


async def test_where_an_organization_lies_is_said_or_known_from_before(training: ApiClient, trade: MakeTrade) -> None:
    event = await trade.event(commune_code=LE_LOI, commune_map="2008")
    body = a_participation(trade_event_id=event.id)
    assert faults(await training.post(PARTICIPATIONS, json=body)) == {("/province", "required")}
    merged = {**body, "province": "25-2025"}
    assert faults(await training.post(PARTICIPATIONS, json=merged)) == {("/province", "province_ambiguous")}
    away = {**body, "province": "40-2008"}
    assert faults(await training.post(PARTICIPATIONS, json=away)) == {("/province", "outside_area")}
    existing = ok(await training.post(PARTICIPATIONS, json={**body, "province": "17-2008"}), 201)
    assert (existing["province_2008"], existing["province_2025"]) == ("17-2008", "25-2025")
    participation = await trade.participation(
        await trade.event(commune_code=LE_LOI, commune_map="2008"), organization_id=existing["organization_id"]
    )
    assert participation.province_2008 == "17-2008"
    assert (await trade.participation(await trade.event(commune_code=THAI_BINH))).province_2008 == "17-2008"


async def test_an_alliance_sees_its_own_and_the_nations_events(training: ApiClient, trade: MakeTrade) -> None:
    other = await trade.event(alliance="40-2025")
    theirs = await trade.participation(other, province="40-2008")
    national = await trade.event(alliance="VN")
    mine = ok(
        await training.post(PARTICIPATIONS, json=a_participation(trade_event_id=national.id, province="25-2008")), 201
    )
    await trade.participation(national, province="40-2008")
    assert [item["id"] for item in await every_item(training, EVENTS)] == [national.id]
    assert [item["id"] for item in await every_item(training, PARTICIPATIONS)] == [mine["id"]]
    assert_problem(await training.get(f"{EVENTS}/{other.id}"), 404, "not_found")
    assert_problem(await training.get(f"{PARTICIPATIONS}/{theirs.id}"), 404, "not_found")
    assert_problem(await training.post(f"{EVENTS}/{national.id}/opening", json={}), 404, "not_found")
    refused = await training.post(PARTICIPATIONS, json=a_participation(trade_event_id=other.id))
    assert faults(refused) == {("/trade_event_id", "unknown_trade_event")}
    assert ok(await training.get(f"{EVENTS}/{national.id}/summary"))["participations"] == 1


async def test_a_cooperatives_own_user_sees_its_own_trade_and_nobody_elses(
    training: ApiClient, trade: MakeTrade
) -> None:
    mine, other = await trade.participation(), await trade.participation()
    own = training.as_(scope="own.read", organization_id=mine.organization_id)
    assert [item["id"] for item in await every_item(own, PARTICIPATIONS)] == [mine.id]
    assert ok(await own.get(f"{PATH}/organizations/{mine.organization_id}/trade-record"))["years"][0]["year"] == 2023
    assert_problem(await own.get(f"{PATH}/organizations/{other.organization_id}/trade-record"), 404, "not_found")
    assert_problem(await own.get(f"{PARTICIPATIONS}/{other.id}"), 404, "not_found")


async def test_luot_cooperatives_product_types_and_showings_are_told_apart(
    training: ApiClient, trade: MakeTrade
) -> None:
    await trade.covered()
    one, two = await trade.event(), await trade.event(starts_on="2023-07-01", ends_on="2023-07-03", attribution="joint")
    first = await trade.participation(one)
    await trade.participation(two, organization_id=first.organization_id, products=[{"kind": "tea"}, {"kind": "rice"}])
    await trade.participation(two, products=[{"kind": "tea"}])
    await trade.participation(two, organization_type="cooperative_group", products=[])
    await trade.participation(await trade.event(starts_on="2022-12-31"), organization_id=first.organization_id)
    figures = {
        code: (await trade.value(f"trade_promotion_{code}", *YEAR, province="25-2008"))["value"]
        for code in (
            "participations",
            "cooperative_participations",
            "cooperatives",
            "events",
            "product_types",
            "product_showings",
        )
    }
    assert figures == {
        "participations": 4,
        "cooperative_participations": 3,
        "cooperatives": 2,
        "events": 2,
        "product_types": 4,
        "product_showings": 5,
    }
    code = "trade_promotion_cooperative_participations"
    assert (await trade.value(code, *YEAR, province="25-2008", scope="joint"))["value"] == 2
    by_map = await trade.value(code, *YEAR, province="25-2025")
    assert (by_map["value"], by_map["status"]) == (3, "reported")
    items = ok(
        await training.get(
            f"{PATH}/indicator-values",
            params={
                "indicators": code,
                "from": YEAR[0],
                "to": YEAR[1],
                "province": "25-2008",
                "group_by": "attribution",
            },
        )
    )["items"]
    assert {item["group"]: item["value"] for item in items} == {"supported": 1, "joint": 2}


async def test_the_evidence_of_a_figure_is_exactly_what_it_counts(training: ApiClient, trade: MakeTrade) -> None:
    await trade.covered()
    event = await trade.event()
    ids = {(await trade.participation(event)).id for _ in range(3)}
    await trade.participation(event, organization_type="enterprise")
    value = await trade.value("trade_promotion_cooperative_participations", *YEAR, province="25-2008")
    assert {item["id"] for item in await every_item(training, value["evidence"])} == ids
    types = await trade.value("trade_promotion_product_types", *YEAR, province="25-2008")
    assert (types["value"], len(await every_item(training, types["evidence"]))) == (8, 4)


async def test_without_coverage_a_figure_is_not_reported(trade: MakeTrade) -> None:
    await trade.participation()
    value = await trade.value("trade_promotion_product_types", *YEAR, province="25-2008")
    assert (value["value"], value["status"]) == (None, "not_reported")


async def test_cooperatives_linked_with_a_chain_of_shops_count_once_each(training: ApiClient, trade: MakeTrade) -> None:
    await trade.covered()
    first = await trade.link()
    await trade.link(organization_id=first.organization_id, signed_on="2023-09-01", product_kind="fruit")
    await trade.link(buyer_kind="exporter")
    await trade.link(signed_on="2022-12-31")
    code = "market_linkage_cooperatives"
    assert (await trade.value(code, *YEAR, province="25-2008"))["value"] == 2
    assert (await trade.value("market_links", *YEAR, province="25-2008"))["value"] == 3
    params = {"indicators": code, "from": YEAR[0], "to": YEAR[1], "province": "25-2008", "group_by": "buyer_kind"}
    items = ok(await training.get(f"{PATH}/indicator-values", params=params))["items"]
    assert {item["group"]: item["value"] for item in items} == {"shop_chain": 1, "exporter": 1}


async def test_a_market_link_ends_after_it_began_and_names_the_unit_of_its_volume(
    training: ApiClient, trade: MakeTrade
) -> None:
    ended = a_market_link(ended_on="2023-01-01")
    assert faults(await training.post(LINKS, json=ended)) == {("/ended_on", "end_before_start")}
    bare = a_market_link(volume="12,5", volume_unit=None)
    assert ("/volume", "wrong_format") in faults(await training.post(LINKS, json=bare))
    unitless = a_market_link(volume_unit=None)
    assert faults(await training.post(LINKS, json=unitless)) == {("/volume_unit", "required")}
    link = await trade.link()
    change = {"ended_on": "2023-10-01", "reason": "Hết hợp đồng"}
    ok(await training.patch(f"{LINKS}/{link.id}", json=change, headers={"If-Match": '"1"'}))
    running = [item["id"] for item in await every_item(training, LINKS, as_of="2023-10-02")]
    assert running == []
    assert [item["id"] for item in await every_item(training, LINKS, q="nong san viet")] == [link.id]


async def test_an_organizations_record_goes_over_the_years(training: ApiClient, trade: MakeTrade) -> None:
    first = await trade.participation(revenue_vnd=10 * MILLION, contract_count=2, contract_value_vnd=90 * MILLION)
    organization = first.organization_id
    await trade.participation(await trade.event(starts_on="2022-06-01"), organization_id=organization, products=[])
    await trade.participation(await trade.event(is_held=False), organization_id=organization)
    await trade.link(organization_id=organization, signed_on="2021-02-03", value_vnd=5 * MILLION)
    record = ok(await training.get(f"{PATH}/organizations/{organization}/trade-record"))
    years = [
        (y["year"], y["participations"], y["product_types"], y["revenue_vnd"], y["contract_count"], y["market_links"])
        for y in record["years"]
    ]
    assert years == [(2023, 1, 2, 10 * MILLION, 2, 0), (2022, 1, 0, 0, 0, 0), (2021, 0, 0, 0, 0, 1)]
    assert len(await every_item(training, record["participations"])) == 3
    abroad = training.as_(area="40-2025")
    assert_problem(await abroad.get(f"{PATH}/organizations/{organization}/trade-record"), 404, "not_found")


async def test_a_batch_keeps_all_or_each(training: ApiClient, trade: MakeTrade) -> None:
    event, organization = await trade.event(), new_id()
    items = [a_participation(trade_event_id=event.id, organization_id=organization) for _ in range(2)]
    refused = await training.post(f"{PARTICIPATIONS}/batch", json={"mode": "atomic", "items": items})
    assert_problem(refused, 409, "participation_exists", index=1)
    assert await every_item(training, PARTICIPATIONS) == []
    each = ok(await training.post(f"{PARTICIPATIONS}/batch", json={"mode": "each", "items": items}), 207)
    assert [item["status"] for item in each["items"]] == [201, 409]


async def test_the_feed_tells_of_a_fair_and_who_was_there(training: ApiClient, trade: MakeTrade) -> None:
    participation = await trade.participation(await trade.event(commune_code=GIA_CAM))
    changes = ok(await training.get(f"{PATH}/changes", params={"types": "participation,trade_event"}))["items"]
    assert [change["type"] for change in changes] == ["trade_event.created", "participation.created"]
    assert changes[1]["resource"] == f"{PARTICIPATIONS}/{participation.id}"


@pytest.mark.parametrize("path", [PARTICIPATIONS, LINKS])
async def test_a_name_is_needed_where_the_registry_does_not_tell_it(
    training: ApiClient, trade: MakeTrade, path: str
) -> None:
    fair = await trade.event()
    body = a_participation(trade_event_id=fair.id) if path == PARTICIPATIONS else a_market_link()
    del body["organization_name"]
    assert faults(await training.post(path, json=body)) == {("/organization_name", "required")}


async def test_an_event_has_pictures_that_stay_as_long_as_it_names_them(training: ApiClient, trade: MakeTrade) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), "red").save(picture, "PNG")
    photo = ok(await training.post(f"{PATH}/files", files={"file": ("gian-hang.png", picture.getvalue())}), 201)
    event = await trade.event(photo_file_ids=[photo["id"]])
    assert event.photo_file_ids == [photo["id"]]
    scan = await trade.file()
    refused = await training.post(EVENTS, json=a_trade_event(photo_file_ids=[photo["id"], scan.id]))
    assert faults(refused) == {("/photo_file_ids/1", "not_a_picture")}
    await cleaned(training.app, _NAMINGS, scan.id)
    assert (await training.get(f"{PATH}/files/{photo['id']}")).status_code == 200
    path = f"{EVENTS}/{event.id}"
    cleared = ok(await training.patch(path, json={"photo_file_ids": []}, headers={"If-Match": f'"{event.version}"'}))
    assert cleared["photo_file_ids"] == []
    elsewhere = training.as_(area="40-2025", sub="officer of Nghệ An")
    assert_problem(await elsewhere.get(f"{PATH}/files/{photo['id']}"), 404, "not_found")
    await trade.event(alliance="VN", photo_file_ids=[photo["id"]])
    assert (await elsewhere.get(f"{PATH}/files/{photo['id']}")).status_code == 200, "of a national event"
