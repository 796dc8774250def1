"""A province's year at a glance: its parts asked at once."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

from kernel.values.days import today
from kernel.web.calls import Call
from services.reporting.overview import queries
from services.reporting.overview.areas import YearAsked, province_asked, year_asked
from services.reporting.overview.coverage import coverage
from services.reporting.overview.late import late
from services.reporting.overview.measures import counts_of, measures
from services.reporting.overview.parts import Item, Missing
from services.reporting.overview.queries import PlanOfYearRow
from services.reporting.overview.tasks import due_tasks
from services.reporting.overview.waiting import waiting
from services.reporting.scopes import READ

_YEARS_SHOWN = 6


async def overview(call: Call, province: str | None, year: int | None, on: date | None) -> dict[str, Any]:
    """Return the overview as `schemas.Overview`. Raises Invalid for a province that is none, or not the caller's."""
    area = province_asked(province, call.caller)
    may_read = not call.caller.scopes.isdisjoint(READ)
    planned = [row["year"] for row in await call.db.fetch(queries.YEARS, _places(area))] if may_read else []
    asked = year_asked(area, year, on, planned)
    missing = Missing(call.language)
    plans = await call.db.fetch(queries.PLANS, list(asked.places), asked.first, asked.last) if may_read else []
    if not may_read:
        missing.note("measures", "reporting", "not_permitted")
    due = await due_tasks(call.db, asked, plans)
    (shown, uncovered), (waits, more), lates = await asyncio.gather(
        _measures(call, asked, plans, missing, may_read),
        waiting(call, asked, due, missing),
        late(call, asked, due, missing),
    )
    return {
        "province": area,
        "province_name": asked.name(call.language),
        "year": asked.year,
        "years": _years(asked, planned),
        "from": asked.first,
        "to": asked.through,
        "plans": [_plan(plan) for plan in plans],
        "counts": counts_of(shown),
        "measures": shown,
        "waiting": waits,
        "waiting_more": more,
        "late": lates,
        "coverage": uncovered,
        "unavailable": list(missing.found.values()),
    }


def _places(area: str) -> list[str]:
    return list(YearAsked(area, 2000, date(2000, 1, 1)).places)


async def _measures(
    call: Call, asked: YearAsked, plans: list[PlanOfYearRow], missing: Missing, may_read: bool
) -> tuple[list[Item], list[Item]]:
    """Return the measures, and what is to be declared for those that have no figure."""
    shown = await measures(call, asked, plans) if plans else []
    for item in shown:
        if (why := item["unavailable"]) is not None:
            missing.note("measures", why["service"], why["code"])
    return shown, await coverage(call, asked, shown, missing) if may_read else []


def _plan(plan: PlanOfYearRow) -> Item:
    return {
        "plan_id": plan["id"],
        "kind": plan["kind"],
        "title": plan["title"],
        "document_number": plan["document_number"],
        "province": plan["province"],
        "version": plan["version_number"],
        "path": f"/v1/reporting/plans/{plan['id']}",
    }


def _years(asked: YearAsked, planned: list[int]) -> list[int]:
    """Return the years to choose from: those with plans, those around the present one, and the one that is shown."""
    present = max(asked.on, today()).year
    around = range(present, present - _YEARS_SHOWN, -1)
    return sorted({*planned, *around, asked.year}, reverse=True)
