"""Write the scenarios' records. Deterministic: the same seed, the same files.

    python -m vca.scenarios.generate

Nothing here writes a total: records are made one by one with their days, and the tests count them again. What five
published reports say decides how many of each kind there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from vca.scenarios import cases, models, named, plans, reporting, statistics, training_reports
from vca.scenarios.builder import Scenario
from vca.scenarios.reporting import ReportingScenario
from vca.scenarios.training import TrainingScenario

FOLDER = Path(__file__).resolve().parent
_INSTITUTE = "Viện Khoa học công nghệ và Môi trường"
"""With which Phú Thọ's alliance had rice certified, as its report says."""


def phu_tho() -> Scenario:
    """Phú Thọ, January to August 2023."""
    s = Scenario("phu_tho_2023", "25-2008", 25)
    first, last = date(2023, 1, 1), date(2023, 8, 31)
    label = "Liên minh Hợp tác xã tỉnh Phú Thọ"
    new = [
        s.organization("cooperative", s.day(first, last), sector=sector, support=support)
        for sector, support in zip(
            ["agriculture"] * 20 + ["industry_handicraft"] * 14 + ["trade_service"] * 2,
            ["alliance_led"] * 11 + ["supported"] * 25,
            strict=True,
        )
    ]
    certified = named.phu_tho(s)
    credit = [
        s.organization("cooperative", s.day(date(1996, 1, 1), date(2005, 12, 31)), credit_fund=True) for _ in range(35)
    ]
    older = [s.organization("cooperative", s.day(date(2004, 1, 1), date(2022, 10, 31))) for _ in range(477)]
    # Registered but not operating: dormant, suspended, not started, in dissolution.
    idle = []
    for status, count in (("dormant", 114), ("suspended", 17), ("dissolving", 7)):
        for _ in range(count):
            one = s.organization("cooperative", s.day(date(2003, 1, 1), date(2018, 12, 31)))
            idle.append(one)
            on = s.day(date(2019, 6, 1), date(2022, 12, 31))
            if status == "dormant":
                s.status(one, "operating", "dormant", on)
            elif status == "suspended":
                s.status(one, "legal", "temporarily_suspended", on)
            else:
                s.status(one, "operating", "dormant", on)
                s.status(one, "legal", "dissolving_or_reorganizing", on + timedelta(days=20))
    idle += [
        s.organization("cooperative", s.day(date(2021, 1, 1), date(2022, 12, 31)), operating="not_started")
        for _ in range(8)
    ]
    ended = []
    for when in [(date(2018, 1, 1), date(2022, 12, 31))] * 21 + [(first, last)] * 5:
        one = s.organization("cooperative", s.day(date(2003, 1, 1), date(2016, 12, 31)))
        ended.append(one)
        s.status(one, "legal", "ended", s.day(*when))
    # Whether those that the report names operate, it does not say.
    operating = [*new, *credit, *older]
    # Members: those admitted in the eight months, those before, and some who left.
    founders = [one for one in operating if one["registered_on"] < first]
    joined = s.sample(founders, 14) + s.sample(new, 9)
    for one in joined:
        s.membership(one, s.day(max(first, one["registered_on"] + timedelta(days=1)), last), label)
    taken = {one["id"] for one in joined}
    rest = [one for one in founders if one["id"] not in taken]
    for one in s.sample(rest, 392):
        taken.add(one["id"])
        s.membership(one, s.day(one["registered_on"] + timedelta(days=30), date(2022, 12, 31)), label)
    for one in ended[:9]:
        end = next(f["effective_on"] for f in s.records["status_changes"] if f["organization_id"] == one["id"])
        s.membership(one, s.day(one["registered_on"] + timedelta(days=30), date(2017, 6, 30)), label, left=end)
    for one in s.sample([one for one in rest if one["id"] not in taken], 4):
        on = max(s.day(date(2021, 1, 1), date(2022, 12, 31)), one["registered_on"] + timedelta(days=30))
        s.membership(one, on, label, kind="affiliate")
    for one, hectares in zip(certified, ("215", "178", "140", "110"), strict=True):
        # The report says 643 ha over the four, and no days.
        s.certificate(one, "vietgap", "Lúa", hectares, last, attribution="joint", partners=_INSTITUTE)
    s.certificate(older[0], "vietgap", "Rau", "12.5", date(2022, 5, 16))
    s.certificate(older[1], "organic", "Chè", "8.2", date(2023, 4, 10))
    s.certificate(older[2], "collective_mark", "Bưởi", None, date(2023, 6, 12))
    s.coverage(
        (
            "cooperatives",
            "cooperative_registrations",
            "founding_supports",
            "operating_states",
            "status_changes",
            "alliance_memberships",
            "certificates",
        ),
        first,
        last,
        "Báo cáo 8 tháng 2023 của Liên minh HTX tỉnh Phú Thọ",
    )
    # Groups whose members borrow; how many there are in all is not reported, so no coverage is claimed.
    for _ in range(7):
        s.organization(
            "cooperative_group", s.day(date(2015, 1, 1), date(2021, 12, 31)), sector="agriculture", coded=False
        )
    models.phu_tho(s, certified, older)
    return s


def nghe_an() -> Scenario:
    """Nghệ An at 30 June 2023."""
    s = Scenario("nghe_an_2023", "40-2008", 40)
    for _ in range(846):
        s.organization("cooperative", s.day(date(2003, 1, 1), date(2022, 12, 31)))
    for _ in range(32):
        s.organization("cooperative", s.day(date(2023, 1, 1), date(2023, 6, 30)))
    for _ in range(11):
        one = s.organization("cooperative", s.day(date(2003, 1, 1), date(2015, 12, 31)))
        s.status(one, "legal", "ended", s.day(date(2019, 1, 1), date(2023, 6, 30)))
    s.coverage(
        ("cooperatives", "cooperative_registrations"),
        date(2023, 1, 1),
        date(2023, 6, 30),
        "Báo cáo 6 tháng đầu năm 2023, tỉnh Nghệ An",
    )
    models.nghe_an(s)
    statistics.nghe_an(s)
    return s


def hoa_binh() -> Scenario:
    """Hòa Bình, the year 2023."""
    s = Scenario("hoa_binh_2023", "17-2008", 17)
    first, last = date(2023, 1, 1), date(2023, 12, 31)
    for _ in range(70):
        s.organization("cooperative", s.day(first, last))
    for _ in range(448):
        s.organization("cooperative", s.day(date(2003, 1, 1), date(2022, 12, 31)))
    for _ in range(2):
        s.organization("cooperative_union", s.day(date(2015, 1, 1), date(2022, 12, 31)), sector="agriculture")
    for _ in range(12):
        s.organization("cooperative_group", s.day(first, last), coded=False)
    for _ in range(108):
        s.organization("cooperative_group", s.day(date(2012, 1, 1), date(2022, 12, 31)), coded=False)
    for _ in range(14):
        one = s.organization("cooperative", s.day(date(2003, 1, 1), date(2014, 12, 31)))
        s.status(one, "legal", "ended", s.day(date(2020, 1, 1), last))
    s.coverage(
        (
            "cooperatives",
            "cooperative_registrations",
            "cooperative_groups",
            "cooperative_group_registrations",
            "cooperative_unions",
            "cooperative_union_registrations",
        ),
        first,
        last,
        "Báo cáo năm 2023, tỉnh Hòa Bình",
    )
    cases.hoa_binh(s)
    models.hoa_binh(s)
    # Of all that stand by now.
    statistics.hoa_binh(s)
    return s


def yen_bai() -> Scenario:
    """Yên Bái, 1 January to 20 December 2020."""
    s = Scenario("yen_bai_2020", "15-2008", 15)
    first, last = date(2020, 1, 1), date(2020, 12, 20)
    label = "Liên minh Hợp tác xã tỉnh Yên Bái"
    # The certificate's day of the new one that the report names is not told: these are the 92, by their certificates.
    for _ in range(65):
        s.organization("cooperative", s.day(first, last), support="alliance_led")
    for _ in range(27):
        s.organization("cooperative", s.day(first, last), support="none")
    for _ in range(1283):
        s.organization("cooperative_group", s.day(first, last), coded=False)
    old_style = [s.organization("cooperative", s.day(date(1997, 1, 1), date(2003, 6, 30))) for _ in range(16)]
    for one in old_style:
        s.conversion(one, "old_style_to_new_style", s.day(date(2020, 2, 1), last), attribution="alliance_led")
    members, products = named.yen_bai(s)
    # Members all by the day of the report, which says no days of admission, and of December no day of recognition.
    for one in members:
        s.membership(one, last, label)
    for maker, name in products:
        s.product(maker, name, stars=3, on=last, authority="UBND tỉnh Yên Bái")
    s.coverage(
        (
            "cooperative_registrations",
            "founding_supports",
            "cooperative_group_registrations",
            "cooperative_union_registrations",
            "type_conversions",
            "products",
        ),
        first,
        last,
        "Báo cáo năm 2020 (đến 20/12), Liên minh HTX tỉnh Yên Bái",
    )
    cases.yen_bai(s)
    models.yen_bai(s, old_style)
    return s


def kon_tum() -> Scenario:
    """Kon Tum, of which only the cooperatives that its training and trade name are known: nothing is claimed complete."""
    s = Scenario("kon_tum_2022", "62-2008", 62)
    for _ in range(36):
        s.organization("cooperative", s.day(date(2012, 1, 1), date(2021, 12, 31)), sector="agriculture")
    named.kon_tum(s)
    return s


def scenarios() -> Iterable[Scenario | TrainingScenario | ReportingScenario]:
    """Return every scenario, made anew; training, trade and activities name the organizations of the registry."""
    first, last = phu_tho(), kon_tum()
    trained = (training_reports.phu_tho(first), training_reports.kon_tum(last))
    own_work = (reporting.phu_tho(first), reporting.yen_bai(), reporting.kon_tum())
    planned = (plans.phu_tho(), plans.nghe_an(), plans.hoa_binh(), plans.yen_bai())
    return (first, nghe_an(), hoa_binh(), yen_bai(), last, *trained, *own_work, *planned)


if __name__ == "__main__":
    for scenario in scenarios():
        scenario.write(FOLDER)
