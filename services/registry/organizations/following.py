"""The timelines of many organizations at once: read, judged with facts that are to come, and written, each set by set.

What follows for each is what `service.rebuild` makes of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypedDict, cast

import orjson
from sqlalchemy import any_
from sqlmodel import col, select

from kernel.database.connections import Transaction
from kernel.database.statements import command, param, statement
from kernel.records.bulk import update_many
from kernel.values.days import day_of
from kernel.web.auth import Caller
from services.registry.models import OrganizationState
from services.registry.organizations.belongings import hand_over
from services.registry.organizations.endings import ENDED_CASES_OF, EndedCase, refuse_without_end
from services.registry.organizations.queries import DAY_OF, FACTS, PLACED, Place, TimelineFact, state_of
from services.registry.organizations.records import ORGANIZATION, is_undated
from services.registry.organizations.service import places, timeline
from services.registry.organizations.timeline import Period, first_day
from services.registry.rows import OrganizationRow, OrganizationStateRow


class _FactOf(TimelineFact):
    organization_id: str


class _Earliest(TypedDict):
    organization_id: str
    day: date


# Each table by its index ix_<table>_organization_id; the states by their primary key.
_FACTS_OF = statement(_FactOf, FACTS.format(more=", organization_id", of="= ANY($1::uuid[])"))
_STATES_OF = statement(
    OrganizationStateRow,
    select(OrganizationState)
    .where(col(OrganizationState.organization_id) == any_(param(1)))
    .order_by(col(OrganizationState.organization_id), col(OrganizationState.valid_from)),
)
_EARLIEST_OF = statement(
    _Earliest,
    "SELECT organization_id, min(day) AS day FROM ("  # noqa: S608  # The names are those of DAY_OF.
    + " UNION ALL ".join(
        f"SELECT organization_id, {day} AS day FROM {table} f WHERE organization_id = ANY($1::uuid[])"  # noqa: S608
        for table, day in DAY_OF.items()
    )
    + ") AS known WHERE day IS NOT NULL GROUP BY organization_id",
)
_DROP_STATES = command("DELETE FROM organization_state WHERE organization_id = ANY($1::uuid[])")
_WRITE_STATES = command(
    "INSERT INTO organization_state SELECT * FROM jsonb_populate_recordset(NULL::organization_state, $1::jsonb)"
)
_PLACE_FACTS = tuple(
    command(
        f"""
        UPDATE {table} f SET province_2008 = s.province_2008, province_2025 = s.province_2025
          FROM organization_state s,
               (SELECT organization_id, min(valid_from) AS starts_on FROM organization_state
                 WHERE organization_id = ANY($1::uuid[]) GROUP BY organization_id) AS first
         WHERE {owner} = ANY($1::uuid[]) AND s.organization_id = {owner} AND first.organization_id = {owner}
           AND greatest(coalesce({day}, (f.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date), first.starts_on)
               BETWEEN s.valid_from AND s.valid_to - 1
           AND (f.province_2008, f.province_2025) IS DISTINCT FROM (s.province_2008, s.province_2025)"""  # noqa: S608  # As above.
    )
    for table, (day, owner) in PLACED.items()
)


@dataclass
class Following:
    """One organization, what its timeline follows from, and the facts that are to be entered of it."""

    row: OrganizationRow
    stored: list[Period] = field(default_factory=list)
    facts: list[TimelineFact] = field(default_factory=list)
    earliest: date | None = None
    ended_cases: list[EndedCase] = field(default_factory=list)
    timeline: list[Period] | None = None
    """As it will be; None as long as nothing is to follow."""

    def place_on(self, day: date) -> Place:
        """Return the provinces where it lay on `day`; before it began, where it began. As `queries.place_on` finds them."""
        period = next((each for each in reversed(self.stored) if each.valid_from <= day), self.stored[0])
        return {"province_2008": period.state.province_2008, "province_2025": period.state.province_2025}

    def take(self, days: Sequence[date], facts: Sequence[TimelineFact]) -> None:
        """Take facts on: those that shape the timeline, and the `days` of all. Raises what the law refuses, and takes none.

        A fact that is known already stands in its place, corrected; of one day the new ones come after those.
        """
        given = {fact["id"]: fact for fact in facts}
        corrected = [given.pop(fact["id"], fact) for fact in self.facts]
        with_new = sorted([*corrected, *given.values()], key=lambda fact: fact["on"])
        earliest = min([*days, *([] if self.earliest is None else [self.earliest])], default=None)
        row = cast(OrganizationRow, {**self.row, "starts_on": _first_day(self.row, earliest)})
        periods = timeline(row, with_new)
        refuse_without_end(self.ended_cases, periods)
        self.timeline = periods
        self.facts, self.earliest = with_new, earliest


def _first_day(row: OrganizationRow, earliest: date | None) -> date:
    known = earliest if is_undated(row) else None
    return first_day(row["registered_on"], row["founded_on"], day_of(row["created_at"]), known)


async def read_following(tx: Transaction, rows: Sequence[OrganizationRow]) -> dict[str, Following]:
    """Read what the timelines of the locked `rows` follow from."""
    found = {row["id"]: Following(row) for row in rows}
    ids = [*found]
    for state in await tx.fetch(_STATES_OF, ids):
        found[state["organization_id"]].stored.append(Period(state["valid_from"], state["valid_to"], state_of(state)))
    for fact in await tx.fetch(_FACTS_OF, ids):
        found[fact["organization_id"]].facts.append(fact)
    for case in await tx.fetch(ENDED_CASES_OF, ids):
        found[case["organization_id"]].ended_cases.append(case)
    for known in await tx.fetch(_EARLIEST_OF, [row["id"] for row in rows if is_undated(row)]):
        found[known["organization_id"]].earliest = known["day"]
    return found


async def follow(tx: Transaction, changed: Sequence[tuple[Following, str | None]], *, by: Caller) -> None:
    """Write the timelines and present states of organizations whose new facts are entered; each with the reason why."""
    following = [each for each, _ in changed]
    values = [_present(each) for each in following]
    if not following:
        return
    await update_many(
        tx,
        ORGANIZATION,
        [(each.row, present) for each, present in zip(following, values, strict=True)],
        by=by,
        action="derived",
        reasons=[reason for _, reason in changed],
    )
    anew = [each for each in following if each.timeline != each.stored]
    await tx.execute(_DROP_STATES, [each.row["id"] for each in anew])
    await tx.execute(_WRITE_STATES, orjson.dumps([state for each in anew for state in _states(each)]).decode())
    moved = [each.row["id"] for each in anew if places(each.timeline or ()) != places(each.stored)]
    for place_facts in _PLACE_FACTS if moved else ():
        await tx.execute(place_facts, moved)
    for each, present in zip(following, values, strict=True):
        if present["alliance"] != each.row["alliance"]:
            await hand_over(tx, each.row["id"], str(present["alliance"]), by=by)


def _present(each: Following) -> dict[str, Any]:
    assert each.timeline is not None, "it took facts on"
    state = each.timeline[-1].state
    return {**state.columns(), "starts_on": _first_day(each.row, each.earliest), "alliance": state.alliance}


def _states(each: Following) -> list[Mapping[str, Any]]:
    timeline_ = each.timeline or []
    shared = {"organization_id": each.row["id"], "alliance": timeline_[-1].state.alliance}
    return [
        {**shared, "valid_from": period.valid_from, "valid_to": period.valid_to, **period.state.columns()}
        for period in timeline_
    ]
