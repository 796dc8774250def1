"""What a member team becomes in the database, and how it follows an organization that was entered twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from kernel.database.connections import Transaction
from kernel.database.statements import command, scalar
from kernel.problems import FieldError, Invalid
from kernel.records.crud import outside_area
from kernel.records.listing import Filter
from kernel.storage.files import check_files
from kernel.values import geography
from kernel.values.days import today
from kernel.values.text import name_folded
from kernel.web.calls import Call
from kernel.web.schemas import warned
from services.registry.member_teams.schemas import MemberTeamCreate
from services.registry.organizations.queries import lock_all, with_ids
from services.registry.rows import MemberTeamRow

Values = dict[str, Any]


def with_sql(filter_: Filter, sql: str) -> Filter:
    """Return a filter that looks at more than a column."""
    return replace(filter_, sql=sql)


async def columns(tx: Transaction, call: Call, body: MemberTeamCreate, row: MemberTeamRow | None) -> Values:
    """Return the columns of a team, with its organizations locked: none goes, or is merged, while it is named.

    Raises Invalid.
    """
    province = geography.province(body.province_2008)
    assert province is not None, "checked with the body"
    assert province.successor_id is not None, "of the map of 2008"
    alliance = province.successor_id
    if not call.caller.holds(alliance):
        raise outside_area("/province_2008")
    before: list[str] = [] if row is None else orjson.loads(row["organization_ids"])
    files: list[str] = [] if row is None else orjson.loads(row["file_ids"])
    errors = await _check_organizations(tx, body.organization_ids, alliance, before=before)
    errors += await check_files(tx, call.caller, body.file_ids, before=files)
    if errors:
        raise Invalid(*errors)
    return {
        **body.model_dump(exclude={"id", "reason"}),
        "name_folded": name_folded(body.name),
        "province_2025": alliance,
        "alliance": alliance,
    }


async def _check_organizations(
    tx: Transaction, ids: Sequence[str], alliance: str, *, before: Sequence[str]
) -> list[FieldError]:
    """Lock the organizations; return a fault for each that is none of the alliance, or is another one's duplicate."""
    await lock_all(tx, sorted(ids), alliance=None)
    known = {row["id"]: row for row in await with_ids(tx, ids, alliance=None)}
    faults = []
    for at, id_ in enumerate(ids):
        row = known.get(id_)
        if row is None or (row["alliance"] != alliance and id_ not in before):
            words = ("Không có đơn vị này trong địa bàn của tổ.", "There is no such organization in the team's area.")
            faults.append(FieldError("unknown_organization", words, pointer=f"/organization_ids/{at}"))
        elif row["merged_into"] is not None:
            words = (
                "Tổ chức này đã gộp vào tổ chức khác; hãy ghi tổ chức đó.",
                "This organization was merged into another; name that one.",
            )
            pointer = f"/organization_ids/{at}"
            faults.append(FieldError("organization_merged", words, pointer=pointer, merged_into=row["merged_into"]))
    return faults


async def hold_organizations(tx: Transaction, call: Call, bodies: Sequence[object]) -> None:
    """Lock all organizations that `bodies` name at once: two batches with the same ones enter one after the other."""
    named = {id_ for body in bodies if isinstance(body, MemberTeamCreate) for id_ in body.organization_ids}
    await lock_all(tx, sorted(named), alliance=None)


_DROP_MEMBERS = command("DELETE FROM member_team_member WHERE team_id = $1::uuid")
_DROP_CONSOLIDATIONS = command("DELETE FROM member_team_consolidation WHERE team_id = $1::uuid")
# Of a team that was deleted nothing is written: its rows went with it.
_WRITE_MEMBERS = command("""
    INSERT INTO member_team_member (team_id, organization_id)
    SELECT t.id, listed.id::uuid FROM member_team t, jsonb_array_elements_text(t.organization_ids) listed(id)
     WHERE t.id = $1::uuid""")
_WRITE_CONSOLIDATIONS = command("""
    INSERT INTO member_team_consolidation (team_id, consolidated_on, decision_number)
    SELECT t.id, (listed.item ->> 'on')::date, listed.item ->> 'decision_number'
      FROM member_team t, jsonb_array_elements(t.consolidations) listed(item) WHERE t.id = $1::uuid""")


async def write_links(tx: Transaction, call: Call, row: MemberTeamRow, reason: str | None) -> MemberTeamRow:
    """Write the team's members and consolidations as rows of their own, after its lists changed; return its row."""
    for write in (_DROP_MEMBERS, _DROP_CONSOLIDATIONS, _WRITE_MEMBERS, _WRITE_CONSOLIDATIONS):
        await tx.execute(write, row["id"])
    return row


# By ix_alliance_membership_organization_id; any kind of membership.
_MEMBERS = scalar(
    list[str],
    """
    SELECT array_agg(organization_id::text) FROM alliance_membership
     WHERE organization_id = ANY($1::uuid[]) AND admitted_on <= $2::date AND (left_on IS NULL OR left_on > $2::date)""",
)


async def warnings(tx: Transaction, call: Call, row: MemberTeamRow) -> list[dict[str, Any]]:
    """Return a warning for each organization that is no member of the alliance, today or when the team ended."""
    ids: list[str] = orjson.loads(row["organization_ids"])
    members = set(await tx.fetchval(_MEMBERS, ids, row["ended_on"] or today()) or ())
    words = (
        "Đơn vị này không phải là thành viên Liên minh; hãy kiểm tra, hoặc nhập việc kết nạp.",
        "This organization is no member of the alliance; check it, or enter its admission.",
    )
    return [
        warned(call.language, "not_a_member", f"/organization_ids/{at}", words)
        for at, id_ in enumerate(ids)
        if id_ not in members
    ]
