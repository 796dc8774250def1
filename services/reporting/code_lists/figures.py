"""The codes of the catalogue and of figures asked from all services."""

from __future__ import annotations

from kernel.values import common_lists
from kernel.values.wording import Labels

PLAN_COUNTS: Labels = {
    "plan_indicators_assigned": ("Chỉ tiêu kế hoạch được giao", "Plan indicators assigned"),
    "plan_indicators_exceeded": ("Chỉ tiêu vượt kế hoạch", "Plan indicators exceeded"),
    "plan_indicators_met": ("Chỉ tiêu đạt kế hoạch", "Plan indicators met"),
    "plan_indicators_partly_met": ("Chỉ tiêu đạt một phần kế hoạch", "Plan indicators partly met"),
    "plan_indicators_missed": ("Chỉ tiêu không đạt kế hoạch", "Plan indicators missed"),
}
"""Counts of the tasks of a plan by their verdict: no table of records counts them (figures/task_counts.py)."""
SOURCE_SERVICES: Labels = {
    "registry": ("Sổ đăng ký tổ chức", "Registry"),
    "funds": ("Quỹ hỗ trợ phát triển HTX", "Funds"),
    "training": ("Đào tạo và xúc tiến thương mại", "Training and trade"),
    "reporting": ("Báo cáo", "Reporting"),
}
DIRECTIONS: Labels = {
    "more_is_better": ("Càng cao càng tốt", "More is better"),
    "less_is_better": ("Càng thấp càng tốt", "Less is better"),
    "neither": ("Không xét cao thấp", "Neither"),
}
AGGREGATIONS: Labels = {
    "sum": ("Cộng theo nơi và theo kỳ", "Adds up over areas and periods"),
    "last": ("Cộng theo nơi; theo kỳ lấy số cuối", "Adds up over areas; of periods the last stands"),
    "min": ("Lấy số nhỏ nhất", "The least"),
    "recompute": ("Tính lại, không cộng được", "Computed anew"),
}
FIGURE_STATUSES: Labels = {
    **common_lists.FIGURE_STATUSES,
    "unavailable": ("Dịch vụ chưa trả lời", "The service did not answer"),
}
NO_ANSWERS: Labels = {
    "service_down": ("Dịch vụ đang ngừng", "The service is down"),
    "too_slow": ("Dịch vụ trả lời quá lâu", "The service took too long"),
    "not_permitted": ("Tài khoản không được xem", "The account may not see it"),
    "bad_answer": ("Câu trả lời không dùng được", "Its answer cannot be used"),
}

ALL: dict[str, Labels] = {
    "plan-counts": PLAN_COUNTS,
    "source-services": SOURCE_SERVICES,
    "indicator-directions": DIRECTIONS,
    "aggregations": AGGREGATIONS,
    "reporting-figure-statuses": FIGURE_STATUSES,
    "no-answers": NO_ANSWERS,
}
