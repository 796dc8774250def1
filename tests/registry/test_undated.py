"""Organizations of which no day is known: they begin where the records show them first, never "always"."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from kernel.database.connections import Database
from services.registry.indicators import INDICATORS
from tests.registry.builders import (
    FACTS,
    LE_LOI,
    ORGANIZATIONS,
    PATH,
    THAI_BINH,
    Make,
    Record,
    a_certificate,
    a_cooperative,
    a_membership,
    a_product,
)
from tests.registry.test_imports import a_row, as_csv, found, send
from tests.support.answers import assert_problem, etag, every_item, ok
from tests.support.client import ApiClient

VALUES = f"{PATH}/indicator-values"
ENTERED = "2026-03-02"
# 23:30 UTC of the day before is half past six of 2 March in Vietnam.
EVENING = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


async def entered(make: Make, at: datetime = EVENING, **fields: Any) -> Record:
    """Make a cooperative of which no day is known, entered at an instant."""
    with time_machine.travel(at, tick=False):
        return await make.organization(**{"registered_on": None, **fields})


async def figure(client: ApiClient, to: str, indicator: str = "cooperatives_total", **query: str) -> dict[str, Any]:
    params = {"from": "2020-01-01", "to": to, "province": "25-2008", "indicators": indicator, **query}
    (item,) = ok(await client.get(VALUES, params=params))["items"]
    return dict(item)


async def counts(client: ApiClient, to: str, indicator: str = "cooperatives_total", **query: str) -> tuple[Any, Any]:
    """Return a figure and how many more it would have counted, once its evidence is what it counts."""
    item = await figure(client, to, indicator, **query)
    assert ok(await client.get(f"{item['evidence']}&count=exact"))["count"] == item["value"]
    return item["value"], item["undated_count"]


# --- where it begins


async def test_what_is_entered_today_leaves_the_figures_of_the_past_alone(registry: ApiClient, make: Make) -> None:
    await make.coverage()
    await make.organization(registered_on="2020-05-01")
    assert await counts(registry, "2023-08-31") == (1, 0)
    for _ in range(3):
        await make.organization(registered_on=None)
    assert await counts(registry, "2023-08-31") == (1, 3)


async def test_it_begins_on_the_vietnamese_day_it_was_entered(registry: ApiClient, make: Make) -> None:
    await make.coverage()
    organization = await entered(make)
    assert organization.starts_on == ENTERED
    assert await counts(registry, "2026-03-01") == (0, 1)
    assert await counts(registry, ENTERED) == (1, 0)
    response = await registry.get(f"{ORGANIZATIONS}/{organization.id}", params={"as_of": "2026-03-01"})
    assert_problem(response, 404, "not_found")


async def test_later_writes_do_not_move_the_day_it_was_entered(registry: ApiClient, make: Make) -> None:
    organization = await entered(make)
    await make.status(organization, "dormant", on="2026-05-01")
    after = await make.changed(organization, name_short="HTX ĐT")
    assert after.starts_on == ENTERED


# Figures of a period have no day of their own: tests/registry/statistics/test_statistics.py.
@pytest.mark.parametrize("plural", [plural for plural in FACTS if plural != "organization-statistics"])
async def test_it_begins_with_its_earliest_fact_of_any_kind(registry: ApiClient, make: Make, plural: str) -> None:
    days = {
        "alliance-memberships": "admitted_on",
        "products": "recognized_on",
        "certificates": "valid_from",
        "models": "recognized_on",
        "inspections": "inspected_on",
        "dissolution-cases": "opened_on",
    }
    day = days.get(plural, "effective_on")
    await make.coverage()
    organization = await entered(make)
    first = await make.fact(plural, organization, **{day: "2021-06-01"})
    assert (await make.now(organization)).starts_on == "2021-06-01"
    assert await counts(registry, "2021-05-31", "collective_organizations_total") == (0, 1)
    assert await counts(registry, "2021-06-01", "collective_organizations_total") == (1, 0)

    # Corrected it begins with the fact's right day; taken back, where it was entered.
    path = f"{PATH}/{plural}/{first.id}"
    ok(await registry.patch(path, json={day: "2022-02-02"}, headers=etag(ok(await registry.get(path)))))
    assert (await make.now(organization)).starts_on == "2022-02-02"
    response = await registry.delete(path, headers=etag(ok(await registry.get(path))))
    assert response.status_code == 204
    assert (await make.now(organization)).starts_on == ENTERED
    assert await counts(registry, "2022-02-02", "collective_organizations_total") == (0, 1)


async def test_facts_entered_in_batch_move_the_beginning_as_single_ones_do(registry: ApiClient, make: Make) -> None:
    organization = await entered(make)
    await make.batch("products", [a_product(organization_id=organization.id, recognized_on="2022-10-01")])
    await make.batch("certificates", [a_certificate(organization_id=organization.id, valid_from="2021-09-01")])
    await make.batch("alliance-memberships", [a_membership(organization_id=organization.id, admitted_on="2023-01-01")])
    assert (await make.now(organization)).starts_on == "2021-09-01"


async def test_a_product_without_a_day_says_nothing_of_the_beginning(make: Make) -> None:
    organization = await entered(make)
    await make.fact("products", organization, ocop_stars=None, recognized_on=None)
    assert (await make.now(organization)).starts_on == ENTERED


async def test_the_move_of_a_beginning_is_told_in_history_and_feed(
    registry: ApiClient, make: Make, db: Database
) -> None:
    organization = await entered(make)
    await make.fact("certificates", organization, valid_from="2021-09-01", reason="Theo hồ sơ")
    (_, moved) = ok(await registry.get(f"{ORGANIZATIONS}/{organization.id}/history"))["items"]
    assert (moved["action"], moved["changed"], moved["reason"]) == ("derived", ["starts_on"], "Theo hồ sơ")
    assert moved["content"]["starts_on"] == "2021-09-01"
    rows = await db.fetch("SELECT type, changed FROM change WHERE resource_id = $1::uuid ORDER BY seq", organization.id)
    assert [(row["type"], row["changed"]) for row in rows][1:] == [("organization.changed", ["starts_on"])]


async def test_a_day_given_later_corrects_the_past(registry: ApiClient, make: Make) -> None:
    await make.coverage()
    organization = await entered(make)
    after = await make.changed(organization, founded_on="2019-04-01")
    assert after.starts_on == "2019-04-01"
    assert [(w["code"], w["from"]) for w in after.warnings] == [("past_changed", "2019-04-01")]
    assert await counts(registry, "2020-12-31") == (1, 0)


async def test_a_day_later_than_a_fact_is_refused(registry: ApiClient, make: Make) -> None:
    organization = await entered(make)
    await make.status(organization, "dormant", on="2021-01-01")
    now = await make.now(organization)
    response = await registry.patch(
        f"{ORGANIZATIONS}/{organization.id}", json={"founded_on": "2022-01-01"}, headers=etag(now)
    )
    assert_problem(response, 409, "before_start")


async def test_a_day_taken_away_leaves_what_the_records_show(registry: ApiClient, make: Make) -> None:
    with time_machine.travel(EVENING, tick=False):
        organization = await make.organization(registered_on="2019-01-01")
    await make.membership(organization, admitted_on="2022-01-15")
    after = await make.changed(organization, registered_on=None)
    assert after.starts_on == "2022-01-15"
    assert {w["code"] for w in after.warnings} == {"undated", "past_changed"}


# --- what is said of it


async def test_each_write_of_one_without_a_day_warns(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(registered_on=None)
    (warning,) = organization.warnings
    assert (warning["code"], warning["pointer"], warning["from"]) == ("undated", "/founded_on", None)
    day = date.fromisoformat(organization.starts_on)
    assert f"{day:%d/%m/%Y}" in warning["detail"]
    after = await make.changed(organization, name_short="HTX ĐT")
    assert [w["code"] for w in after.warnings] == ["undated"]
    assert (await make.organization(registered_on=None, founded_on="2020-01-01")).warnings == []


async def test_a_batch_warns_by_item(registry: ApiClient) -> None:
    for mode, status in (("atomic", 201), ("each", 207)):
        body = {"mode": mode, "items": [a_cooperative(), a_cooperative(registered_on=None)]}
        answered = ok(await registry.post(f"{ORGANIZATIONS}/batch", json=body), status)["items"]
        assert [[w["code"] for w in item["warnings"]] for item in answered] == [[], ["undated"]]


async def test_an_import_says_it_by_row_and_begins_it_as_a_single_write_does(registry: ApiClient, make: Make) -> None:
    dated, undated = a_row(), a_row(registered_on="")
    data = as_csv(dated, undated)
    for dry_run in (True, False, False):
        with time_machine.travel(EVENING, tick=False):
            report = ok(await send(registry, data, dry_run=dry_run))
        assert [[(w["code"], w["pointer"]) for w in item["warnings"]] for item in report["items"]] == [
            [],
            [("undated", "/rows/3/founded_on")],
        ]
    (organization,) = await found(registry, undated["name"])
    assert (organization["created_at"][:10], organization["starts_on"]) == ("2026-03-01", ENTERED)
    report = ok(
        await send(registry, as_csv({**undated, "founded_on": "01/02/2019"}), dry_run=False, on_existing="update")
    )
    (answer,) = report["items"][0]["warnings"]
    assert (answer["code"], answer["pointer"], answer["row"]) == ("past_changed", "/rows/2/founded_on", 2)
    assert "01/02/2019" in answer["detail"]


async def test_those_without_a_day_can_be_listed(registry: ApiClient, make: Make) -> None:
    dated, undated = await make.organization(), await make.organization(registered_on=None)
    listed = [
        {item["id"] for item in await every_item(registry, ORGANIZATIONS, undated=undated_)}
        for undated_ in ("true", "false")
    ]
    assert listed == [{undated.id}, {dated.id}]


# --- what figures say of it


async def test_undated_ones_are_counted_by_the_figures_own_predicate_place_and_day(
    registry: ApiClient, make: Make
) -> None:
    await make.coverage()
    await make.coverage(province="17-2008")
    await entered(make)
    await entered(make, operating_state="dormant")
    await entered(make, commune=THAI_BINH)
    await entered(make, commune=LE_LOI)
    with time_machine.travel(EVENING, tick=False):
        await make.group(registered_on=None)
    ended = await entered(make, datetime(2026, 4, 1, 3, tzinfo=UTC))
    await make.status(ended, "ended", on="2026-04-02")
    member = await entered(make)
    await make.membership(member, admitted_on="2022-01-01")
    # What is known first of these two is how they changed: before that they were what they began with.
    closed, moved = await entered(make), await entered(make, commune=LE_LOI)
    await make.status(closed, "ended", on="2022-01-01")
    await make.move(moved, THAI_BINH, on="2022-01-01")
    assert await counts(registry, "2021-12-31") == (0, 5)
    assert await counts(registry, "2022-01-01") == (1, 3)
    assert await counts(registry, "2021-12-31", "cooperatives_operating") == (0, 4)
    assert await counts(registry, "2021-12-31", "cooperative_groups_total") == (0, 1)
    # Nobody was a member of whom no membership is known on the day.
    assert await counts(registry, "2021-12-31", "alliance_member_cooperatives_total") == (0, 0)
    assert await counts(registry, "2021-12-31", province="25-2025") == (0, 6)
    assert (await figure(registry.as_(area="40-2025"), "2021-12-31"))["undated_count"] is None
    share = await figure(registry, "2022-01-01", "alliance_member_share_of_active")
    assert (share["denominator"], share["undated_count"]) == (1, 2)


@pytest.mark.parametrize("group_by", ["type", "commune", "report_sector"])
async def test_groups_say_how_many_undated_ones_are_theirs(registry: ApiClient, make: Make, group_by: str) -> None:
    await make.coverage()
    await make.organization(registered_on="2019-01-01", report_sector="agriculture")
    await entered(make, report_sector="agriculture")
    await entered(make, report_sector="transport", commune="07897")
    with time_machine.travel(EVENING, tick=False):
        await make.group(registered_on=None, report_sector="transport", commune="07897")
    params = {
        "from": "2020-01-01",
        "to": "2021-12-31",
        "province": "25-2008",
        "group_by": group_by,
        "indicators": "collective_organizations_total",
    }
    items = ok(await registry.get(VALUES, params=params))["items"]
    if group_by == "commune":
        # Every commune of the province has its figure.
        items = [item for item in items if item["value"] or item["undated_count"]]
    assert sorted((item["value"], item["undated_count"]) for item in items) == [
        (0, 1 if group_by == "type" else 2),
        (1, 2 if group_by == "type" else 1),
    ]
    for item in items:
        assert ok(await registry.get(f"{item['evidence']}&count=exact"))["count"] == item["value"]


async def test_a_flow_never_takes_the_day_entered_for_a_founding(registry: ApiClient, make: Make) -> None:
    await make.coverage()
    await entered(make)
    for code, indicator in INDICATORS.by_code.items():
        if indicator.kind == "flow":
            item = await figure(registry, "2026-12-31", code, **{"from": ENTERED})
            nothing = None if indicator.is_ratio else indicator.nothing
            assert (item["value"], item["undated_count"]) == (nothing, None), code
