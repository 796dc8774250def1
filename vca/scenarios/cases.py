"""What two alliances checked, dissolved and gathered, record by record: inspections, dissolution cases, member teams.

All of it is invented and says so; the reports print the totals alone.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from kernel.values import geography
from vca.scenarios.builder import Row, Scenario

_INSPECTORS = ("Nguyễn Văn Thành", "Hoàng Thị Lan", "Lý Minh Tuấn", "Trần Thu Hà")
_FINDINGS = (
    "Hồ sơ đầy đủ theo quy định",
    "Điều lệ chưa ghi rõ vốn góp của từng thành viên",
    "Danh sách thành viên thiếu chữ ký",
    "Phương án sản xuất kinh doanh còn sơ sài",
)
_BLOCKERS = (
    *["tax_debt"] * 12,
    "receivables",
    "payables",
    "lost_records",
    "asset_valuation",
    "lost_seal",
    "lost_certificate",
    "members_absent",
    "state_assets",
)


def yen_bai(s: Scenario) -> None:
    """Add 41 dossiers of cooperatives and 62 of groups checked in 2020, and 7 cooperatives inspected on the spot."""
    chance = random.Random(f"{s.name}/cases")
    first, last = date(2020, 1, 1), date(2020, 12, 20)
    cooperatives = [one for one in s.records["organizations"] if one["type"] == "cooperative" and _new(one, first)]
    groups = [one for one in s.records["organizations"] if one["type"] == "cooperative_group" and _new(one, first)]
    older = [one for one in s.records["organizations"] if one["type"] == "cooperative" and _old(one, date(2005, 1, 1))]
    led = [one for one in cooperatives if one["founding_attribution"] == "alliance_led"]
    for one in (*chance.sample(led, 41), *chance.sample(groups, 62)):
        on = s.day(one["registered_on"], min(last, one["registered_on"] + timedelta(days=30)))
        _inspect(s, chance, one, "dossier", on)
    # Dossiers that the registration office checked alone.
    for one in chance.sample([one for one in cooperatives if one["founding_attribution"] == "none"], 5):
        on = s.day(one["registered_on"], min(last, one["registered_on"] + timedelta(days=30)))
        _inspect(s, chance, one, "dossier", on, attribution="none")
    looked_at = chance.sample(older, 7)
    for one in looked_at:
        _inspect(s, chance, one, "field", s.day(date(2020, 3, 1), date(2020, 9, 30)))
    # Two were looked at again, and some the year before.
    for one in looked_at[:2]:
        _inspect(s, chance, one, "field", s.day(date(2020, 10, 1), last))
    for one in chance.sample(older, 4):
        _inspect(s, chance, one, "field", s.day(date(2019, 3, 1), date(2019, 11, 30)))
    s.coverage(("inspections",), first, last, "Báo cáo năm 2020 (đến 20/12), Liên minh HTX tỉnh Yên Bái")


def _new(one: Row, first: date) -> bool:
    return one["registered_on"] is not None and one["registered_on"] >= first


def _old(one: Row, before: date) -> bool:
    return one["registered_on"] is not None and one["registered_on"] < before


def _inspect(
    s: Scenario, chance: random.Random, one: Row, kind: str, on: date, *, attribution: str = "alliance_led"
) -> None:
    finding = chance.choice(_FINDINGS)
    recommendations = []
    if finding != _FINDINGS[0]:
        done = chance.random() < 0.7
        recommendations.append(
            {
                "text": f"Bổ sung: {finding[0].lower()}{finding[1:]}",
                "due_on": on + timedelta(days=30),
                "done_on": on + timedelta(days=chance.randrange(5, 40)) if done else None,
                "done_note": "Đã bổ sung" if done else None,
            }
        )
    s.fact(
        "inspections",
        one,
        kind=kind,
        inspected_on=on,
        inspectors=chance.sample(_INSPECTORS, 2),
        findings=finding,
        recommendations=recommendations,
        attribution=attribution,
    )


def hoa_binh(s: Scenario) -> None:
    """Add 100 dissolutions planned for 2023, of which 19 ended, and 10 teams of members consolidated that year."""
    chance = random.Random(f"{s.name}/cases")
    first, last = date(2023, 1, 1), date(2023, 12, 31)
    older = [one for one in s.records["organizations"] if one["type"] == "cooperative" and _old(one, first)]
    ended = {fact["organization_id"]: fact for fact in s.records["status_changes"] if fact["status"] == "ended"}
    standing = [one for one in older if one["id"] not in ended]
    # Dormant for more than a year, and so to be dissolved: those that were stand at the year's end no more.
    planned = chance.sample([one for one in standing if _old(one, date(2019, 1, 1))], 83)
    for one in planned:
        s.status(one, "operating", "dormant", s.day(date(2020, 1, 1), date(2021, 12, 31)))
    for _ in range(19):
        one = s.organization("cooperative", s.day(date(2003, 1, 1), date(2014, 12, 31)))
        s.status(one, "operating", "dormant", s.day(date(2018, 1, 1), date(2021, 12, 31)))
        opened, end = s.day(date(2023, 1, 3), date(2023, 4, 28)), s.day(date(2023, 7, 3), date(2023, 12, 22))
        s.status(one, "legal", "ended", end)
        _case(s, chance, one, 2023, opened, outcome="ended", on=end)
    for at, one in enumerate(planned[:81]):
        withdrawn = s.day(date(2023, 8, 1), last) if at < 3 else None
        outcome = "withdrawn" if withdrawn else None
        _case(s, chance, one, 2023, s.day(date(2023, 1, 3), date(2023, 6, 30)), outcome=outcome, on=withdrawn)
    # Of other years: planned for 2024 already, and planned for 2022 but ended late.
    for one in planned[81:]:
        _case(s, chance, one, 2024, s.day(date(2023, 11, 1), last))
    for one in older:
        fact = ended.get(one["id"])
        if fact is not None and fact["effective_on"] >= first:
            _case(s, chance, one, 2022, date(2022, 9, 5), outcome="ended", on=fact["effective_on"])
    active = [one for one in standing if one["id"] not in {each["id"] for each in planned}]
    _teams(s, chance, active)
    s.coverage(("dissolution_cases", "member_teams"), first, last, "Báo cáo năm 2023, tỉnh Hòa Bình")


def _case(
    s: Scenario,
    chance: random.Random,
    one: Row,
    year: int,
    opened: date,
    *,
    outcome: str | None = None,
    on: date | None = None,
) -> None:
    since = opened + timedelta(days=chance.randrange(1, 40))
    kind = chance.choice(_BLOCKERS)
    # What blocked a dissolution that ended was resolved in time; most of these were blocked by nothing.
    resolved = on - timedelta(days=10) if outcome == "ended" and on is not None else None
    blocked = outcome != "ended" or chance.random() < 0.3
    amount = chance.randrange(4, 90) * 1_000_000 if kind in ("tax_debt", "payables", "receivables") else None
    blocker = {"kind": kind, "since": since, "resolved_on": resolved, "amount_vnd": amount, "note": None}
    steps: list[dict[str, Any]] = [
        {"kind": "resolution", "on": opened},
        {"kind": "notice_sent", "on": opened + timedelta(days=7)},
    ]
    if outcome == "ended" and on is not None:
        steps += [{"kind": "tax_confirmed", "on": on - timedelta(days=9)}, {"kind": "registrar_updated", "on": on}]
    s.fact(
        "dissolution_cases",
        one,
        planned_year=year,
        opened_on=opened,
        ground="voluntary",
        blockers=[blocker] if blocked else [],
        steps=[each for each in steps if on is None or each["on"] <= on],
        outcome=outcome,
        outcome_on=on,
    )


def _teams(s: Scenario, chance: random.Random, active: Sequence[Row]) -> None:
    """Add a team in each district and the city, of its members; and one that was consolidated the year before."""
    label = "Liên minh Hợp tác xã tỉnh Hòa Bình"
    by_district: dict[str, list[Row]] = {}
    for one in active:
        place = geography.place(one["commune_code"], one["commune_map"])
        if place is not None and place.district_name is not None:
            by_district.setdefault(place.district_name, []).append(one)
    districts = sorted(each.full_name for each in geography.districts() if each.province_id == s.province)
    joined: dict[str, list[Row]] = {name: chance.sample(by_district[name], 5) for name in districts}
    for members in joined.values():
        for one in members:
            s.membership(one, s.day(max(date(2019, 1, 2), one["registered_on"]), date(2022, 12, 30)), label)
    for name in districts:
        days = [s.day(date(2018, 3, 1), date(2019, 12, 31)), s.day(date(2023, 2, 1), date(2023, 11, 30))]
        _team(s, chance, name, joined[name], days)
    _team(
        s,
        chance,
        districts[0],
        joined[districts[0]][:3],
        [s.day(date(2022, 3, 1), date(2022, 12, 30))],
        of="Tổ liên xã",
    )


def _team(
    s: Scenario, chance: random.Random, district: str, members: Sequence[Row], days: Sequence[date], *, of: str = "Tổ"
) -> None:
    consolidations: list[dict[str, Any]] = [{"on": on, "decision_number": s.number("QĐ-LMHTX", on.year)} for on in days]
    s.added(
        "member_teams",
        name=f"{of} thành viên {district[0].lower()}{district[1:]}",
        area=district,
        province_2008=s.province,
        district_name=district,
        leader_organization_id=members[0]["id"],
        leader_name=members[0]["representative"],
        organization_ids=[one["id"] for one in members],
        founded_on=date(2017, 5, 15),
        consolidations=consolidations,
        is_synthetic=True,
    )
