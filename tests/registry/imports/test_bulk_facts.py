"""A file of facts says the same of each row, and leaves the same records, as its rows sent one after the other."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from kernel.database.connections import Database
from tests.registry.builders import LE_LOI, ORGANIZATIONS, PATH, Make, Record
from tests.registry.imports.sheets import counts, send, sheet
from tests.support.answers import every_item, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed

STATUSES = ["Mã số HTX", "Loại tình trạng", "Tình trạng", "Từ ngày", "Căn cứ mở lại"]
MEMBERS = ["Mã số HTX", "Tư cách thành viên", "Ngày kết nạp", "Ngày ra khỏi Liên minh"]
OFFICERS = ["Mã số HTX", "Chức vụ", "Họ và tên", "Giữ chức vụ từ ngày", "Đến ngày"]

# Of which organization, and what; of one organization in the order of days, so that one after the other they meet the same.
_STATUS_ROWS = [
    (0, "legal", "temporarily_suspended", "2021-03-01", ""),
    (0, "operating", "dormant", "2021-03-01", ""),
    (0, "legal", "active", "2022-05-01", ""),
    (1, "legal", "ended", "2021-01-01", ""),
    (1, "legal", "active", "2022-01-01", ""),
    (1, "operating", "dormant", "2022-02-01", ""),
    (2, "legal", "temporarily_suspended", "2018-06-01", ""),
    (2, "operating", "dormant", "2019-06-01", ""),
    (3, "operating", "dormant", "1999-01-01", ""),
    (4, "legal", "temporarily_suspended", "2022-01-01", ""),
    (4, "legal", "active", "2023-09-01", ""),
    (5, "operating", "operating", "2022-01-01", ""),
]
_MEMBER_ROWS = [
    (0, "official", "2019-01-01", "2020-01-01"),
    (0, "official", "2019-06-01", ""),
    (0, "official", "2020-01-01", ""),
    (1, "official", "2021-01-01", ""),
    (2, "official", "2017-01-01", "2018-01-01"),
    (2, "official", "2018-01-01", ""),
]
_OFFICER_ROWS = [
    (0, "director", "Nguyễn Văn Bình", "2019-01-01", ""),
    (0, "director", "Trần Thị Hoa", "2020-01-01", ""),
    (0, "controller", "Trần Thị Hoa", "2020-01-01", ""),
    (1, "chair", "Lê Văn Cường", "2020-01-01", "2021-01-01"),
    (1, "chair", "Trần Thị Hoa", "2021-01-01", ""),
    (2, "chair", "Lê Văn Cường", "2016-01-01", ""),
]
_OWN = {"id", "code", "name", "version", "created_at", "updated_at", "created_by", "organization_id"}
"""What differs between two records that say the same."""


async def _organizations(make: Make) -> list[Record]:
    """Make a plain one, one to be ended, one without a day of its own, two more, of which one moved, and an idle one."""
    made = [await make.organization(registered_on=None) if at == 2 else await make.organization() for at in range(6)]
    await make.move(made[2], LE_LOI, "2019-01-01")
    await make.move(made[4], LE_LOI, "2022-07-01")
    return made


async def _left(db: Database, client: ApiClient, table: str, organization: Record) -> list[Any]:
    """Return what a file left of an organization: its present state, its timeline, its facts."""
    sql = "SELECT to_jsonb(f)::text AS said FROM {} f WHERE organization_id = $1::uuid ORDER BY {}"
    states = await db.fetch(sql.format("organization_state", "valid_from"), organization.id)
    facts = await db.fetch(sql.format(table, "created_at, id"), organization.id)
    present = ok(await client.get(f"{ORGANIZATIONS}/{organization.id}"))
    said = [present, *(orjson.loads(row["said"]) for row in (*states, *facts))]
    return [{name: value for name, value in each.items() if name not in _OWN} for each in said]


def _errors(report: dict[str, Any], row: int | None = None) -> set[tuple[Any, ...]]:
    return {(row or e["row"], e["field"], e["code"], e["detail"].partition(": ")[2]) for e in report["errors"]}


@pytest.mark.parametrize(
    ("plural", "heading", "rows"),
    [
        ("status-changes", STATUSES, _STATUS_ROWS),
        ("alliance-memberships", MEMBERS, _MEMBER_ROWS),
        ("officers", OFFICERS, _OFFICER_ROWS),
    ],
    ids=["statuses", "memberships", "officers"],
)
async def test_rows_at_once_come_to_the_same_as_one_after_the_other(
    make: Make, db: Database, plural: str, heading: list[str], rows: list[Any]
) -> None:
    nation = make.client
    whole, single = await _organizations(make), await _organizations(make)
    follower = Followed(nation.as_(scope="sync.read"), "registry")
    await follower.begin()
    lines = [[whole[at].code, *cells] for at, *cells in rows]
    report = ok(await send(nation, plural, sheet(heading, *lines), dry_run=False, mode="each"), 207)
    errors: set[tuple[Any, ...]] = set()
    results = []
    for number, (at, *cells) in enumerate(rows, 2):
        answer = await send(nation, plural, sheet(heading, [single[at].code, *cells]), dry_run=False, mode="each")
        one = ok(answer, answer.status_code)
        errors |= _errors(one, number)
        results += [item["result"] for item in one["items"]]
    assert (_errors(report), [item["result"] for item in report["items"]]) == (errors, results)
    assert {"created", "failed"} == set(results)
    for one_by_one, at_once in zip(single, whole, strict=True):
        table = plural.replace("-", "_").removesuffix("s")
        assert await _left(db, nation, table, at_once) == await _left(db, nation, table, one_by_one)
    await follower.assert_equal()
    right = [line for line, result in zip(lines, results, strict=True) if result == "created"]
    again = ok(await send(nation, plural, sheet(heading, *right), dry_run=False))
    assert counts(again) == {"unchanged": len(right)}


_CORRECTIONS = [
    (0, "legal", "dissolving_or_reorganizing", "2021-03-01", ""),
    (0, "legal", "temporarily_suspended", "2022-05-01", ""),
    (0, "operating", "unknown", "2021-03-01", ""),
    (1, "legal", "ended", "2020-06-01", ""),
    (1, "legal", "ended", "2021-01-01", ""),
    (2, "legal", "dissolving_or_reorganizing", "2018-06-01", ""),
    (2, "operating", "unknown", "2023-06-01", ""),
]


async def test_corrections_at_once_come_to_the_same_as_one_after_the_other(make: Make, db: Database) -> None:
    nation = make.client
    whole, single = await _organizations(make), await _organizations(make)
    for side in (whole, single):
        for at, status, on in (
            (0, "temporarily_suspended", "2021-03-01"),
            (0, "dormant", "2021-03-01"),
            (0, "active", "2022-05-01"),
            (1, "temporarily_suspended", "2021-01-01"),
            (1, "active", "2022-01-01"),
            (2, "temporarily_suspended", "2018-06-01"),
        ):
            await make.status(side[at], status, on)
    follower = Followed(nation.as_(scope="sync.read"), "registry")
    await follower.begin()
    options = {"dry_run": "false", "mode": "each", "on_existing": "update"}
    lines = [[whole[at].code, *cells] for at, *cells in _CORRECTIONS]
    report = ok(await send(nation, "status-changes", sheet(STATUSES, *lines), **options), 207)
    errors: set[tuple[Any, ...]] = set()
    results = []
    for number, (at, *cells) in enumerate(_CORRECTIONS, 2):
        answer = await send(nation, "status-changes", sheet(STATUSES, [single[at].code, *cells]), **options)
        one = ok(answer, answer.status_code)
        errors |= _errors(one, number)
        results += [item["result"] for item in one["items"]]
    assert (_errors(report), [item["result"] for item in report["items"]]) == (errors, results)
    assert {"created", "changed", "failed"} == set(results)
    for one_by_one, at_once in zip(single, whole, strict=True):
        assert await _left(db, nation, "status_change", at_once) == await _left(db, nation, "status_change", one_by_one)
    await follower.assert_equal()
    (corrected,) = [each for each in report["items"] if each["row"] == 4]
    history = await every_item(nation, f"{PATH}/status-changes/{corrected['record_id']}/history")
    assert [(each["version"], each["action"], each["changed"]) for each in history] == [
        (1, "created", []),
        (2, "corrected", ["status"]),
    ]


async def test_history_and_feed_tell_once_what_follows_for_an_organization(registry: ApiClient, make: Make) -> None:
    organization, same = await make.organization(), await make.organization()
    rows = [
        [organization.code, "legal", "temporarily_suspended", "2022-03-01", ""],
        [organization.code, "operating", "dormant", "2022-04-01", ""],
        [same.code, "operating", "operating", "2022-04-01", ""],
    ]
    ok(await send(registry, "status-changes", sheet(STATUSES, *rows), name="TT.xlsx", dry_run=False))
    history = await every_item(registry, f"{ORGANIZATIONS}/{organization.id}/history")
    assert [(each["version"], each["action"], each["reason"]) for each in history] == [
        (1, "created", None),
        (2, "derived", "Nhập từ tệp TT.xlsx, dòng 3"),
    ]
    assert history[1]["changed"] == ["is_operating", "legal_status", "operating_state"]
    assert [each["version"] for each in await every_item(registry, f"{ORGANIZATIONS}/{same.id}/history")] == [1]
    events = ok(await registry.as_(scope="sync.read").get(f"{PATH}/changes", params={"limit": 100}))["items"]
    changed = [each for each in events if each["type"] == "organization.changed"]
    assert [(each["resource_id"], each["resource_version"]) for each in changed] == [(organization.id, 2)]


async def test_a_file_does_not_take_back_what_a_case_ended_by(registry: ApiClient, make: Make) -> None:
    organization, other = await make.organization(), await make.organization()
    await make.status(organization, "ended", on="2023-06-30")
    ended = {"blockers": [], "outcome": "ended", "outcome_on": "2023-06-30"}
    await make.fact("dissolution-cases", organization, **ended)
    rows = [
        [organization.code, "legal", "active", "2023-06-30", "registry_correction"],
        [other.code, "operating", "dormant", "2022-01-01", ""],
    ]
    report = ok(
        await send(
            registry, "status-changes", sheet(STATUSES, *rows), dry_run="false", mode="each", on_existing="update"
        ),
        207,
    )
    assert [(error["row"], error["code"]) for error in report["errors"]] == [(2, "dissolution_case_ended")]
    assert counts(report) == {"created": 1, "failed": 1}
    assert (await make.now(organization)).legal_status == "ended"
