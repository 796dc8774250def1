"""Cells of the five published reports, as `figures` answers them, from the figures as they were printed."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from services.reporting.documents.content import ReportContent, Section
from services.reporting.documents.wording import SECTIONS, ReportContext, context_of, sentences_of

_CSV = Path(__file__).parent.parent.parent / "platform" / "published_figures.csv"
_ROWS = [
    row
    for row in csv.DictReader(_CSV.open(encoding="utf-8", newline=""))
    if row["value_kind"] != "context"
    and row["unit"] != "solution"
    and row["indicator_code"] != "reporting_interval_months"
]
REPORTS: Mapping[str, tuple[str, str, str, str, str]] = {
    "phu_tho": ("Phú Thọ", "25-2008", "eight_months", "2023-01-01", "2023-08-31"),
    "nghe_an": ("Nghệ An", "40-2008", "six_months", "2023-01-01", "2023-06-30"),
    "nghe_an_plan": ("Nghệ An", "40-2008", "year", "2024-01-01", "2024-12-31"),
    "hoa_binh": ("Hòa Bình", "17-2008", "year", "2023-01-01", "2023-12-31"),
    "kon_tum": ("(unnamed; probably Kon Tum)", "62-2008", "year", "2022-01-01", "2022-12-31"),
    "yen_bai": ("Yên Bái", "15-2008", "year", "2020-01-01", "2020-12-20"),
}
_BEHIND_GT = {"40": "41", "70": "70.0265"}
"""What the records hold where a report prints "hơn"."""


def context(name: str) -> ReportContext:
    """Return the context of one of REPORTS."""
    _, province, kind, first, last = REPORTS[name]
    return context_of(province, kind, date.fromisoformat(first), date.fromisoformat(last))


def cells(name: str) -> list[dict[str, Any]]:
    """Return the cells of one of REPORTS; estimates stand in the cell of their indicator."""
    province, province_id, _, first, last = REPORTS[name]
    rows = [row for row in _ROWS if row["province"] == province and row["period_start"] == first]
    told = [_cell(row, province_id) for row in rows if row["period_end"] == last and row["value_kind"] != "estimate"]
    by_key = {cell["key"]: cell for cell in told}
    for row in rows:
        if row["value_kind"] == "estimate":
            cell = by_key[f"{row['indicator_code']}:{row['scope']}"]
            plan = Decimal(row["plan_value"] or "2275")
            cell["plan"] = {**_plan(None, plan), "implied": True}
            estimate = Decimal(row["value"])
            cell["estimates"] = [
                {"estimate_id": "e", "made_on": last, "value": float(estimate), **_against(estimate, plan)}
            ]
    return told


def _cell(row: Mapping[str, str], province: str) -> dict[str, Any]:
    value = _BEHIND_GT.get(row["value"], row["value"]) if row["comparator"] == "gt" else row["value"]
    said_elsewhere = []
    if row["comparator"] != "eq":
        said_elsewhere = [
            {
                "value": row["value"],
                "comparator": row["comparator"],
                "source": "Báo cáo",
                "document": None,
                "reported_figure_id": "r",
            }
        ]
    number = Decimal(value) if value else None
    planned = row["plan_value"] or ("100" if row["indicator_code"] == "dissolution_target_achievement" else "")
    plan = _plan(number, Decimal(planned)) if planned else None
    if plan is not None and "implied" in row["note"]:
        plan["implied"] = True
    return cell(
        f"{row['indicator_code']}:{row['scope']}",
        label=row["indicator_vi"],
        unit=row["unit"],
        value=None if number is None else float(number),
        plan=plan,
        province=province,
        reported_elsewhere=said_elsewhere,
        explanation="do nợ thuế" if row["indicator_code"] == "dissolution_target_achievement" else None,
        status="reported" if value else "not_reported",
    )


def cell(key: str, **members: Any) -> dict[str, Any]:
    """Return a cell; members not named are as of a figure without plan, estimate and comparison."""
    code, _, scope = key.partition(":")
    return {
        "key": key,
        "indicator": code,
        "indicator_label": members.pop("label", code),
        "scope": scope,
        "group": None,
        "value": None,
        "unit": "cooperative",
        "kind": "stock" if "total" in code else "flow",
        "direction": "more_is_better",
        "status": "reported",
        "missing_provinces": [],
        "previous": None,
        "cumulative": None,
        "previous_full_year": None,
        "change": None,
        "change_percent": None,
        "plan": None,
        "estimates": [],
        "reported_elsewhere": [],
        "explanation": None,
        "unavailable": None,
        **members,
    }


def _against(value: Decimal, plan: Decimal) -> dict[str, Any]:
    percent = value * 100 / plan
    shown = float(percent.quantize(Decimal("0.1"), ROUND_HALF_UP))
    verdict = "exceeded" if percent > 100 else "met" if percent == 100 else "partly_met" if percent >= 50 else "missed"
    return {
        "percent": shown,
        "exceeds_by_percent": round(shown - 100, 1) if percent > 100 else None,
        "verdict": verdict,
    }


def _plan(value: Decimal | None, plan: Decimal) -> dict[str, Any]:
    against = {"percent": None, "exceeds_by_percent": None, "verdict": None} if value is None else _against(value, plan)
    return {
        "plan_id": "p",
        "version": 1,
        "measure_id": "m",
        "value": float(plan),
        "implied": False,
        "condition": None,
        **against,
    }


def content(name: str, **members: Any) -> ReportContent:
    """Return one of REPORTS as its documents print it; members named are other than by default."""
    place, _, kind, first, last = REPORTS[name]
    about, told = context(name), cells(name)
    said = sentences_of(told, about)
    sections = tuple(
        Section(code, title, tuple(said[code]), None, table=code == "plan") for code, title in SECTIONS.items()
    )
    usual: dict[str, Any] = {
        "title": f"Kết quả hoạt động {about.period}",
        "kind": kind,
        "from_": date.fromisoformat(first),
        "to": date.fromisoformat(last),
        "province_name": about.province_name,
        "alliance_name": f"Liên minh Hợp tác xã tỉnh {about.province_name}",
        "parent_name": "Liên minh Hợp tác xã Việt Nam",
        "geography": "2008",
        "number": "86/BC-LMHTX",
        "place": place if not place.startswith("(") else "Kon Tum",
        "signed_on": date.fromisoformat(last),
        "signer_form": "KT",
        "signer_title": "Phó Chủ tịch",
        "signer_name": "Nguyễn Thị Hoa",
        "recipients": ("Liên minh HTX Việt Nam", "UBND tỉnh", "Lưu: VT, KHTH"),
        "sections": sections,
        "cells": tuple(told),
        "is_draft": False,
    }
    return ReportContent(**{**usual, **members})
