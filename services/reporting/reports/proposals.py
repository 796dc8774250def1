"""Explanations that are proposed for targets that were missed: what stands in the way of dissolutions, by the registry's cases.

A proposal is never put into a report by itself: who prepares it takes it over, or writes their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kernel.web.calls import Call
from services.reporting.reports.cells import Cell
from services.reporting.reports.kinds import NATION
from services.reporting.reports.others import document
from services.reporting.rows import ReportRow
from services.reporting.upstreams import NoAnswer

_CASES = "/v1/registry/dissolution-cases"
_OF_DISSOLUTIONS = ("dissolution_target_achievement", "cooperatives_dissolved")
_MISSED = ("missed", "partly_met")
# As reports word the blockers of the registry's list dissolution-blockers.
BLOCKERS: Mapping[str, str] = {
    "tax_debt": "nợ thuế",
    "receivables": "còn công nợ phải thu",
    "payables": "còn công nợ phải trả",
    "lost_records": "mất sổ sách, chứng từ",
    "asset_valuation": "chưa định giá được tài sản",
    "lost_seal": "mất con dấu",
    "lost_certificate": "mất giấy chứng nhận đăng ký",
    "members_absent": "không triệu tập được thành viên",
    "state_assets": "còn tài sản có nguồn gốc nhà nước",
}


def explanation_of(counts: Sequence[tuple[str, int]]) -> str | None:
    """Return the reason in words, the commonest blockers first: "do nợ thuế (13 HTX), mất con dấu (2 HTX)"; None of none."""
    known = sorted(((count, code) for code, count in counts if code in BLOCKERS and count), key=lambda each: -each[0])
    if not known:
        return None
    if len(known) == 1:
        return f"do {BLOCKERS[known[0][1]]}"
    return "do " + ", ".join(f"{BLOCKERS[code]} ({count} HTX)" for count, code in known[:3])


async def proposed_explanations(call: Call, report: ReportRow, cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Return what is proposed for cells whose plan was missed and which nobody explained; none where the registry does not say."""
    missed = [
        cell
        for cell in cells
        if cell["indicator"] in _OF_DISSOLUTIONS
        and cell["plan"] is not None
        and cell["plan"]["verdict"] in _MISSED
        and not cell["explanation"]
    ]
    if not missed:
        return []
    params = {"is_open": "true", "facets": "blocker", "limit": "1", "opened_on_lte": report["ends_on"].isoformat()}
    if report["province"] != NATION:
        params["province"] = report["province"]
    try:
        page = await document(call, "registry", _CASES, params)
    except NoAnswer:
        return []
    counts = [
        (each["value"], each["count"])
        for facet in page["facets"] or ()
        if facet["name"] == "blocker"
        for each in facet["values"]
        if each["value"] is not None
    ]
    text = explanation_of(counts)
    if text is None:
        return []
    evidence = f"{_CASES}?is_open=true" + (f"&province={params['province']}" if "province" in params else "")
    return [
        {"indicator": cell["indicator"], "scope": cell["scope"], "text": text, "evidence": evidence} for cell in missed
    ]
