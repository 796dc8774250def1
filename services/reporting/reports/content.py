"""What a report says: made anew from records as long as it is a draft, and as it was frozen from submission on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

import orjson

from kernel.database.connections import Database, Transaction
from kernel.database.statements import statement
from kernel.web.calls import Call
from services.reporting import code_lists as codes
from services.reporting.documents.wording import sentences_of
from services.reporting.documents.wording.context import context_of
from services.reporting.reports.cells import Cell, live_cells
from services.reporting.reports.kinds import series_break
from services.reporting.rows import ReportRow

Content = dict[str, Any]
_SENTENCES: Mapping[str, tuple[str, ...]] = {
    "plan_vs_actual": ("plan", "estimates"),
    "activities": ("membership_and_growth", "training", "trade", "funds", "science_and_certificates", "media"),
    "difficulties": (),
    "next_period": (),
}
"""Section → the groups of sentences that it holds, in their order."""


class _Frozen(TypedDict):
    number: int
    frozen_at: datetime
    content: str


# By the primary key of report_freeze.
_LAST_FREEZE = statement(
    _Frozen,
    "SELECT number, frozen_at, content FROM report_freeze WHERE report_id = $1::uuid ORDER BY number DESC LIMIT 1",
)


def sections_of(report: ReportRow, cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Return the sections: sentences made from the cells, and beside them people's own text. Pure."""
    context = context_of(report["province"], report["kind"], report["starts_on"], report["ends_on"])
    made = sentences_of(cells, context)
    own = {each["code"]: each["own_text"] for each in orjson.loads(report["sections"])}
    return [
        {
            "code": code,
            "title": codes.REPORT_SECTIONS[code][0],
            "generated": [
                {"text": sentence.text, "cells": list(sentence.cells), "group": group}
                for group in groups
                for sentence in made.get(group, ())
            ],
            "own_text": own.get(code),
        }
        for code, groups in _SENTENCES.items()
    ]


async def live(call: Call, report: ReportRow) -> Content:
    """Return what a draft says now, as the caller may see it."""
    cells = await live_cells(call, report)
    return {
        "cells": cells,
        "sections": sections_of(report, cells),
        "definitions": [
            {"indicator": code, "version": version}
            for code, version in {cell["indicator"]: cell["definition_version"] for cell in cells}.items()
        ],
        "series_break": series_break(report["starts_on"], report["ends_on"]),
        "unavailable": _unavailable(cells),
    }


def _unavailable(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Return the services that gave no figures, each once with its reason."""
    named = [cell["unavailable"] for cell in cells if cell["unavailable"] is not None]
    return list({each["service"]: each for each in named}.values())


async def frozen(db: Database | Transaction, report: Mapping[str, Any]) -> Content:
    """Return what a report said when it was last submitted."""
    row = await db.fetchrow(_LAST_FREEZE, report["id"])
    assert row is not None, "what is no draft was frozen"
    content: Content = orjson.loads(row["content"])
    return content


async def content_of(call: Call, report: ReportRow) -> Content:
    """Return what a report says: live while it is a draft, else as it was frozen."""
    return await live(call, report) if report["state"] == "draft" else await frozen(call.db, report)
