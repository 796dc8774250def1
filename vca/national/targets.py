"""The nation's published targets for 2025, and what two bodies report of 2022: real numbers beside the invented records.

Sources: Decision 1318/QĐ-TTg (2021-07-22) and its accounts in baohaiduong 2021-08-04 and tieudungplus 2020-12-31; the national
alliance's report of 2022-11-08 (qdnd.vn 710378) and the ministry's of 2023-04-07 (baochinhphu.vn).
"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

from kernel import records
from kernel.database.connections import Database, Transaction
from kernel.values.text import name_folded
from kernel.web.auth import NATION, Caller
from services.reporting.plans.areas import columns_of_area
from services.reporting.plans.measures.records import MEASURE
from services.reporting.plans.plans import service
from services.reporting.plans.plans.records import PLAN, state_of_new
from services.reporting.plans.plans.schemas import PlanApprovalCreate
from services.reporting.plans.reading import IN_PREPARATION
from services.reporting.reported_figures.records import REPORTED_FIGURE
from vca.national.identifiers import uuid_of


def _person(id_: str, name: str) -> Caller:
    """Return somebody who enters or approves; what the demo loads says that nobody did."""
    scopes = frozenset({"reports.read"})
    return Caller(id_, "vca-demo", scopes, NATION, None, "demo", name, 0.0)


_PREPARER, _APPROVER = (
    _person("demo-national-preparer", "Dữ liệu mẫu (lập)"),
    _person("demo-national-approver", "Dữ liệu mẫu (duyệt)"),
)
PLAN_ID = uuid_of("targets/2025", 0)
_YEAR = {"starts_on": date(2025, 1, 1), "ends_on": date(2025, 12, 31)}
TARGETS = (
    ("cooperatives_total", "35000", "cooperative", "eq"),
    ("cooperative_groups_total", "134000", "cooperative_group", "eq"),
    ("cooperative_unions_total", "210", "cooperative_union", "eq"),
    ("cooperative_members_total", "7100000", "member", "eq"),
    ("cooperative_group_members_total", "1800000", "member", "eq"),
    ("cooperatives_good_fair_share", "60", "percent", "gt"),
)
"""Indicator, value, unit and how the document words it, each for the year 2025."""
_VCA, _MINISTRY = "Liên minh Hợp tác xã Việt Nam", "Bộ Kế hoạch và Đầu tư"
_IN_NOVEMBER = {"document_on": date(2022, 11, 8), "note": "Báo cáo ngày 08/11/2022", "comparator": "eq"}
_ESTIMATED = {"document_on": date(2023, 4, 7), "note": "Ước thực hiện năm 2022", "comparator": "approx"}
REPORTED: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    ("cooperatives_total", "29021", "cooperative", _VCA, _IN_NOVEMBER),
    ("cooperatives_new", "2187", "cooperative", _VCA, _IN_NOVEMBER),
    ("cooperatives_total", "29378", "cooperative", _MINISTRY, _ESTIMATED),
    ("cooperative_groups_total", "71000", "cooperative_group", _MINISTRY, _ESTIMATED),
    ("cooperative_members_total", "5935000", "member", _MINISTRY, _ESTIMATED),
)
"""Indicator, value, unit, the body that reports it and in which document, each of the year 2022."""


async def _enter_plan(tx: Transaction) -> None:
    title = "Mục tiêu phát triển kinh tế tập thể, hợp tác xã giai đoạn 2021–2025"
    columns = {
        **dict.fromkeys(PLAN.columns),
        "id": PLAN_ID,
        "kind": "provincial_plan",
        "title": title,
        "title_folded": name_folded(title),
        "document_number": "1318/QĐ-TTg",
        "document_on": date(2021, 7, 22),
        "issuer": "Thủ tướng Chính phủ",
        "starts_on": date(2021, 1, 1),
        "ends_on": date(2025, 12, 31),
        "province": NATION,
        **columns_of_area(NATION),
        "alliance": NATION,
        "state": "draft",
        "version_number": 0,
        "note": "Các chỉ tiêu công bố cho năm 2025; ngày phê duyệt là ngày quyết định.",
        "file_ids": "[]",
        "is_synthetic": False,
        IN_PREPARATION: True,
    }
    plan = await records.create(tx, PLAN, columns, by=_PREPARER)
    for at, (indicator, value, unit, comparator) in enumerate(TARGETS):
        measure = {
            **dict.fromkeys(MEASURE.columns),
            "id": uuid_of(f"targets/2025/{indicator}", at + 1),
            "plan_id": PLAN_ID,
            "indicator": indicator,
            "scope": "province",
            "place": NATION,
            "province": NATION,
            **_YEAR,
            "value": value,
            "unit": unit,
            "comparator": comparator,
            "is_condition": False,
            "implied": False,
            "phasing": "linear",
            "phases": "[]",
            "assignments": "[]",
            "is_synthetic": False,
            "alliance": NATION,
            **state_of_new(plan),
        }
        await records.create(tx, MEASURE, measure, by=_PREPARER)
    decision = PlanApprovalCreate(decision_number="1318/QĐ-TTg", decided_on=date(2021, 7, 22))
    await service.approve(tx, plan, decision, by=_APPROVER)


async def _enter_reported(tx: Transaction) -> None:
    for at, (indicator, value, unit, source, document) in enumerate(REPORTED):
        figure = {
            **dict.fromkeys(REPORTED_FIGURE.columns),
            "id": uuid_of(f"reported/2022/{indicator}/{source}", at),
            "indicator": indicator,
            "scope": "province",
            "province": NATION,
            "province_2025": NATION,
            "starts_on": date(2022, 1, 1),
            "ends_on": date(2022, 12, 31),
            "value": value,
            "unit": unit,
            "source": source,
            "source_folded": name_folded(source),
            "file_ids": "[]",
            "is_synthetic": False,
            "alliance": NATION,
            **document,
        }
        await records.create(tx, REPORTED_FIGURE, figure, by=_PREPARER)


async def _load(url: str) -> bool:
    db = Database(url, size=2)
    await db.open()
    try:
        async with db.transaction() as tx:
            if await records.read(tx, PLAN, PLAN_ID, _PREPARER) is not None:
                return False
            await _enter_plan(tx)
            await _enter_reported(tx)
            return True
    finally:
        await db.close()


def load_targets(url: str) -> bool:
    """Load the nation's plan and reported figures into reporting at `url`; say whether they were new."""
    return asyncio.run(_load(url))
