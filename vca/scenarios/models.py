"""Models and value chains of the scenarios: recognitions one by one, of which the published numbers come.

The reports name five models and one chain with its suppliers; the rest is invented and says so. What lies outside the days,
has run out, or is of another kind is there as well, so that no figure is a mere count of rows.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from kernel.values import geography
from vca.scenarios.builder import Row, Scenario
from vca.scenarios.statistics import standing

_CHAIN_MODELS = (
    "HTX DVTH Hồng Ca",
    "HTX 6/12 Đào Thịnh",
    "HTX nông lâm nghiệp tổng hợp Công Tâm",
    "HTX Lũng Lô",
    "HTX DVTH Tân Thịnh",
)
_IN_A_CHAIN = "Liên doanh, liên kết với các đơn vị, doanh nghiệp để phát triển sản xuất gắn với chuỗi giá trị"
_UNTOLD = "Hoạt động hiệu quả theo đánh giá của tỉnh; báo cáo không nêu tiêu chí"


def _named(s: Scenario, name: str) -> Row:
    return next(one for one in s.records["organizations"] if one["name"] == name)


def _after(s: Scenario, organization: Row, first: date, last: date) -> date:
    """Return a day of these on which the organization had been there for a month."""
    return s.day(max(first, organization["registered_on"] + timedelta(days=30)), last)


def phu_tho(s: Scenario, certified: list[Row], older: list[Row]) -> None:
    """Add the chain of Hùng Lô's rice noodles with its four suppliers, which the report names, and two invented ones."""
    last = date(2023, 8, 31)
    suppliers = [
        {"role": "input_supplier", "organization_id": one["id"], "supplies": "Gạo khang dân"} for one in certified
    ]
    # The report says no day: the chain was there by its own.
    s.value_chain(
        _named(s, "HTX Mì gạo Hùng Lô"),
        "Chuỗi liên kết sản xuất mì gạo Hùng Lô",
        "Mì gạo",
        last,
        suppliers,
        attribution="supported",
    )
    tea, *growers, leaves = older[3:8]
    links: list[Row] = [
        {"role": "input_supplier", "organization_id": one["id"], "supplies": "Chè búp"} for one in growers
    ]
    links.append({"role": "trader", "party_name": "Cửa hàng nông sản an toàn Sông Thao", "party_kind": "household"})
    s.value_chain(tea, "Chuỗi chè búp", "Chè", date(2022, 5, 16), links, attribution="supported")
    links = [
        {"role": "producer", "organization_id": growers[0]["id"]},
        {"role": "trader", "party_name": "Công ty TNHH Nông sản Đất Tổ", "party_kind": "enterprise"},
    ]
    s.value_chain(leaves, "Chuỗi rau an toàn", "Rau", date(2023, 3, 6), links, attribution="none")
    s.coverage(("value_chains",), date(2023, 1, 1), last, "Báo cáo 8 tháng 2023 của Liên minh HTX tỉnh Phú Thọ")


def nghe_an(s: Scenario) -> None:
    """Add one to three effective cooperatives in each district that there was, and some that do not count."""
    last = date(2023, 6, 30)
    state = geography.districts_on(last)
    by_district: dict[str, list[Row]] = defaultdict(list)
    for one in standing(s, date(2022, 12, 31), "cooperative"):
        district = geography.district_of(one["commune_code"], state)
        assert district is not None
        by_district[district.code].append(one)
    for at, (_, cooperatives) in enumerate(sorted(by_district.items())):
        for one in s.sample(cooperatives, 1 + at % 3):
            s.model(one, "effective", _after(s, one, date(2021, 1, 4), last), criteria=_UNTOLD)
    for one in s.sample(by_district["412"], 4):
        s.model(one, "high_tech", _after(s, one, date(2022, 1, 3), last))
    recognized = {model["organization_id"] for model in s.records["models"]}
    others = [one for one in by_district["425"] if one["id"] not in recognized and one["registered_on"].year < 2018]
    for one in s.sample(others, 3):
        s.model(one, "effective", date(2019, 3, 15), until=date(2022, 12, 31), criteria=_UNTOLD)
    s.coverage(("models",), date(2023, 1, 1), last, "Báo cáo 6 tháng đầu năm 2023, tỉnh Nghệ An")


def hoa_binh(s: Scenario) -> None:
    """Add eighteen cooperatives recognised in 2023, one of them twice, and others of another year, type or kind."""
    first, last = date(2023, 1, 1), date(2023, 12, 31)
    cooperatives = [one for one in standing(s, last, "cooperative") if one["registered_on"] < date(2023, 1, 1)]
    chosen = s.sample(cooperatives, 30)
    kinds = ["advanced"] * 7 + ["typical"] * 4 + ["high_tech"] * 3 + ["value_chain"] * 4
    for one, kind in zip(chosen[:18], kinds, strict=True):
        s.model(one, kind, _after(s, one, first, last), attribution="supported")
    s.model(chosen[0], "high_tech", _after(s, chosen[0], first, last), attribution="supported")
    for one in chosen[18:23]:
        s.model(one, "advanced", date(2022, 11, 15) if one["registered_on"] < date(2022, 10, 1) else date(2024, 1, 15))
    for one in chosen[23:]:
        s.model(one, "effective", _after(s, one, first, last), criteria=_UNTOLD)
    group = standing(s, first, "cooperative_group")[0]
    s.model(group, "typical", s.day(first, last))
    s.coverage(("models",), first, last, "Báo cáo năm 2023, tỉnh Hòa Bình")


def yen_bai(s: Scenario, old_style: list[Row]) -> None:
    """Add the five models that the report names, and 265 effective cooperatives of 372 that operate."""
    first, last = date(2020, 1, 1), date(2020, 12, 20)
    for name in _CHAIN_MODELS:
        # By the day of the report, which says none.
        s.model(_named(s, name), "value_chain", last, criteria=_IN_A_CHAIN, attribution="alliance_led")
    older = [s.organization("cooperative", s.day(date(2008, 1, 1), date(2019, 11, 29))) for _ in range(262)]
    for one in (*old_style, *s.sample(older, 249)):
        s.model(one, "effective", s.day(date(2020, 2, 3), last), criteria=_UNTOLD)
    dormant = [s.organization("cooperative", s.day(date(2005, 1, 1), date(2012, 12, 31))) for _ in range(41)]
    for one in dormant:
        s.status(one, "operating", "dormant", s.day(date(2016, 1, 4), date(2019, 12, 31)))
    ended = [s.organization("cooperative", s.day(date(2005, 1, 1), date(2012, 12, 31))) for _ in range(6)]
    for one in ended:
        s.model(one, "effective", date(2018, 12, 14), criteria=_UNTOLD)
        s.status(one, "legal", "ended", s.day(first, last))
    # Effective until it went to sleep; of a chain before the year, and without the alliance.
    for one in dormant[:5]:
        s.model(one, "effective", date(2015, 12, 15), until=date(2015, 12, 31), criteria=_UNTOLD)
    ran = [one for one in older if one["registered_on"] < date(2019, 6, 1)]
    s.model(ran[0], "value_chain", date(2019, 12, 16), attribution="alliance_led")
    s.model(ran[1], "value_chain", s.day(date(2020, 3, 2), last), attribution="none")
    s.model(ran[2], "high_tech", s.day(date(2020, 3, 2), last), attribution="supported")
    s.coverage(
        ("cooperatives", "operating_states", "models"),
        first,
        last,
        "Báo cáo năm 2020 (đến 20/12), Liên minh HTX tỉnh Yên Bái",
    )
