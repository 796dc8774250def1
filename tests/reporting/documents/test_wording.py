"""What reports say of their figures: in the words of the published reports, no more than is known, no less than was planned."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.reporting.documents.figures_read import figures_by_key
from services.reporting.documents.wording import SECTIONS, ReportContext, sentences_of
from services.reporting.documents.wording.context import context_of, day_words, long_day_words, period_words
from services.reporting.documents.wording.numbers_back import faults_of
from tests.reporting.documents import cells as made

YEAR = ReportContext(kind="year", from_=date(2023, 1, 1), to=date(2023, 12, 31), province_name="Hòa Bình")


def text(cells: list[dict[str, Any]], section: str | None = None, context: ReportContext = YEAR) -> str:
    """Return what is said of cells, in one section or all of them."""
    said = sentences_of(cells, context)
    return " ".join(each.text for code in ([section] if section else SECTIONS) for each in said[code])


def report(name: str, section: str) -> list[str]:
    """Return the sentences of a section of a published report."""
    return [each.text for each in sentences_of(made.cells(name), made.context(name))[section]]


def a_plan(value: float, percent: float | None, verdict: str | None, **members: Any) -> dict[str, Any]:
    """Return the plan of a cell."""
    over = None if percent is None or percent <= 100 else percent - 100
    shown = {"plan_id": "p", "version": 1, "measure_id": "m", "implied": False, "condition": None}
    return {**shown, "value": value, "percent": percent, "exceeds_by_percent": over, "verdict": verdict, **members}


def new_cooperatives(value: float | None, plan: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """Return the cell of cooperatives founded in a province."""
    return made.cell("cooperatives_new:province", value=value, plan=plan, **members)


def test_phu_tho_says_what_its_article_says_in_its_order() -> None:
    said = sentences_of(made.cells("phu_tho"), made.context("phu_tho"))
    written = [each.text for section in SECTIONS for each in said[section]]
    assert written == [
        "Liên minh HTX tỉnh Phú Thọ đã xây dựng kế hoạch và tổ chức triển khai các hoạt động hỗ trợ phát triển KTTT, HTX trên "
        "địa bàn tỉnh.",
        "8 tháng đầu năm 2023 đã tư vấn, hỗ trợ thành lập mới 36 HTX, nâng tổng số HTX trên địa bàn tỉnh lên 698 HTX; vận động, "
        "kết nạp 23 HTX trở thành thành viên chính thức của Liên minh HTX tỉnh, nâng tổng số HTX thành viên lên 415 HTX, chiếm "
        "75,7% tổng số các HTX đang hoạt động trên địa bàn tỉnh.",
        "Tổ chức 12 lớp tập huấn nâng cao năng lực cho 695 lượt học viên; phối hợp với các ban, ngành, đơn vị liên quan tổ chức "
        "03 lớp bồi dưỡng cho 205 lượt cán bộ các HTX.",
        "Hỗ trợ 30 lượt HTX tham gia trưng bày 150 loại sản phẩm tại các hội chợ, tuần lễ trưng bày, giới thiệu sản phẩm, kết nối "
        "tiêu thụ sản phẩm trong và ngoài tỉnh.",
        "Các Quỹ thuộc Liên minh HTX tỉnh quản lý đã giải ngân cho vay 43 dự án của các HTX, THT với tổng số tiền cho vay là "
        "13.200 triệu đồng.",
        "Chủ trì, phối hợp thực hiện 03 dự án khoa học công nghệ; tư vấn, hỗ trợ cấp chứng nhận VietGAP cho 643 ha của 04 HTX, "
        "đồng thời triển khai hỗ trợ xây dựng liên kết theo chuỗi giá trị của 04 HTX cung cấp nguyên liệu đầu vào.",
        "Đổi mới công tác thông tin, tuyên truyền bằng nhiều hình thức trên Đài PT – TH tỉnh; báo, Cổng thông tin điện tử tỉnh; "
        "Website Liên minh HTX Việt Nam; Website, Fanpage Liên minh HTX tỉnh.",
        "Tổ chức 02 cuộc thi.",
        "Kết quả 8 tháng đầu năm 2023 đã đăng 16 tin, bài trên báo và Cổng thông tin điện tử tỉnh; đưa 18 tin, 03 phóng sự về hoạt "
        "động KTTT, HTX trên Đài PT – TH tỉnh; đưa 11 tin, bài lên Website Liên minh HTX Việt Nam; đăng 94 tin, bài lên trang Web, "
        "fanpage của Liên minh HTX tỉnh và biên tập, phát hành 500 cuốn Bản tin KTTT.",
    ]


def test_hoa_binh_surpassed_plans_that_were_not_printed_and_tells_what_lagged_with_its_reason() -> None:
    growth = report("hoa_binh", "membership_and_growth")
    assert growth[0] == (
        "Năm 2023, toàn tỉnh thành lập mới 70 HTX, vượt 75% kế hoạch; 12 THT, vượt 20% kế hoạch; lũy kế đến nay toàn tỉnh có 640 "
        "tổ chức kinh tế tập thể đăng ký hoạt động."
    )
    assert growth[1] == "Các tổ chức kinh tế tập thể thu hút 16,3 nghìn thành viên và 28 nghìn lao động tham gia."
    assert growth[2] == (
        "Tỷ lệ cán bộ quản lý HTX có trình độ trung cấp trở lên đạt 82,5%, trong đó tỷ lệ có trình độ cao đẳng, đại học là 35,1%."
    )
    assert growth[3] == (
        "Thu nhập bình quân người lao động trong HTX đạt 4,54 triệu đồng/người/tháng, tăng 4,58% so với năm 2022."
    )
    assert report("hoa_binh", "plan") == [
        "Năm 2023, trong số 12 chỉ tiêu được giao có 09 chỉ tiêu vượt kế hoạch.",
        "Chỉ tiêu giải thể HTX hoạt động không đúng luật hoặc ngừng hoạt động kéo dài đạt tỷ lệ thấp là 19% do nợ thuế.",
        "Chỉ tiêu xây dựng HTX điển hình tiên tiến, ứng dụng công nghệ cao, sản xuất theo chuỗi giá trị mới đạt 18/20 HTX theo kế "
        "hoạch.",
    ]


def test_yen_bai_prints_its_plans_beside_what_came_of_them_until_its_cut_off() -> None:
    growth = report("yen_bai", "membership_and_growth")
    assert growth[1:3] == [
        "Năm 2020 (đến ngày 20/12/2020) đã chủ trì tư vấn, hỗ trợ thành lập mới 65/30 HTX, đạt 217% kế hoạch.",
        "Toàn tỉnh thành lập mới 92/60 HTX, đạt 153,3% kế hoạch; 1.283/1.000 THT, đạt 128,3% kế hoạch.",
    ]
    assert growth[4] == (
        "Đến ngày 20/12/2020, toàn tỉnh có 265 HTX hoạt động hiệu quả, đạt 106% kế hoạch, số HTX hoạt động hiệu quả chiếm hơn 70% "
        "tổng số HTX đang hoạt động."
    )
    assert report("yen_bai", "plan")[0] == (
        "Đến ngày 20/12/2020, Liên minh HTX tỉnh Yên Bái đã hoàn thành toàn diện 6/6 chỉ tiêu, nhiệm vụ được giao, trong đó 5/6 chỉ "
        "tiêu hoàn thành vượt kế hoạch."
    )


def test_nghe_an_tells_half_a_year_and_estimates_the_whole() -> None:
    assert report("nghe_an", "membership_and_growth")[0] == "Đến ngày 30/6/2023, trên địa bàn tỉnh có 878 HTX."
    assert report("nghe_an", "estimates") == [
        "Ước thực hiện cả năm 2023: trên địa bàn tỉnh có 885 HTX, đạt 100% kế hoạch; doanh thu bình quân một HTX đạt 2.280 triệu "
        "đồng/năm, bằng 100,2% kế hoạch."
    ]


def test_a_year_to_come_is_told_by_its_targets() -> None:
    assert report("nghe_an_plan", "plan")[0].startswith(
        "Một số mục tiêu, chỉ tiêu cụ thể năm 2024 gồm: phấn đấu thành lập mới 58 HTX, 01 liên hiệp HTX, 21 THT; số lượng thành viên "
        "HTX đạt 269.080 thành viên;"
    )


def test_forty_one_that_a_report_gives_as_more_than_forty_is_said_so() -> None:
    assert "hơn 40 lượt HTX" in " ".join(report("kon_tum", "trade"))


def test_a_bound_that_the_records_do_not_meet_or_leave_far_behind_is_not_said() -> None:
    for value in (39, 40, 90):
        told = {"value": "40", "comparator": "gt", "source": "Báo", "document": None, "reported_figure_id": "r"}
        assert f"thành lập mới {value} HTX" in text([new_cooperatives(value, reported_elsewhere=[told])])


def test_a_rounding_rule_rounds_down_and_says_more_than() -> None:
    assert "thành lập mới hơn 40 HTX" in text([new_cooperatives(41, round_to="10")])
    assert "thành lập mới 40 HTX" in text([new_cooperatives(40, round_to="10")])


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (new_cooperatives(65, a_plan(30, 216.7, "exceeded")), "65/30 HTX, đạt 217% kế hoạch"),
        (new_cooperatives(70, a_plan(40, 175.0, "exceeded")), "70/40 HTX, đạt 175% kế hoạch"),
        (new_cooperatives(70, a_plan(40, 175.0, "exceeded", implied=True)), "70 HTX, vượt 75% kế hoạch"),
        (new_cooperatives(885, a_plan(885, 100.0, "met")), "885/885 HTX, đạt 100% kế hoạch"),
        (new_cooperatives(18, a_plan(20, 90.0, "partly_met")), "18/20 HTX, mới đạt 90% kế hoạch"),
        (new_cooperatives(3, a_plan(20, 15.0, "missed")), "3/20 HTX, chỉ đạt 15% kế hoạch"),
        (new_cooperatives(10, a_plan(20, 50.0, "running")), "10/20 HTX, bằng 50% kế hoạch"),
        (new_cooperatives(0, a_plan(20, 0.0, "missed")), "0/20 HTX, chỉ đạt 0% kế hoạch"),
        (new_cooperatives(5, a_plan(0, None, None)), "mới 05 HTX."),
        (new_cooperatives(2499, a_plan(2500, 100.0, "partly_met")), "2.499/2.500 HTX, mới đạt 99,96% kế hoạch"),
        (new_cooperatives(2501, a_plan(2500, 100.0, "exceeded", implied=True)), "2.501 HTX, vượt 0,04% kế hoạch"),
    ],
)
def test_what_came_of_a_plan_is_said_as_reports_say_it(cell: dict[str, Any], said: str) -> None:
    assert said in text([cell], "membership_and_growth")


def test_a_surpassed_plan_is_said_both_ways_on_demand() -> None:
    cell = new_cooperatives(70, a_plan(40, 175.0, "exceeded", implied=True))
    reached = ReportContext(**{**vars(YEAR), "plan_manner": "reached"})
    above = ReportContext(**{**vars(YEAR), "plan_manner": "exceeded_by"})
    assert "70 HTX, đạt 175% kế hoạch" in text([cell], context=reached)
    assert "70 HTX, vượt 75% kế hoạch" in text([cell], context=above)


def test_less_is_better_turns_the_words_round() -> None:
    share = made.cell("fund_npl_ratio:alliance", value=1.5, unit="percent", direction="less_is_better")
    good = {**share, "plan": a_plan(2, 75.0, "exceeded")}
    bad = {**share, "value": 3.0, "plan": a_plan(2, 150.0, "missed")}
    assert "tỷ lệ nợ xấu 1,5%, bằng 75% mức kế hoạch, tốt hơn kế hoạch" in text([good], "funds")
    assert "tỷ lệ nợ xấu 3%, bằng 150% mức kế hoạch, chưa đạt kế hoạch" in text([bad], "funds")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (12.5, "tăng 12,5% so với năm 2022"),
        (-3.25, "giảm 3,25% so với năm 2022"),
        (0, "bằng năm 2022"),
        (None, "70 HTX."),
    ],
)
def test_a_change_is_said_against_the_same_days_before(change: float | None, said: str) -> None:
    before = None if change is None else {"value": 62, "from": "2022-01-01", "to": "2022-12-31", "status": "reported"}
    assert said in text([new_cooperatives(70, previous=before, change_percent=change)])


def test_a_share_changes_by_points_and_part_of_a_year_is_compared_with_the_same_part() -> None:
    part = context_of("25-2008", "eight_months", date(2023, 1, 1), date(2023, 8, 31))
    share = made.cell(
        "alliance_member_share_of_active:alliance",
        value=75.7,
        unit="percent",
        previous={"value": 73.2},
        change=2.5,
        change_percent=3.4153,
    )
    total = made.cell("alliance_member_cooperatives_total:alliance", value=415)
    assert "tăng 2,5 điểm phần trăm so với cùng kỳ năm 2022" in text([share, total], context=part)


@pytest.mark.parametrize(
    "members",
    [
        {"value": None, "status": "not_reported"},
        {
            "value": None,
            "status": "unavailable",
            "unavailable": {"service": "registry", "code": "service_down", "detail": ""},
        },
        {"value": 0},
    ],
)
def test_what_is_not_known_is_not_said(members: dict[str, Any]) -> None:
    assert text([made.cell("cooperatives_new:province", **members)]) == ""


def test_a_clause_goes_and_its_sentence_stays() -> None:
    cells = [each for each in made.cells("phu_tho") if each["indicator"] != "training_attendances_alliance"]
    (said,) = [each.text for each in sentences_of(cells, made.context("phu_tho"))["training"]]
    assert said.startswith("Tổ chức 12 lớp tập huấn nâng cao năng lực; phối hợp")


def test_a_partial_figure_says_what_it_lacks() -> None:
    some: dict[str, Any] = {"status": "partial", "missing_provinces": ["17-2008"]}
    many: dict[str, Any] = {
        "status": "partial",
        "missing_provinces": [f"{code}-2008" for code in ("15", "17", "25", "40")],
    }
    assert "36 HTX (chưa gồm số liệu của Hòa Bình)" in text([new_cooperatives(36, **some)])
    assert "36 HTX (mới có một phần số liệu)" in text([new_cooperatives(36, **many)])


def test_a_plan_that_no_section_tells_of_is_told_behind_the_others() -> None:
    grdp = made.cell(
        "grdp_share:province", label="Đóng góp GRDP", unit="percent", value=0.4, plan=a_plan(0.3, 133.3, "exceeded")
    )
    assert "Kết quả thực hiện các chỉ tiêu khác: đóng góp GRDP: 0,4%, đạt 133,3% kế hoạch." in text([grdp], "plan")


def test_numbers_of_an_explanation_are_people_s_own_words() -> None:
    cell = new_cooperatives(3, a_plan(20, 15.0, "missed"), explanation="Do vướng 12 hồ sơ nợ thuế.")
    (said, *_) = sentences_of([cell], YEAR)["membership_and_growth"]
    assert "chỉ đạt 15% kế hoạch do vướng 12 hồ sơ nợ thuế" in said.text
    assert faults_of(said, figures_by_key([cell])) == []


@pytest.mark.parametrize(
    ("first", "last", "is_year", "words"),
    [
        ("2023-01-01", "2023-08-31", False, "8 tháng đầu năm 2023"),
        ("2023-01-01", "2023-06-30", False, "6 tháng đầu năm 2023"),
        ("2023-07-01", "2023-12-31", False, "6 tháng cuối năm 2023"),
        ("2023-01-01", "2023-12-31", True, "năm 2023"),
        ("2020-01-01", "2020-12-20", True, "năm 2020 (đến ngày 20/12/2020)"),
        ("2020-01-01", "2020-12-20", False, "từ đầu năm 2020 đến ngày 20/12/2020"),
        ("2023-07-01", "2023-09-30", False, "quý III/2023"),
        ("2023-08-01", "2023-08-31", False, "tháng 8/2023"),
        ("2025-12-15", "2026-12-14", False, "năm thống kê 2026 (từ ngày 15/12/2025 đến ngày 14/12/2026)"),
        ("2023-03-05", "2024-02-03", False, "từ ngày 05/3/2023 đến ngày 03/02/2024"),
    ],
)
def test_days_are_said_as_reports_say_them(first: str, last: str, is_year: bool, words: str) -> None:
    assert period_words(date.fromisoformat(first), date.fromisoformat(last), is_year=is_year) == words


def test_the_days_of_a_document_have_their_zeros() -> None:
    assert day_words(date(2023, 2, 2)) == "02/02/2023"
    assert long_day_words(date(2023, 9, 5)) == "ngày 05 tháng 9 năm 2023"


def test_a_city_and_the_nation_are_no_province() -> None:
    cell = new_cooperatives(70)
    days = ("year", date(2023, 1, 1), date(2023, 12, 31))
    assert "toàn thành phố thành lập mới 70 HTX" in text([cell], context=context_of("01-2008", *days))
    assert "cả nước thành lập mới 70 HTX" in text([cell], context=context_of("VN", *days))


def test_what_goes_on_behind_a_plan_stands_behind_a_comma() -> None:
    classes = made.cell(
        "training_classes_alliance:alliance_led", unit="class", value=12, plan=a_plan(10, 120.0, "exceeded")
    )
    people = made.cell("training_attendances_alliance:alliance_led", unit="attendance", value=695)
    assert text([classes, people], "training") == (
        "Tổ chức 12/10 lớp tập huấn nâng cao năng lực, đạt 120% kế hoạch, cho 695 lượt học viên."
    )


def test_only_headline_figures_tell_their_change() -> None:
    before: dict[str, Any] = {"previous": {"value": 10}, "change": 2, "change_percent": 20}
    teams = made.cell("alliance_member_teams_consolidated:alliance", unit="member_team", value=12, **before)
    assert text([teams]) == "Liên minh HTX tỉnh đã kiện toàn 12 tổ thành viên tại các địa phương."
    loans = made.cell("loan_amount_disbursed:alliance", unit="vnd", value=12_000_000_000, **before)
    assert "12.000 triệu đồng, tăng 20% so với năm 2022" in text([loans])


def test_what_figures_are_compared_with_is_named_once_a_sentence() -> None:
    before: dict[str, Any] = {"previous": {"value": 10}, "change": 2, "change_percent": 20}
    half = context_of("25-2008", "six_months", date(2023, 1, 1), date(2023, 6, 30))
    groups = made.cell("cooperative_groups_new:province", unit="cooperative_group", value=12, **before)
    assert text([new_cooperatives(70, **before), groups], context=half) == (
        "6 tháng đầu năm 2023, toàn tỉnh thành lập mới 70 HTX, tăng 20% so với cùng kỳ năm 2022; 12 THT, tăng 20% so với cùng kỳ."
    )


def test_a_plan_of_the_year_is_held_against_the_year_so_far() -> None:
    cell = new_cooperatives(12, a_plan(40, 75.0, "partly_met"), cumulative={"value": 30})
    quarter = context_of("17-2008", "quarter", date(2023, 7, 1), date(2023, 9, 30))
    assert text([cell], "membership_and_growth", quarter) == (
        "Quý III/2023, toàn tỉnh thành lập mới 12 HTX, lũy kế từ đầu năm 30/40 HTX, mới đạt 75% kế hoạch."
    )


def test_what_is_said_of_a_figure_that_others_report_in_another_unit_is_no_bound_of_it() -> None:
    told = {"value": 40, "unit": "organization", "comparator": "gt", "source": "Báo", "document": None}
    assert "thành lập mới 41 HTX" in text([new_cooperatives(41, reported_elsewhere=[told])])
