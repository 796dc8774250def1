"""What is refused of figures as another body reports them."""

from __future__ import annotations

from typing import Any, ClassVar

from kernel.problems import EXAMPLE_ID, Problem


class ReportedFigureExists(Problem):
    status, code = 409, "reported_figure_exists"
    title = ("Số liệu này đã được ghi", "Reported figure already exists")
    detail = (
        "Văn bản này của {source} đã được ghi một số liệu cho cùng chỉ tiêu, phạm vi, nơi và kỳ; hãy sửa số liệu đã có, hoặc "
        "ghi số văn bản khác.",
        "A figure of {source} in this document is recorded already for the same indicator, scope, place and period; correct "
        "that one, or give another document number.",
    )
    example: ClassVar[dict[str, Any]] = {
        "source": "Sở Kế hoạch và Đầu tư",
        "indicator": "cooperative_groups_new",
        "reported_figure_id": EXAMPLE_ID,
    }
