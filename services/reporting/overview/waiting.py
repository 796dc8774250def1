"""What waits for the caller: decisions in every service, and tasks that fall due."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from kernel.records.approvals import waiting_longest
from kernel.web.calls import Call
from services.reporting import code_lists as codes
from services.reporting.overview.areas import YearAsked
from services.reporting.overview.asking import document, items
from services.reporting.overview.parts import Item, Missing
from services.reporting.overview.tasks import Due
from services.reporting.plans.waiting import PLANS_WAITING
from services.reporting.reports.waiting import REPORTS_WAITING
from services.reporting.scopes import SERVICE

_MOST = 20
"""Of each service, those that have waited the longest: a page for a day, not an archive."""
_SOON = timedelta(days=30)
_DECIDED_HERE = (PLANS_WAITING, REPORTS_WAITING)
"""What of reporting waits for the decision of another person, as its own inbox has it (services/reporting/approvals.py)."""
_LAST = datetime.max.replace(tzinfo=UTC)


async def waiting(call: Call, asked: YearAsked, due: Sequence[Due], missing: Missing) -> tuple[list[Item], bool]:
    """Return what waits, the longest first and tasks by their day last; and whether there is more than is listed."""
    answers = await asyncio.gather(
        missing.listed("waiting", "registry", _approvals(call, "registry")),
        missing.listed("waiting", "funds", _approvals(call, "funds")),
        missing.listed("waiting", "training", _trainees(call)),
        _own(call),
    )
    found = sorted((item for each in answers for item in each), key=lambda item: item["since"] or _LAST)
    tasks = [_task(call, each) for each in due if asked.on <= each.due_on <= asked.on + _SOON]
    return [*found, *tasks], any(len(each) >= _MOST for each in answers)


def waiting_item(kind: str, language: str, *, title: str, path: str | None, service: str, **more: Any) -> Item:
    """Return an item of what waits."""
    known = kind if kind in codes.WAITING_KINDS else "other"
    return {
        "kind": known,
        "kind_label": codes.WAITING_KINDS[known][language == "en"],
        "service": service,
        "title": title,
        "since": None,
        "due_on": None,
        "count": 1,
        "amount_vnd": None,
        "path": path,
        **more,
    }


def _approval(item: Mapping[str, Any], service: str, language: str) -> Item:
    return waiting_item(
        str(item["resource_type"]),
        language,
        title=str(item["title"]),
        path=str(item["path"]),
        service=service,
        since=_instant(item["entered_at"]),
        count=int(item["count"]),
        amount_vnd=item["amount_vnd"],
    )


def _instant(given: Any) -> datetime:
    return given if isinstance(given, datetime) else datetime.fromisoformat(str(given))


async def _approvals(call: Call, service: str) -> list[Item]:
    listed = await items(call, f"/v1/{service}/approvals", {"limit": _MOST})
    return [_approval(item, service, call.language) for item in listed]


async def _own(call: Call) -> list[Item]:
    return [_approval(item, SERVICE, call.language) for item in await waiting_longest(call, _DECIDED_HERE, _MOST)]


async def _trainees(call: Call) -> list[Item]:
    """People whom organizations entered themselves wait for an officer who may write."""
    if "training.write" not in call.caller.scopes:
        return []
    path = "/v1/training/unconfirmed-trainees"
    found = await document(call, path, {"limit": 1, "count": "exact", "sort": "created_at"})
    if not found["count"]:
        return []
    words = ("Học viên do đơn vị tự khai", "Trainees entered by their organizations")
    return [
        waiting_item(
            "trainees",
            call.language,
            title=words[call.language == "en"],
            path=path,
            service="training",
            since=_instant(found["items"][0]["created_at"]),
            count=int(found["count"]),
        )
    ]


def _task(call: Call, each: Due) -> Item:
    return waiting_item(
        "task",
        call.language,
        title=each.title,
        path=f"/v1/reporting/tasks/{each.task_id}",
        service="reporting",
        due_on=each.due_on,
    )
