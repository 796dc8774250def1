"""How many tasks a plan has by their verdict: the plan named, else the one set of assigned targets that holds the days."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from kernel.web.calls import Call
from services.reporting.catalogue import CATALOGUE
from services.reporting.figures.ask import FigureAsk
from services.reporting.figures.progress import Progress, progress_of
from services.reporting.plans.areas import owner_of_area, place_of
from services.reporting.plans.lookup import NamedPlan, assigned_plans, named_plan
from services.reporting.plans.verdicts import Verdict, percent_of_plan, percent_shown
from services.reporting.scopes import PREFIX

_ASSIGNED = "plan_indicators_assigned"
_COUNTED: dict[str, Verdict] = {
    "plan_indicators_exceeded": "exceeded",
    "plan_indicators_met": "met",
    "plan_indicators_partly_met": "partly_met",
    "plan_indicators_missed": "missed",
}
_SEVERAL = (
    "Có {count} kế hoạch giao chỉ tiêu cho kỳ này; hãy nêu kế hoạch cần tính (plan).",
    "{count} plans of assigned targets hold these days; name the one that is meant (plan).",
)
_NO_DATA = (
    "{count} trong {assigned} nhiệm vụ chưa đủ số liệu để đánh giá; xem tiến độ của kế hoạch.",
    "{count} of {assigned} tasks are not judged, for want of figures; see the progress of the plan.",
)
_OTHER_PLACE = (
    "Kế hoạch này của nơi khác, không phải nơi được hỏi.",
    "This plan is of another area than the one asked for.",
)


async def task_counts(call: Call, ask: FigureAsk, codes: Sequence[str]) -> list[dict[str, Any]]:
    """Return an item for each of the codes of `PLAN_COUNTS`, whose evidence is the plan's progress.

    Without a plan that holds the days the count is not reported; where several do, an explanation asks for one by name.
    """
    if ask.group_by is not None:
        return []
    at, area = call.language == "en", ask.province or call.caller.area
    plans, why = await _plans(call, ask, area)
    if len(plans) != 1:
        if len(plans) > 1:
            why = _SEVERAL[at].format(count=len(plans))
        return [{**_item(ask, code), "explanation": why or None} for code in codes]
    progress = await progress_of(call, plans[0], ask.to, closed=ask.closed)
    why = _NO_DATA[at].format(count=progress.counted(None), assigned=len(progress.tasks))
    return [_counted(ask, code, plans[0], progress, why) for code in codes]


async def _plans(call: Call, ask: FigureAsk, area: str) -> tuple[list[NamedPlan], str]:
    """Return the plans that may be meant, and why the one named is not. Raises Invalid for a plan that there is not."""
    if ask.plan_id is not None:
        plan = await named_plan(call.db, ask.plan_id, ask.plan_version, call.caller)
        if ask.province is not None and place_of(plan["province"]) != place_of(area):
            return [], _OTHER_PLACE[call.language == "en"]
        return [plan], ""
    plans = await assigned_plans(call.db, owner_of_area(area), ask.from_, ask.to, call.caller)
    return [plan for plan in plans if place_of(plan["province"]) == place_of(area)], ""


def _unjudged(progress: Progress, why: str) -> dict[str, Any]:
    """Return what stands for a count as long as tasks have no verdict: any of them might be counted, so there is no number."""
    figures = [measure.figure for task in progress.tasks if task.verdict is None for measure in task.measures]
    lost = next((figure["unavailable"] for figure in figures if figure["unavailable"] is not None), None)
    if lost is not None:
        return {"status": "unavailable", "value": None, "unavailable": lost}
    return {"status": "not_reported", "value": None, "explanation": why}


def _item(ask: FigureAsk, code: str) -> dict[str, Any]:
    return {"indicator": code, "scope": CATALOGUE[code].default_scope, "status": "not_reported"}


def _counted(ask: FigureAsk, code: str, plan: NamedPlan, progress: Progress, why: str) -> dict[str, Any]:
    verdict = _COUNTED.get(code)
    query: dict[str, str] = {"to": ask.to.isoformat()}
    if ask.closed:
        query["cut_off"] = "true"
    if ask.plan_version is not None:
        query["plan_version"] = str(ask.plan_version)
    if verdict is not None:
        query["verdict"] = verdict
    item = {
        **_item(ask, code),
        "status": "reported",
        "value": len(progress.tasks) if verdict is None else progress.counted(verdict),
        "evidence": f"{PREFIX}/plans/{plan['id']}/progress?{urlencode(query)}",
    }
    if verdict is None:
        return {**item, "plan": _assigned(plan, progress)}
    return {**item, **_unjudged(progress, why)} if progress.counted(None) else item


def _assigned(plan: NamedPlan, progress: Progress) -> dict[str, Any]:
    """Return the number assigned as the plan, with the share that is met or exceeded as its percent, if all are judged."""
    assigned, good = len(progress.tasks), progress.counted("exceeded", "met")
    is_judged = progress.counted(None) == 0
    percent = percent_shown(percent_of_plan(Decimal(good), Decimal(assigned))) if is_judged else None
    return {
        "plan_id": plan["id"],
        "version": plan["number"],
        "measure_id": None,
        "value": assigned,
        "unit": "indicator",
        "implied": False,
        "condition": None,
        "expected_by_now": None,
        "percent": None if percent is None else float(percent),
        "exceeds_by_percent": None,
        "verdict": None,
    }
