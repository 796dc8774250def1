"""Funds: several an alliance, each valid for a time, some not yet licensed."""

from __future__ import annotations

from kernel.values.ids import new_id
from tests.funds.builders import BILLION, FUNDS, Make, a_fund
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient


async def test_a_fund_is_entered_and_read_as_it_was_entered(funds: ApiClient) -> None:
    body = a_fund()
    fund = ok(await funds.post(FUNDS, json=body), 201)
    read = await funds.get(f"{FUNDS}/{fund['id']}")
    assert ok(read) == fund
    assert read.headers["etag"].startswith('W/"1-')
    assert {name: fund[name] for name in body} == body
    assert (fund["alliance"], fund["state"], fund["created_by"]) == ("25-2025", "operating", "fund-officer")


async def test_an_alliance_made_of_three_keeps_the_funds_of_all_of_them(funds: ApiClient, make: Make) -> None:
    made_funds = [
        await make.fund(province=p, valid_until=until)
        for p, until in [("25-2025", None), ("17-2008", "2025-12-31"), ("26-2008", None)]
    ]
    assert {fund.alliance for fund in made_funds} == {"25-2025"}
    listed = await every_item(funds, FUNDS)
    assert [item["id"] for item in listed] == [fund.id for fund in made_funds]
    later = await every_item(funds, FUNDS, as_of="2026-01-01")
    assert [item["id"] for item in later] == [made_funds[0].id, made_funds[2].id]


async def test_a_fund_that_is_being_founded_has_no_licence_yet(funds: ApiClient) -> None:
    body = a_fund(state="planned", licence_number=None, licensed_on=None, charter_capital_vnd=None)
    fund = ok(await funds.post(FUNDS, json=body), 201)
    assert (fund["state"], fund["licence_number"], fund["charter_capital_vnd"]) == ("planned", None, None)
    licensed = await funds.patch(
        f"{FUNDS}/{fund['id']}",
        json={"state": "operating", "licence_number": "07/GP", "licensed_on": "2023-06-01"},
        headers=etag(fund),
    )
    assert ok(licensed)["state"] == "operating"


async def test_a_licence_has_a_number_and_a_day(funds: ApiClient, make: Make) -> None:
    assert faults(await funds.post(FUNDS, json=a_fund(licensed_on=None))) == {("/licensed_on", "required")}
    fund = await make.fund()
    answer = await funds.patch(f"{FUNDS}/{fund.id}", json={"licence_number": None}, headers=etag(fund))
    assert faults(answer) == {("/licence_number", "required")}


async def test_every_fault_of_a_fund_is_named_at_once(funds: ApiClient) -> None:
    answer = await funds.post(
        FUNDS, json=a_fund(charter_capital_vnd="20000000000", valid_from="2019-02-30", operating_model="magic", x=1)
    )
    assert faults(answer) == {
        ("/charter_capital_vnd", "not_an_integer"),
        ("/valid_from", "not_a_date"),
        ("/operating_model", "not_allowed"),
        ("/x", "unknown_field"),
    }
    assert await every_item(funds, FUNDS) == []


async def test_a_fund_of_another_alliance_is_not_there(funds: ApiClient, make: Make) -> None:
    foreign = await make.fund(province="40-2025")
    assert_problem(await funds.get(f"{FUNDS}/{foreign.id}"), 404, "not_found")
    assert await every_item(funds, FUNDS) == []
    answer = await funds.patch(f"{FUNDS}/{foreign.id}", json={"state": "ended"}, headers=etag(foreign))
    assert_problem(answer, 404, "not_found")
    assert faults(await funds.post(FUNDS, json=a_fund(province="40-2025"))) == {("/province", "outside_area")}


async def test_a_replayed_key_makes_one_fund(funds: ApiClient) -> None:
    body, key = a_fund(), {"Idempotency-Key": "fund-1"}
    first, again = [await funds.post(FUNDS, json=body, headers=key) for _ in range(2)]
    assert (first.status_code, first.content) == (201, again.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await every_item(funds, FUNDS)) == 1


async def test_an_id_minted_by_the_client_stands_for_one_content(funds: ApiClient) -> None:
    body = a_fund(id=new_id())
    assert (await funds.post(FUNDS, json=body)).status_code == 201
    assert (await funds.post(FUNDS, json=body)).status_code == 200
    assert_problem(await funds.post(FUNDS, json={**body, "name": "Quỹ khác"}), 409, "id_in_use", id=body["id"])


async def test_a_stale_correction_is_refused_and_changes_nothing(funds: ApiClient, make: Make) -> None:
    fund = await make.fund()
    path = f"{FUNDS}/{fund.id}"
    ok(await funds.patch(path, json={"charter_capital_vnd": 25 * BILLION}, headers=etag(fund)))
    stale = await funds.patch(path, json={"charter_capital_vnd": 30 * BILLION}, headers=etag(fund))
    document = assert_problem(stale, 412, "stale")
    assert document["current"]["charter_capital_vnd"] == 25 * BILLION
    history = ok(await funds.get(f"{path}/history"))["items"]
    assert [(entry["action"], entry["changed"]) for entry in history] == [
        ("created", []),
        ("corrected", ["charter_capital_vnd"]),
    ]


async def test_the_feed_tells_of_a_new_fund(funds: ApiClient, make: Make) -> None:
    fund = await make.fund()
    changes = ok(await funds.get("/v1/funds/changes"))["items"]
    # The national lending rules, which everyone reads, were there before it.
    events = [(item["type"], item["resource"]) for item in changes if not item["type"].startswith("lending_rule.")]
    assert events == [("fund.created", f"{FUNDS}/{fund.id}")]
