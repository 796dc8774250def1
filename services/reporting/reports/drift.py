"""What became of a report's figures since they were frozen, and which records explain it.

The records are read from the histories of the services (cursors of a feed die with its epoch, a history does not); the
figures are asked anew. Nothing of the data is kept twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from kernel.feed.history_routes import recorded
from kernel.records import Resource
from kernel.values.days import instant_text
from kernel.web.calls import Call
from services.reporting import code_lists as codes
from services.reporting.activities.records import ACTIVITY
from services.reporting.coverages import COVERAGE
from services.reporting.plans.completions.records import TASK_COMPLETION
from services.reporting.plans.estimates.records import ESTIMATE
from services.reporting.plans.measures.records import MEASURE
from services.reporting.plans.plans.records import PLAN
from services.reporting.plans.tasks.records import TASK
from services.reporting.reports.cells import Cell, differences, live_cells, relabelled
from services.reporting.reports.content import content_of, frozen
from services.reporting.reports.kinds import NATION
from services.reporting.reports.others import document
from services.reporting.rows import ReportRow
from services.reporting.upstreams import NoAnswer

PAGE, PAGES = 200, 10
UNSEEN = timedelta(seconds=60)
"""A record that was being written while the figures were asked bears an earlier instant than the freezing: no transaction
lives longer than this."""
_ORGANIZATIONS = (
    "organizations",
    "status-changes",
    "type-conversions",
    "seat-changes",
    "alliance-memberships",
    "successions",
)
_LOANS = ("loans", "disbursements", "repayments", "reschedulings", "interest-reductions", "write-offs", "reversals")
_BEHIND: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("registry", "organizations"): ("certificates", "inspections", "models", "products", "value-chains"),
    ("funds", "projects"): _LOANS,
    ("funds", "disbursements"): _LOANS,
    ("funds", "loans"): _LOANS,
    ("training", "attendances"): ("classes", "trainees"),
    ("training", "trainees"): ("classes", "attendances"),
    ("training", "participations"): ("trade-events",),
}
"""What else is counted behind an evidence list."""
_VIEWS = frozenset((("funds", "projects"),))
"""Evidence lists that hold no records of their own: nothing is recorded in them but in what lies behind."""
OWN: tuple[Resource[Any], ...] = (ACTIVITY, COVERAGE, PLAN, TASK, TASK_COMPLETION, MEASURE, ESTIMATE)
"""What this service's own figures and plans are made of."""
_PLANS = ("plans", "tasks", "task-completions", "measures", "estimates")


def lists_of(cells: Iterable[Cell]) -> dict[str, set[str]]:
    """Return service → the lists of records that its cells are counted from, by their evidence; coverage is always among them."""
    lists: dict[str, set[str]] = {}
    for cell in cells:
        named = lists.setdefault(cell["source_service"], {"coverages"})
        for evidence in (cell["evidence"], cell["denominator_evidence"]):
            if evidence is not None:
                _, _, service, name = urlsplit(evidence).path.split("/")[:4]
                if (service, name) not in _VIEWS:
                    named.add(name)
                named.update(_BEHIND.get((service, name), ()))
        if cell["source_service"] == "registry":
            named.update(_ORGANIZATIONS)
        if cell["plan"] is not None:
            lists.setdefault("reporting", {"coverages"}).update(_PLANS)
    return lists


def _shown(service: str, version: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "service": service,
        "resource": version["resource"],
        "resource_type": version["resource_type"],
        "resource_id": version["resource_id"],
        "version": version["version"],
        "changed_by": version["recorded_by"],
        "changed_by_name": version["recorded_by_name"],
        "changed_at": version["recorded_at"],
        "action": version["action"],
        "changed": version["changed"],
        "reason": version["reason"],
    }


async def _of_service(
    call: Call, service: str, lists: Iterable[str], after: datetime, province: str | None
) -> list[dict[str, Any]]:
    """Return what another service recorded. Raises NoAnswer."""
    path: str | None = f"/v1/{service}/history"
    params = {"recorded_after": instant_text(after), "resource": ",".join(sorted(lists)), "limit": str(PAGE)}
    if province is not None:
        params["province"] = province
    found: list[dict[str, Any]] = []
    for _ in range(PAGES):
        page = await document(call, service, str(path), params)
        try:
            found += [_read(service, each) for each in page["items"]]
            further = page["next_cursor"]
        except (KeyError, TypeError, ValueError) as error:
            raise NoAnswer("bad_answer") from error
        if further is None:
            break
        params["cursor"] = str(further)
    return found


def _read(service: str, version: Mapping[str, Any]) -> dict[str, Any]:
    """Return a version as another service tells of it. Raises KeyError, TypeError, ValueError where it is none."""
    shown = _shown(service, version)
    datetime.fromisoformat(shown["changed_at"])
    return shown


async def _of_reporting(
    call: Call, lists: Iterable[str], after: datetime, province: str | None
) -> list[dict[str, Any]]:
    wanted = set(lists)
    types = {each.name: each.path for each in OWN if each.path.rpartition("/")[2] in wanted}
    rows = await recorded(call, types, after, province=province, limit=PAGE * PAGES)
    return [_shown("reporting", row) for row in rows]


async def records_since(
    call: Call, report: ReportRow, cells: Sequence[Cell], after: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what was recorded after an instant of what the cells count, the newest last, and the services that did not say."""
    province = None if report["province"] == NATION else report["province"]
    lists = lists_of(cells)
    services = [service for service in lists if service != "reporting"]
    asked = [_of_service(call, service, lists[service], after, province) for service in services]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    found: list[dict[str, Any]] = []
    missing: list[dict[str, Any]] = []
    for service, answer in zip(services, answers, strict=True):
        if isinstance(answer, NoAnswer):
            words = codes.NO_ANSWERS[answer.why][call.language == "en"]
            missing.append({"service": service, "code": answer.why, "detail": words})
        elif isinstance(answer, BaseException):
            raise answer
        else:
            found += answer
    if "reporting" in lists:
        found += await _of_reporting(call, lists["reporting"], after, province)
    return sorted(found, key=_instant), missing


def _instant(record: Mapping[str, Any]) -> datetime:
    at = record["changed_at"]
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)


async def explained(
    call: Call, report: ReportRow, cells: Sequence[Cell], differ: bool, after: datetime
) -> dict[str, Any]:
    """Return the records since an instant; where cells differ and none explains it, also those just before."""
    found, missing = await records_since(call, report, cells, after)
    if differ and not found and not missing:
        found, missing = await records_since(call, report, cells, after - UNSEEN)
    ids = {(each["service"], each["resource_type"], each["resource_id"]) for each in found}
    return {"records": found, "records_count": len(ids), "unavailable": missing}


async def drift_of(call: Call, report: ReportRow) -> dict[str, Any]:
    """Return what was recorded since a report was frozen, and its cells that would differ today."""
    then = (await frozen(call.db, report))["cells"]
    now = await live_cells(call, report)
    known = {cell["key"] for cell in then}
    # A cell that the frozen report did not have is no drift of it unless something is now said there.
    cells = differences(then, [cell for cell in now if cell["key"] in known or cell["value"] is not None])
    assert report["frozen_at"] is not None
    since = await explained(call, report, [*then, *now], bool(cells), report["frozen_at"])
    return {
        "frozen_at": report["frozen_at"],
        **since,
        "cells": relabelled(cells, call.language),
        "cells_count": len(cells),
    }


async def diff_of(call: Call, report: ReportRow, before: ReportRow | None) -> dict[str, Any]:
    """Return the cells in which a revision differs from the report `before` it, and the records that explain it."""
    if before is None:
        return {
            "supersedes_id": None,
            "frozen_at": None,
            "records": [],
            "records_count": 0,
            "unavailable": [],
            "cells": [],
            "cells_count": 0,
        }
    then = (await frozen(call.db, before))["cells"]
    now = (await content_of(call, report))["cells"]
    cells = differences(then, now)
    assert before["frozen_at"] is not None
    since = await explained(call, report, [*then, *now], bool(cells), before["frozen_at"])
    if report["frozen_at"] is not None:
        since["records"] = [each for each in since["records"] if _instant(each) <= report["frozen_at"]]
        since["records_count"] = len({(each["resource_type"], each["resource_id"]) for each in since["records"]})
    return {
        "supersedes_id": before["id"],
        "frozen_at": before["frozen_at"],
        **since,
        "cells": relabelled(cells, call.language),
        "cells_count": len(cells),
    }
