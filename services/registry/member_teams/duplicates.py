"""How member teams follow an organization that was entered twice, and come back when the two are taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import orjson

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import command, statement
from kernel.web.calls import Call
from services.registry.member_teams.records import MEMBER_TEAM
from services.registry.member_teams.service import write_links
from services.registry.rows import MemberTeamRow

# By ix_member_team_member_organization_id; in id order as everywhere.
_HOLD = command("""
    SELECT FROM member_team
     WHERE id IN (SELECT team_id FROM member_team_member WHERE organization_id = ANY($1::uuid[])) ORDER BY id FOR UPDATE""")
_NAMING = statement(
    MemberTeamRow,
    f"{MEMBER_TEAM.select} WHERE id IN (SELECT team_id FROM member_team_member WHERE organization_id = $1::uuid)"  # noqa: S608  names are constants of the code
    " ORDER BY id FOR UPDATE",
)


class Followed(TypedDict):
    """A team that followed: what it takes to put it back."""

    id: str
    resource_type: str
    file_ids: list[str]
    had_both: bool
    led: bool


async def hold_teams(tx: Transaction, organization_ids: Sequence[str]) -> None:
    """Lock the teams that name these organizations, before the organizations: who writes a team takes the two in this order."""
    await tx.execute(_HOLD, organization_ids)


async def follow(tx: Transaction, call: Call, organization_id: str, into_id: str, reason: str) -> list[Followed]:
    """Have every team that names the duplicate name the one that stays, each once; return which did."""
    followed: list[Followed] = []
    for team in await tx.fetch(_NAMING, organization_id):
        ids: list[str] = orjson.loads(team["organization_ids"])
        had_both, led = into_id in ids, team["leader_organization_id"] == organization_id
        stays = [into_id if id_ == organization_id else id_ for id_ in ids if not (had_both and id_ == organization_id)]
        await _rewrite(tx, call, team, stays, into_id if led else team["leader_organization_id"], reason)
        followed.append(
            {"id": team["id"], "resource_type": MEMBER_TEAM.name, "file_ids": [], "had_both": had_both, "led": led}
        )
    return followed


async def give_back(
    tx: Transaction, call: Call, item: Followed, organization_id: str, into_id: str, reason: str
) -> None:
    """Have the team name the organization again that was the duplicate, if it still names the other one."""
    team = await records.read(tx, MEMBER_TEAM, item["id"], call.caller, lock=True)
    if team is None:
        return
    ids: list[str] = orjson.loads(team["organization_ids"])
    if into_id not in ids or organization_id in ids:
        return
    again = [*ids, organization_id] if item["had_both"] else [organization_id if id_ == into_id else id_ for id_ in ids]
    leads = item["led"] and team["leader_organization_id"] == into_id
    await _rewrite(tx, call, team, again, organization_id if leads else team["leader_organization_id"], reason)


async def _rewrite(
    tx: Transaction, call: Call, team: MemberTeamRow, ids: list[str], leader: str | None, reason: str
) -> None:
    values: dict[str, Any] = {"organization_ids": ids, "leader_organization_id": leader}
    after = await records.update(tx, MEMBER_TEAM, team, values, by=call.caller, reason=reason, action="derived")
    await write_links(tx, call, after, reason)
