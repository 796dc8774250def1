"""What was recorded after an instant, from the history of a service: paged, of the caller's area and of a place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kernel.database.connections import Database
from kernel.feed.history_routes import RecordedVersion
from tests.reporting.builders import GIA_CAM, LE_LOI, PATH, THAI_BINH, Make
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient

HISTORY = f"{PATH}/history"


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


async def _since(client: ApiClient, instant: str, **query: Any) -> list[dict[str, Any]]:
    return await every_item(client, HISTORY, recorded_after=instant, **query)


async def test_versions_come_in_their_order_page_by_page_with_who_and_why(reporting: ApiClient, make: Make) -> None:
    before = await make.activity("contest")
    instant = _now()
    made = [await make.activity("contest") for _ in range(3)]
    path = f"{PATH}/activities/{before['id']}"
    patch = {"title": "Khác", "reason": "Ghi nhầm tên"}
    changed = ok(await reporting.patch(path, json=patch, headers=etag(before)))
    await reporting.delete(f"{PATH}/activities/{made[0]['id']}", params={"reason": "Hai lần"}, headers=etag(made[0]))
    found = await _since(reporting, instant, limit=2)
    assert [(each["resource_id"], each["action"]) for each in found] == [
        *((each["id"], "created") for each in made),
        (changed["id"], "corrected"),
        (made[0]["id"], "removed"),
    ]
    assert (found[3]["reason"], found[3]["recorded_by"], found[3]["resource"]) == ("Ghi nhầm tên", "reporter", path)
    assert found[3]["changed"] == ["title"]
    assert set(found[0]) == set(RecordedVersion.model_fields)


async def test_only_the_callers_area_and_the_place_asked_for(reporting: ApiClient, make: Make) -> None:
    instant = _now()
    here = await make.activity("contest", commune_code=GIA_CAM)
    there = await make.activity("contest", commune_code=THAI_BINH)
    await make.activity("contest", commune_code=LE_LOI)

    async def ids(client: ApiClient, **query: Any) -> list[str]:
        return [each["resource_id"] for each in await _since(client, instant, **query)]

    assert await ids(reporting) == [here["id"], there["id"]]
    assert await ids(reporting, province="25-2008") == [here["id"]]
    assert await ids(reporting, province="25-2025") == [here["id"], there["id"]]
    assert await ids(reporting, province="40-2025") == []
    assert len(await ids(reporting.as_(area="VN"))) == 3
    coverage = await make.coverage()
    assert await ids(reporting, resource="coverages") == [coverage["id"]]
    assert (await ids(reporting, province="17-2008"))[0] == there["id"]


async def test_what_is_asked_wrongly_is_told(reporting: ApiClient, make: Make) -> None:
    for query, fault in (
        ({"recorded_after": "2026-01-01T00:00:00"}, ("recorded_after", "wrong_format")),
        ({"resource": "nothing"}, ("resource", "not_allowed")),
        ({"province": "99-2025"}, ("province", "unknown_province")),
    ):
        params = {"recorded_after": "2026-01-01T00:00:00Z", **query}
        assert faults(await reporting.get(HISTORY, params=params)) == {fault}
    for _ in range(2):
        await make.activity("contest")
    params = {"recorded_after": "2026-01-01T00:00:00Z", "limit": "1"}
    cursor = ok(await reporting.get(HISTORY, params=params))["next_cursor"]
    other = {**params, "province": "25-2025", "cursor": cursor}
    assert_problem(await reporting.get(HISTORY, params=other), 422, "cursor_mismatch")
    own = reporting.as_(scope="own.read", organization_id="0192c7e0-0000-7000-8000-000000000000")
    assert_problem(await own.get(HISTORY, params=params), 403, "scope_missing")


async def test_an_index_leads_to_what_is_new(reporting: ApiClient, make: Make, db: Database) -> None:
    await make.activity("contest")
    async with db.transaction() as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        rows = await tx.fetch("EXPLAIN SELECT 1 FROM history WHERE recorded_at > now() - interval '1 hour'")
    assert any("ix_history_recorded_at" in str(tuple(row.values())) for row in rows)
