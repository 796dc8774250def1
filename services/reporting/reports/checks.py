"""The findings of a report with what people answered, and the series of years that they are judged by."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from kernel.web.calls import Call
from services.reporting.figures.answer import figures
from services.reporting.reports.cells import KNOWN, Cell, ask_of, key_of, relabelled
from services.reporting.reports.content import content_of
from services.reporting.reports.findings import findings
from services.reporting.reports.kinds import years_earlier
from services.reporting.reports.life import answer_to, answers_of
from services.reporting.rows import ReportRow

YEARS = 5
"""So many years are looked back, over the same days."""


async def series_of(call: Call, report: ReportRow, cells: Sequence[Cell]) -> dict[str, list[float]]:
    """Return key → what is known of the same days in the years before, the newest first."""
    keys = [(cell["indicator"], cell["scope"]) for cell in cells if cell["value"] is not None]
    if not keys:
        return {}
    asks = [
        ask_of(
            report,
            keys,
            from_=years_earlier(report["starts_on"], years),
            to=years_earlier(report["ends_on"], years),
            previous=None,
            plan_id=None,
        )
        for years in range(1, YEARS + 1)
    ]
    series: dict[str, list[float]] = {}
    for items in await asyncio.gather(*(figures(call, ask) for ask in asks)):
        for item in items:
            if item["status"] in KNOWN and item["value"] is not None:
                series.setdefault(key_of(item), []).append(float(item["value"]))
    return series


async def findings_of(call: Call, report: ReportRow, cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Return the findings of a report's cells, each with what people answered it."""
    answers = answers_of(report)
    found = findings(relabelled(cells, call.language), await series_of(call, report, cells))
    return [{**each, "answer": answer_to(each, answers)} for each in found]


def shown(found: Sequence[dict[str, Any]], language: str) -> dict[str, Any]:
    """Return findings as they are answered: the message in a language."""
    at = language == "en"
    items = [{**each, "message": each["message"][at]} for each in found]
    return {
        "items": items,
        "open_count": sum(each["severity"] == "blocking" and each["answer"] is None for each in items),
    }


async def checks_of(call: Call, report: ReportRow) -> dict[str, Any]:
    """Return the findings of a report as it stands: of a draft's figures now, else of those that were frozen."""
    content = await content_of(call, report)
    return shown(await findings_of(call, report, content["cells"]), call.language)
