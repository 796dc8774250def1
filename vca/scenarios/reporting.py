"""What the published reports say of an alliance's own work, as records: media, contests, science projects, poor households.

Names are the reports' where they give them; days and titles that they do not give are invented and marked so. Beside these
stand figures that a report gives and no record is behind, and work that the days of a report do not count.
"""

from __future__ import annotations

import csv
import json
import random
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

from vca.scenarios.builder import Row, Scenario

_COLUMNS = {
    "activities": (
        "id",
        "kind",
        "title",
        "happened_on",
        "ends_on",
        "attribution",
        "partner",
        "province",
        "commune_code",
        "commune_map",
        "organization_id",
        "channel",
        "issue",
        "quantity",
        "support_given",
        "project_lead",
        "is_synthetic",
        "note",
    ),
    "reported_figures": (
        "id",
        "indicator",
        "scope",
        "province",
        "starts_on",
        "ends_on",
        "comparator",
        "value",
        "unit",
        "source",
        "note",
    ),
    "reporting_coverages": ("id", "province", "record_types", "covered_from", "covered_to", "source"),
}
_NO_DAY = "Báo cáo không nêu ngày: ngày giả lập"


class ReportingScenario:
    """What one alliance's report says of its own work, in the making."""

    columns: ClassVar[Mapping[str, Sequence[str]]] = _COLUMNS
    """The columns of each of its files, in order."""

    def __init__(self, name: str, province: str, seed: int, source: str) -> None:
        self.name, self.province, self._source = name, province, source
        self._random, self._seed, self._made = random.Random(seed), seed, 0
        self.records: dict[str, list[Row]] = {kind: [] for kind in self.columns}

    def _add(self, table: str, /, **fields: Any) -> Row:
        row = {**dict.fromkeys(self.columns[table]), "id": self._id(), **fields}
        self.records[table].append(row)
        return row

    def _id(self) -> str:
        # A UUIDv7 of 1 January 2025 plus a running second, so that a second run makes the same ids.
        self._made += 1
        at = 1_735_689_600_000 + self._seed * 100_000_000 + self._made * 1000
        value = at << 80 | self._random.getrandbits(80)
        value = value & ~(0xF000 << 64) | (0x7000 << 64)
        return str(uuid.UUID(int=value & ~(0xC000 << 48) | (0x8000 << 48)))

    def day(self, first: date, last: date) -> date:
        """Return a working day between two days, both included."""
        while True:
            day = first + timedelta(days=self._random.randrange((last - first).days + 1))
            if day.weekday() < 5:
                return day

    def activity(self, kind: str, title: str, on: date, **fields: Any) -> None:
        """Add an activity of the province whose day, at least, is invented."""
        place = {} if "commune_code" in fields else {"province": self.province}
        self._add("activities", **place, kind=kind, title=title, happened_on=on, is_synthetic=True, **fields)

    def items(self, channel: str, title: str, count: int, first: date, last: date, **fields: Any) -> None:
        """Add `count` media items of one channel, numbered, each on a day between the two."""
        for number in range(1, count + 1):
            name = f"{title} số {number} (minh họa)"
            self.activity("media_item", name, self.day(first, last), channel=channel, **fields)

    def figure(self, indicator: str, scope: str, days: tuple[date, date], value: str, unit: str, **fields: Any) -> None:
        """Add a figure that the report gives."""
        starts_on, ends_on = days
        self._add(
            "reported_figures",
            indicator=indicator,
            scope=scope,
            province=self.province,
            starts_on=starts_on,
            ends_on=ends_on,
            **{"comparator": "eq", "value": value, "unit": unit, "source": self._source, **fields},
        )

    def coverage(self, record_types: tuple[str, ...], first: date, last: date) -> None:
        """Declare what the report holds completely."""
        self._add(
            "reporting_coverages",
            province=self.province,
            record_types=" ".join(record_types),
            covered_from=first,
            covered_to=last,
            source=self._source,
        )

    def write(self, scenarios: Path) -> None:
        """Write one CSV a kind of record into the scenario's folder."""
        for kind, columns in self.columns.items():
            if not (rows := self.records[kind]):
                continue
            with (scenarios / self.name / f"{kind}.csv").open("w", encoding="utf-8", newline="") as lines:
                writer = csv.writer(lines, lineterminator="\n")
                writer.writerow(columns)
                writer.writerows([_text(row[name]) for name in columns] for row in rows)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _named(registry: Scenario) -> dict[str, Row]:
    return {one["name"]: one for one in registry.records["organizations"] if not one["is_synthetic"]}


def phu_tho(registry: Scenario) -> ReportingScenario:
    """Phú Thọ, January to August 2023, with some work that the eight months do not count."""
    s = ReportingScenario("phu_tho_2023", "25-2008", 2025, "Báo cáo 8 tháng 2023 của Liên minh HTX tỉnh Phú Thọ")
    first, last = date(2023, 1, 1), date(2023, 8, 31)
    _projects(s, _named(registry))
    for title, on in (
        ("Cán bộ vận động, thành lập mới và xúc tiến thương mại cho HTX", date(2023, 4, 12)),
        ("Sáng tạo chụp ảnh tuyên truyền về KTTT", date(2023, 6, 5)),
    ):
        s.activity("contest", f"Cuộc thi {title}", on, attribution="alliance_led", note=_NO_DAY)
    s.activity("contest", "Cuộc thi viết về hợp tác xã (minh họa)", date(2022, 11, 9), attribution="alliance_led")
    s.items("newspaper", "Tin, bài trên Báo Phú Thọ", 10, first, last)
    s.items("portal", "Tin, bài trên Cổng thông tin điện tử tỉnh", 6, first, last)
    s.items("broadcast_news", "Tin trên Đài PT-TH tỉnh", 18, first, last)
    s.items("broadcast_reportage", "Phóng sự trên Đài PT-TH tỉnh", 3, first, last)
    s.items("vca_site", "Tin, bài trên Website Liên minh HTX Việt Nam", 11, first, last, attribution="alliance_led")
    s.items(
        "own_channels", "Tin, bài trên web, fanpage Liên minh HTX tỉnh", 94, first, last, attribution="alliance_led"
    )
    # Written by others without the alliance, and before and after the eight months.
    s.items("newspaper", "Bài của báo tự thực hiện", 2, first, last, attribution="none")
    s.items("newspaper", "Tin, bài cuối năm trước", 3, date(2022, 11, 1), date(2022, 12, 30))
    s.items("own_channels", "Tin, bài tháng 9", 5, date(2023, 9, 1), date(2023, 9, 29), attribution="alliance_led")
    led = {"attribution": "alliance_led"}
    s.activity("bulletin", "Bản tin KTTT", date(2023, 7, 20), issue="Số 1/2023", quantity=500, note=_NO_DAY, **led)
    s.activity("bulletin", "Bản tin KTTT (minh họa)", date(2022, 12, 15), issue="Số 4/2022", quantity=300, **led)
    s.coverage(("media_items", "bulletins", "contests", "science_projects"), first, last)
    return s


def _projects(s: ReportingScenario, named: dict[str, Row]) -> None:
    """Add the three projects that the alliance led or carried out with others, the one it helped with, and an earlier one."""
    for title, lead, on, commune in (
        (
            "Thúc đẩy áp dụng hệ thống quản lý và công cụ cải tiến năng suất chất lượng tại các HTX trên địa bàn tỉnh Phú Thọ",
            None,
            date(2023, 2, 20),
            None,
        ),
        (
            "Ứng dụng công nghệ thông minh xây dựng mô hình chăn nuôi gà theo hướng an toàn sinh học tại huyện Yên Lập",
            "HTX nông nghệp tổng hợp Yên Lập",
            date(2023, 3, 15),
            None,
        ),
        (
            "Tạo lập, quản lý và phát triển nhãn hiệu tập thể “Mường Kịt” cho sản phẩm cam, quýt xã Kiệt Sơn, huyện Tân Sơn",
            "HTX cây ăn quả và dược liệu Mường Kịt",
            date(2023, 5, 10),
            "08554",
        ),
    ):
        place = {} if commune is None else {"commune_code": commune, "commune_map": "2008"}
        leads = {} if lead is None else {"partner": lead, "organization_id": named[lead]["id"]}
        s.activity("science_project", title, on, attribution="joint", note=_NO_DAY, **place, **leads)
    s.activity(
        "science_project",
        "Xây dựng mô hình HTX ứng dụng khoa học công nghệ phát triển chăn nuôi gia súc, gia cầm theo chuỗi giá trị",
        date(2023, 6, 12),
        attribution="supported",
        project_lead="Trung tâm xúc tiến thương mại và đầu tư Liên minh HTX Việt Nam",
        organization_id=named["HTX gà nhiều cựa Tân Sơn Phú Thọ"]["id"],
        note=_NO_DAY,
    )
    s.activity("science_project", "Mô hình bảo quản nông sản (minh họa)", date(2022, 10, 3), attribution="joint")


def yen_bai() -> ReportingScenario:
    """Yên Bái, from the beginning of 2020 to 20 December; of the districts the report says no numbers."""
    s = ReportingScenario("yen_bai_2020", "15-2008", 2015, "Báo cáo năm 2020 (đến 20/12), Liên minh HTX tỉnh Yên Bái")
    first, last = date(2020, 1, 1), date(2020, 12, 20)
    led = {"attribution": "alliance_led"}
    for where, households, given, on in (
        ("huyện Yên Bình", 30, "Tìm kiếm việc làm, sách vở, đồ dùng học tập", date(2020, 3, 18)),
        ("huyện Văn Yên", 28, "Cây, con giống", date(2020, 5, 22)),
        ("huyện Trạm Tấu", 21, "Quần áo, sách vở, đồ dùng học tập", date(2020, 9, 4)),
        ("huyện Mù Cang Chải", 18, "Con giống, quần áo", date(2020, 10, 16)),
        ("xã Đào Thịnh, huyện Trấn Yên", 10, "Cây giống, phân bón", date(2020, 11, 11)),
    ):
        note = "Báo cáo chỉ nêu tổng 107 hộ: số hộ từng nơi và ngày là giả lập"
        title = f"Hỗ trợ hộ nghèo tại {where}"
        s.activity("household_support", title, on, quantity=households, support_given=given, note=note, **led)
    title = "Hỗ trợ hộ nghèo (minh họa)"
    s.activity("household_support", title, date(2019, 11, 20), quantity=9, support_given="Chăn ấm", **led)
    s.activity("household_support", title, date(2020, 12, 28), quantity=12, support_given="Quà Tết", **led)
    s.activity("household_support", title, date(2020, 8, 7), quantity=5, attribution="supported")
    s.coverage(("household_supports",), first, last)
    s.figure("cooperative_groups_new", "province", (first, last), "1283", "cooperative_group")
    s.figure("cooperatives_effective_share_of_active", "province", (first, last), "70", "percent", comparator="gt")
    return s


def kon_tum() -> ReportingScenario:
    """The unnamed province's year 2022, taken to be Kon Tum: of its own work the report says nothing."""
    source = "Báo cáo năm 2022 của một Liên minh HTX tỉnh, được hiểu là Kon Tum"
    s = ReportingScenario("kon_tum_2022", "62-2008", 2062, source)
    year = (date(2022, 1, 1), date(2022, 12, 31))
    code = "trade_promotion_cooperative_participations"
    s.figure(code, "alliance_supported", year, "40", "participation", comparator="gt", note="hơn 40 lượt HTX tham gia")
    return s
