"""The codes of plans and of what came of them."""

from __future__ import annotations

from kernel.values.wording import Labels

PLAN_KINDS: Labels = {
    "assigned_targets": ("Chỉ tiêu, nhiệm vụ được giao", "Assigned targets"),
    "provincial_plan": ("Kế hoạch phát triển kinh tế tập thể của tỉnh", "Plan of the province"),
    "work_plan": ("Kế hoạch công tác của Liên minh", "Work plan of the alliance"),
}
PLAN_STATES: Labels = {
    "draft": ("Đang soạn", "Draft"),
    "approved": ("Đã phê duyệt", "Approved"),
    "adjusting": ("Đang điều chỉnh", "Being adjusted"),
}
MEASURE_COMPARATORS: Labels = {
    "eq": ("Bằng", "Equal to"),
    "ge": ("Ít nhất", "At least"),
    "gt": ("Trên", "More than"),
    "le": ("Không quá", "At most"),
    "lt": ("Dưới", "Less than"),
    "approx": ("Khoảng", "About"),
}
"""How the plan words its number: "trên 70 %" is not met by 70, the others are met by the number itself."""
PHASINGS: Labels = {
    "linear": ("Đều theo ngày", "Evenly by day"),
    "by_quarter": ("Theo quý", "By quarter"),
    "explicit": ("Theo mốc tự đặt", "By days of its own"),
}
VERDICTS: Labels = {
    "exceeded": ("Vượt kế hoạch", "Exceeded"),
    "met": ("Đạt kế hoạch", "Met"),
    "partly_met": ("Đạt một phần", "Partly met"),
    "missed": ("Không đạt", "Missed"),
    "running": ("Đang thực hiện", "Running"),
}

ALL: dict[str, Labels] = {
    "plan-kinds": PLAN_KINDS,
    "plan-states": PLAN_STATES,
    "measure-comparators": MEASURE_COMPARATORS,
    "phasings": PHASINGS,
    "verdicts": VERDICTS,
}
