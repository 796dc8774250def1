"""The plans that the published reports measure by: their tasks and targets, completions and estimates.

Targets are those that the reports print, or follow from a percentage that they print (`implied`). What a report does not name is
invented and marked so; what it does not say of a plan, such as the day of its approval, is told in its note.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from vca.scenarios.builder import Row
from vca.scenarios.reporting import ReportingScenario

_COLUMNS = {
    "plans": (
        "id",
        "kind",
        "title",
        "document_number",
        "issuer",
        "starts_on",
        "ends_on",
        "province",
        "note",
        "is_synthetic",
        "decision_number",
        "decided_on",
    ),
    "tasks": ("id", "plan_id", "ordinal", "title", "responsible_unit", "due_every_months", "note", "is_synthetic"),
    "measures": (
        "id",
        "plan_id",
        "task_id",
        "indicator",
        "scope",
        "value",
        "unit",
        "baseline",
        "condition",
        "is_condition",
        "implied",
        "phasing",
        "phases",
        "is_synthetic",
    ),
    "task_completions": ("id", "task_id", "completed_on", "result", "reported_to"),
    "estimates": ("id", "measure_id", "made_on", "value", "source", "note"),
}
_UNTOLD = "minh họa"
"""The number of a decision that no report names."""
_NO_DECISION = "Báo cáo không nêu số và ngày phê duyệt: số liệu minh họa."


class PlanScenario(ReportingScenario):
    """The plans of one alliance's report, in the making."""

    columns = _COLUMNS

    def plan(self, kind: str, title: str, year: int, *, note: str = _NO_DECISION, **fields: Any) -> Row:
        """Add a plan of a year of the province, approved before the year began."""
        days = {"starts_on": date(year, 1, 1), "ends_on": date(year, 12, 31), "decided_on": date(year - 1, 12, 25)}
        plain = {"province": self.province, "decision_number": _UNTOLD, "is_synthetic": False}
        return self._add("plans", **{**plain, **days, "kind": kind, "title": title, "note": note, **fields})

    def task(self, plan: Row, title: str, **fields: Any) -> Row:
        """Add the plan's next task."""
        ordinal = 1 + sum(task["plan_id"] == plan["id"] for task in self.records["tasks"])
        plain = {"plan_id": plan["id"], "ordinal": ordinal, "title": title, "is_synthetic": plan["is_synthetic"]}
        return self._add("tasks", **{**plain, **fields})

    def measure(
        self, plan: Row, task: Row | None, indicator: str, scope: str, value: str, unit: str, **fields: Any
    ) -> Row:
        """Add a target of the plan, for all of its days."""
        of = {"plan_id": plan["id"], "task_id": None if task is None else task["id"], "is_synthetic": False}
        plain = {"indicator": indicator, "scope": scope, "value": value, "unit": unit}
        return self._add("measures", **{**of, **plain, **fields})

    def completed(self, task: Row, days: Sequence[date], result: str, reported_to: str | None = None) -> None:
        """Add that a task was done on each of the days."""
        for day in days:
            self._add("task_completions", task_id=task["id"], completed_on=day, result=result, reported_to=reported_to)

    def estimate(self, measure: Row, on: date, value: str, note: str) -> None:
        """Add what the report expects a measure to come to."""
        self._add("estimates", measure_id=measure["id"], made_on=on, value=value, source=self._source, note=note)


def phu_tho() -> PlanScenario:
    """Phú Thọ's work of 2023: the report prints no target, so all of it is invented, around what the eight months brought."""
    s = PlanScenario("phu_tho_2023", "25-2008", 125, "Minh họa")
    plan = s.plan(
        "assigned_targets",
        "Chỉ tiêu, nhiệm vụ năm 2023 của Liên minh HTX tỉnh Phú Thọ (minh họa)",
        2023,
        note="Kế hoạch minh họa: báo cáo 8 tháng năm 2023 không nêu chỉ tiêu.",
        is_synthetic=True,
    )
    quarters = [date(2023, 3, 31), date(2023, 6, 30), date(2023, 9, 30), date(2023, 12, 31)]
    copies = [
        {"through": day, "value": value} for day, value in zip(quarters, ("0", "500", "500", "1000"), strict=True)
    ]
    targets: tuple[tuple[str, str, tuple[tuple[str, str, str, str, Row], ...]], ...] = (
        (
            "Tư vấn, hỗ trợ thành lập mới 50 HTX",
            "Phòng Phong trào và Thành viên",
            (("cooperatives_new_supported", "alliance_supported", "50", "cooperative", {}),),
        ),
        (
            "Kết nạp 30 HTX thành viên, nâng tổng số lên 420 HTX",
            "Phòng Phong trào và Thành viên",
            (
                ("alliance_members_admitted", "alliance", "30", "cooperative", {}),
                ("alliance_member_cooperatives_total", "alliance", "420", "cooperative", {"baseline": "392"}),
            ),
        ),
        (
            "Tổ chức 15 lớp tập huấn cho 800 lượt học viên",
            "Trung tâm Tư vấn hỗ trợ HTX",
            (
                ("training_classes_alliance", "alliance_led", "15", "class", {}),
                ("training_attendances_alliance", "alliance_led", "800", "attendance", {}),
            ),
        ),
        (
            "Hỗ trợ 45 lượt HTX tham gia xúc tiến thương mại",
            "Trung tâm Tư vấn hỗ trợ HTX",
            (("trade_promotion_cooperative_participations", "alliance_supported", "45", "participation", {}),),
        ),
        (
            "Giải ngân 18 tỷ đồng cho 60 dự án vay vốn",
            "Quỹ Hỗ trợ phát triển HTX",
            (
                ("loan_amount_disbursed", "funds_managed_by_alliance", "18000", "million_vnd", {}),
                ("loan_projects_disbursed", "funds_managed_by_alliance", "60", "project", {}),
            ),
        ),
        (
            "Hỗ trợ chứng nhận VietGAP cho 600 ha lúa",
            "Phòng Chính sách - Pháp luật",
            (("certified_area_vietgap", "joint", "600", "hectare", {}),),
        ),
        (
            "Phát hành 1.000 cuốn Bản tin kinh tế tập thể",
            "Văn phòng",
            (("media_bulletin_copies", "alliance", "1000", "copy", {"phasing": "by_quarter", "phases": copies}),),
        ),
    )
    for title, unit, measures in targets:
        task = s.task(plan, title, responsible_unit=unit)
        for code, scope, value, of, fields in measures:
            s.measure(plan, task, code, scope, value, of, is_synthetic=True, **fields)
    reported = s.task(
        plan, "Báo cáo tình hình kinh tế tập thể hằng quý", responsible_unit="Văn phòng", due_every_months=3
    )
    s.completed(reported, [date(2023, 3, 28), date(2023, 6, 27)], "Đã gửi báo cáo quý (minh họa)", "UBND tỉnh Phú Thọ")
    return s


def nghe_an() -> PlanScenario:
    """Nghệ An: the plan of 2023 as far as it follows from its estimates, and the ten targets of 2024."""
    source = "UBND tỉnh Nghệ An, ước thực hiện cả năm 2023"
    s = PlanScenario("nghe_an_2023", "40-2008", 140, source)
    issuer = "UBND tỉnh Nghệ An"
    plan = s.plan("provincial_plan", "Kế hoạch phát triển kinh tế tập thể tỉnh Nghệ An năm 2023", 2023, issuer=issuer)
    total = s.measure(plan, None, "cooperatives_total", "province", "885", "cooperative", implied=True)
    revenue = s.measure(
        plan, None, "avg_revenue_per_cooperative", "province", "2275", "million_vnd_per_year", implied=True
    )
    # The report tells of the first six months; of which day its estimates are, it does not say.
    half = date(2023, 6, 30)
    s.estimate(total, half, "885", "Ước cả năm có 885 HTX, đạt 100% kế hoạch")
    s.estimate(revenue, half, "2280", "Ước cả năm đạt 2.280 triệu đồng/năm, bằng 100,2% kế hoạch")
    plan = s.plan("provincial_plan", "Kế hoạch phát triển kinh tế tập thể tỉnh Nghệ An năm 2024", 2024, issuer=issuer)
    for code, value, unit in (
        ("cooperatives_new", "58", "cooperative"),
        ("cooperative_unions_new", "1", "cooperative_union"),
        ("cooperative_groups_new", "21", "cooperative_group"),
        ("cooperative_members_total", "269080", "member"),
        ("cooperative_group_members_total", "40525", "member"),
        ("avg_revenue_per_cooperative", "2285", "million_vnd_per_year"),
        ("avg_revenue_per_cooperative_group", "355", "million_vnd_per_year"),
        ("avg_income_per_cooperative_worker", "58.5", "million_vnd_per_person_year"),
        ("managers_share_college_or_higher", "25", "percent"),
        ("managers_share_elementary_intermediate", "60", "percent"),
    ):
        s.measure(plan, None, code, "province", value, unit)
    return s


def hoa_binh() -> PlanScenario:
    """Hòa Bình 2023: twelve targets, of which nine were exceeded, one met, one met in part and one missed.

    The report names four of them, two by how far they were exceeded, and says of information that it met its target; seven
    that it only says were exceeded are invented.
    """
    s = PlanScenario("hoa_binh_2023", "17-2008", 117, "Báo cáo năm 2023, tỉnh Hòa Bình")
    plan = s.plan("assigned_targets", "12 chỉ tiêu kế hoạch năm 2023 của Liên minh HTX tỉnh Hòa Bình", 2023)
    named: tuple[tuple[str, str, str, str, bool], ...] = (
        ("Thành lập mới HTX", "cooperatives_new", "40", "cooperative", True),
        ("Thành lập mới THT", "cooperative_groups_new", "10", "cooperative_group", True),
        (
            "Xây dựng HTX điển hình tiên tiến, ứng dụng công nghệ cao, sản xuất theo chuỗi giá trị",
            "advanced_cooperative_models",
            "20",
            "cooperative",
            False,
        ),
        (
            "Giải thể HTX hoạt động không đúng luật hoặc ngừng hoạt động trên 12 tháng",
            "dissolution_target_achievement",
            "100",
            "percent",
            False,
        ),
    )
    for title, code, value, unit, implied in named:
        s.measure(plan, s.task(plan, title), code, "province", value, unit, implied=implied)
    told = s.task(
        plan,
        "Tuyên truyền, phổ biến chủ trương của Đảng, chính sách pháp luật của Nhà nước, của tỉnh về kinh tế tập thể",
        note="Báo cáo nêu đạt kế hoạch, không nêu số.",
    )
    s.completed(told, [date(2023, 12, 15)], "Đạt kế hoạch (ngày minh họa)")
    for title, code, scope, value, unit in (
        (
            "Tổng số tổ chức kinh tế tập thể (minh họa)",
            "collective_organizations_total",
            "province",
            "620",
            "organization",
        ),
        ("Thu hút thành viên (minh họa)", "collective_members_total", "province", "16000", "member"),
        ("Giải quyết việc làm (minh họa)", "collective_workers_total", "province", "27500", "worker"),
        (
            "Cán bộ quản lý HTX trình độ trung cấp trở lên (minh họa)",
            "managers_share_intermediate_or_higher",
            "province",
            "80",
            "percent",
        ),
        (
            "Cán bộ quản lý HTX trình độ cao đẳng, đại học (minh họa)",
            "managers_share_college_or_higher",
            "province",
            "35",
            "percent",
        ),
        (
            "Thu nhập bình quân lao động trong HTX (minh họa)",
            "avg_income_per_cooperative_worker",
            "province",
            "4.5",
            "million_vnd_per_person_month",
        ),
        (
            "Kiện toàn tổ thành viên (minh họa)",
            "alliance_member_teams_consolidated",
            "alliance",
            "8",
            "member_team",
        ),
    ):
        task = s.task(plan, title, is_synthetic=True)
        s.measure(plan, task, code, scope, value, unit, is_synthetic=True)
    return s


def yen_bai() -> PlanScenario:
    """Yên Bái 2020: the six tasks of the action programme 190 as the report numbers them, and the province's own plan."""
    s = PlanScenario("yen_bai_2020", "15-2008", 115, "Báo cáo năm 2020, Liên minh HTX tỉnh Yên Bái")
    plan = s.plan(
        "assigned_targets",
        "Nhiệm vụ năm 2020 của Liên minh HTX tỉnh Yên Bái theo Chương trình hành động 190",
        2020,
        document_number="Chương trình hành động 190",
        issuer="Tỉnh ủy Yên Bái",
    )
    led = "alliance_led"
    task = s.task(plan, "Chủ trì, hỗ trợ thành lập mới 30 HTX; chuyển đổi 10 HTX thành HTX kiểu mới")
    s.measure(plan, task, "cooperatives_new", led, "30", "cooperative")
    s.measure(plan, task, "cooperatives_converted_new_style", led, "10", "cooperative")
    task = s.task(plan, "Duy trì và đảm bảo hoạt động hiệu quả, bền vững tối thiểu 250 HTX")
    s.measure(plan, task, "cooperatives_effective", "province", "250", "cooperative")
    task = s.task(
        plan,
        "Kiểm tra thẩm định, đánh giá các HTX, tổ hợp tác được thành lập mới trong năm 2020, báo cáo Thường trực Tỉnh ủy định "
        "kỳ 3 tháng/lần",
        due_every_months=3,
    )
    # The report says that it was done, not on which days.
    days = [date(2020, 3, 30), date(2020, 6, 29), date(2020, 9, 29), date(2020, 12, 18)]
    s.completed(task, days, "Đã kiểm tra và báo cáo (ngày minh họa)", "Thường trực Tỉnh ủy Yên Bái")
    task = s.task(plan, "Xây dựng 03 mô hình HTX phát triển sản xuất gắn với chuỗi giá trị")
    s.measure(plan, task, "value_chain_models", led, "3", "model")
    task = s.task(plan, "Xây dựng 05 sản phẩm OCOP do Liên minh HTX tỉnh trực tiếp thực hiện ở cơ sở đạt 3 sao")
    s.measure(plan, task, "ocop_products_recognized", led, "5", "product", condition="3 sao")
    s.measure(plan, task, "ocop_star_grade", led, "3", "star", condition="3 sao", is_condition=True)
    task = s.task(plan, "Tuyên truyền, vận động, hỗ trợ, giúp đỡ 30 hộ thoát nghèo")
    s.measure(plan, task, "poor_households_supported", led, "30", "household")
    plan = s.plan("provincial_plan", "Kế hoạch phát triển kinh tế tập thể tỉnh Yên Bái năm 2020", 2020)
    s.measure(plan, None, "cooperatives_new", "province", "60", "cooperative")
    s.measure(plan, None, "cooperative_groups_new", "province", "1000", "cooperative_group")
    return s
