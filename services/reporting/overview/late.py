"""What is late in a province: its reports, tasks of its plans, and what the funds wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from kernel.web.auth import NATION
from kernel.web.calls import Call
from services.reporting import code_lists as codes
from services.reporting.overview.areas import YearAsked
from services.reporting.overview.asking import document
from services.reporting.overview.parts import Item, Missing
from services.reporting.overview.reports import late_reports
from services.reporting.overview.tasks import Due
from services.reporting.scopes import READ

_WORK = "/v1/funds/work-list"
_OF_FUNDS = {
    "overdue": ("loan", ("Khoản vay có nợ quá hạn", "Loans with overdue debt")),
    "promise": ("promise", ("Khoản vay đã hẹn trả mà chưa trả", "Loans with a promise to pay that was not kept")),
    "use_check": ("use_check", ("Khoản vay chưa kiểm tra sử dụng vốn", "Loans whose use was not checked")),
}


async def late(call: Call, asked: YearAsked, due: Sequence[Due], missing: Missing) -> list[Item]:
    """Return what is late, the longest first; of the funds one line for each kind of work."""
    of_funds = [missing.listed("late", "funds", _work(call, kind)) for kind in _OF_FUNDS]
    tasks = [_task(call, asked, each) for each in due if each.due_on < asked.on]
    reports = [] if call.caller.scopes.isdisjoint(READ) else await late_reports(call.db, asked, call.language)
    answers = await asyncio.gather(*of_funds)
    own = sorted([*tasks, *reports], key=lambda item: -item["days_late"])
    return [*own, *(item for each in answers for item in each)]


def late_item(kind: str, language: str, *, title: str, path: str | None, service: str, **more: Any) -> Item:
    """Return an item of what is late."""
    return {
        "kind": kind,
        "kind_label": codes.LATE_KINDS[kind][language == "en"],
        "service": service,
        "title": title,
        "due_on": None,
        "days_late": None,
        "count": 1,
        "path": path,
        **more,
    }


async def _work(call: Call, kind: str) -> list[Item]:
    # The list is of the caller's whole area, as lenders work through it; nobody's loans are of the nation as such.
    if call.caller.area == NATION:
        return []
    found = await document(call, _WORK, {"kind": kind, "limit": 1, "count": "exact", "sort": "-days_late"})
    if not found["count"]:
        return []
    shown, words = _OF_FUNDS[kind]
    return [
        late_item(
            shown,
            call.language,
            title=words[call.language == "en"],
            path=f"{_WORK}?kind={kind}&sort=-days_late",
            service="funds",
            days_late=found["items"][0]["days_late"],
            count=int(found["count"]),
        )
    ]


def _task(call: Call, asked: YearAsked, each: Due) -> Item:
    return late_item(
        "task",
        call.language,
        title=each.title,
        path=f"/v1/reporting/tasks/{each.task_id}",
        service="reporting",
        due_on=each.due_on,
        days_late=(asked.on - each.due_on).days,
        count=each.count,
    )
