"""What two published reports say of training and trade promotion, as records: one alliance's eight months, one's year."""

from __future__ import annotations

from datetime import date

from kernel.values import geography
from vca.scenarios import named
from vca.scenarios.builder import Row, Scenario
from vca.scenarios.training import TrainingScenario

_VCA = ("national_alliance", "Liên minh Hợp tác xã Việt Nam")
_SUBJECTS = {
    "law": "Tập huấn chủ trương, chính sách và Luật Hợp tác xã",
    "management": "Tập huấn nghiệp vụ quản lý hợp tác xã",
    "accounting": "Tập huấn kế toán hợp tác xã",
    "digital": "Tập huấn chuyển đổi số cho hợp tác xã",
}


def _communes(province: str) -> list[str]:
    return sorted(c.code for c in geography.communes() if c.map == "2008" and c.province_id == province)


def phu_tho(registry: Scenario) -> TrainingScenario:
    """Phú Thọ, January to August 2023, with some that the eight months do not count."""
    s = TrainingScenario("phu_tho_2023", "25-2008", "25-2025", 1025)
    communes, first, last = _communes(s.province), date(2023, 1, 1), date(2023, 8, 31)
    idle = {row["organization_id"] for row in registry.records["status_changes"]}
    cooperatives_on_record = [
        one
        for one in registry.records["organizations"]
        if one["is_synthetic"]
        and one["registered_on"] < date(2022, 11, 1)
        and one["operating_state"] == "operating"
        and one["id"] not in idle
        and not one["is_credit_fund"]
    ]
    staff = [s.person("manager", one, (1962, 1996), "Giám đốc") for one in s.sample(cooperatives_on_record, 240)]
    staff += [s.person("member", one, (1960, 2001), None) for one in s.sample(cooperatives_on_record, 240)]
    staff += [s.person("worker", one, (1965, 2003), None) for one in s.sample(cooperatives_on_record, 120)]
    officers = [s.person("manager", one, (1962, 1996), "Kế toán") for one in s.sample(cooperatives_on_record, 190)]

    def a_class(topic: str, on: date, **options: object) -> Row:
        commune = s.sample([{"code": code} for code in communes], 1)[0]["code"]
        fields = {"kind": "short_course", "attribution": "alliance_led", "audience": "manager", **options}
        return s.training_class(_SUBJECTS[topic], on, commune, topic=topic, **fields)  # type: ignore[arg-type]

    # 12 classes of the alliance's own: 58 persons each, but for one of 57.
    for at, topic in enumerate(("law", "management", "accounting", "digital") * 3):
        s.attend(a_class(topic, s.day(first, date(2023, 8, 29))), s.sample(staff, 57 if at == 0 else 58), 150_000)
    # Three upskilling classes held with a unit of the national alliance.
    school = ("school", "Trường Bồi dưỡng cán bộ, Liên minh Hợp tác xã Việt Nam")
    for count in (68, 68, 69):
        joint = a_class(
            "management", s.day(first, date(2023, 8, 29)), kind="upskilling", attribution="joint", partner=school
        )
        s.attend(joint, s.sample(officers, count))
    s.attend(a_class("law", date(2022, 12, 14)), s.sample(staff, 45), 150_000)
    a_class("digital", date(2023, 9, 20), held=False)
    # 24 cooperatives at four events; six of them twice, with three kinds that they had shown before.
    events = [
        s.event(
            "Hội chợ xúc tiến thương mại Hùng Vương",
            date(2023, 4, 25),
            5,
            kind="fair",
            attribution="joint",
            organizer=("department", "Sở Công Thương Phú Thọ"),
            commune=communes[0],
        ),
        s.event(
            "Tuần lễ sản phẩm hợp tác xã",
            date(2023, 6, 12),
            6,
            kind="product_week",
            attribution="supported",
            organizer=_VCA,
            commune=_communes("01-2008")[0],
        ),
        s.event(
            "Hội nghị kết nối cung cầu nông sản",
            date(2023, 7, 18),
            1,
            kind="matching_conference",
            attribution="alliance_led",
            organizer=("alliance", "Liên minh Hợp tác xã tỉnh Phú Thọ"),
            commune=communes[0],
        ),
        s.event(
            "Hội chợ hàng nông nghiệp",
            date(2023, 8, 24),
            5,
            kind="fair",
            attribution="supported",
            organizer=("ministry", "Bộ Nông nghiệp và Phát triển nông thôn"),
            commune=_communes("01-2008")[1],
        ),
    ]
    exhibitors = s.sample([one for one in cooperatives_on_record if one["type"] == "cooperative"], 24)
    shown = {one["id"]: s.kinds(7 if at < 6 else 6) for at, one in enumerate(exhibitors)}
    for at, one in enumerate(exhibitors):
        s.take_part(events[at % 4], one, shown[one["id"]])
    for at, one in enumerate(exhibitors[:6]):
        s.take_part(events[(at + 1) % 4], one, shown[one["id"]][:3])
    called_off = s.event(
        "Phiên chợ nông sản vùng cao",
        date(2023, 8, 10),
        2,
        kind="fair",
        attribution="alliance_led",
        commune=communes[1],
        organizer=("alliance", "Liên minh Hợp tác xã tỉnh Phú Thọ"),
        cancelled=(date(2023, 8, 8), "Mưa lũ"),
    )
    earlier = s.event(
        "Hội chợ Coop-Expo",
        date(2022, 11, 10),
        5,
        kind="fair",
        attribution="supported",
        organizer=_VCA,
        commune=_communes("01-2008")[2],
    )
    for event in (called_off, earlier):
        for one in exhibitors[6:9]:
            s.take_part(event, one, shown[one["id"]][:2])
    s.coverage(
        ("classes", "attendances", "participations"), first, last, "Báo cáo 8 tháng 2023 của Liên minh HTX tỉnh Phú Thọ"
    )
    return s


def kon_tum(registry: Scenario) -> TrainingScenario:
    """The unnamed province's year 2022, taken to be Kon Tum.

    The report says "more than 40" participations; there are 41 records, a number that the report does not say.
    """
    s = TrainingScenario("kon_tum_2022", "62-2008", "51-2025", 1062)
    communes, first, last = _communes(s.province), date(2022, 1, 1), date(2022, 12, 31)
    # What the report does not tell happened to nobody real.
    organizations = [one for one in registry.records["organizations"] if one["is_synthetic"]]
    for at in range(12):
        on_law = s.training_class(
            "Tập huấn Luật Hợp tác xã và chủ trương, chính sách",
            s.day(first, date(2022, 12, 15)),
            communes[at],
            kind="short_course",
            topic="law",
            attribution="alliance_led",
            audience="youth",
        )
        s.attend(on_law, [s.person("youth", None, (1988, 2005), "Đoàn viên") for _ in range(50)], 100_000)
    for at in range(5):
        upskilling = s.training_class(
            "Bồi dưỡng nghiệp vụ quản lý hợp tác xã",
            s.day(first, date(2022, 12, 15)),
            communes[at],
            kind="upskilling",
            topic="management",
            attribution="alliance_led",
            audience="manager",
        )
        people = [s.person("manager", one, (1965, 1995), "Giám đốc") for one in s.sample(organizations, 25)]
        people += [s.person("worker", one, (1970, 2002), None) for one in s.sample(organizations, 15)]
        s.attend(upskilling, people)
    fairs = [
        s.event(
            f"Hội chợ sản phẩm hợp tác xã tại {place}",
            on,
            5,
            kind="fair",
            attribution="supported",
            organizer=_VCA,
            commune=_communes(province)[0],
        )
        for place, province, on in (
            ("Hà Nội", "01-2008", date(2022, 5, 12)),
            ("Gia Lai", "64-2008", date(2022, 8, 18)),
            ("Thành phố Hồ Chí Minh", "79-2008", date(2022, 11, 24)),
        )
    ]
    for fair, count in zip(fairs, (14, 15, 12), strict=True):
        for one in s.sample(organizations, count):
            s.take_part(fair, one, s.kinds(3))
    chain, platform = ("shop_chain", named.BUYER), ("platform", "Sàn thương mại điện tử nông sản")
    linked = s.sample(organizations, 7)
    for one in linked:
        s.link(one, chain, None, s.day(first, last), note="Báo cáo không nêu tên hợp tác xã và ngày ký: dữ liệu mẫu.")
    s.link(linked[0], platform, s.kinds(1)[0], s.day(first, last))
    s.link(organizations[0], platform, s.kinds(1)[0], date(2021, 10, 5))
    s.coverage(
        ("classes", "attendances", "participations", "market_links"),
        first,
        last,
        "Báo cáo năm 2022 của một Liên minh HTX tỉnh, được hiểu là Kon Tum",
    )
    return s
