"""A province's year as reporting answers it, with every kind of measure, for the tests of its page."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
_PLAN = "0192c7e0-0000-7000-8000-00000000a001"


def a_measure(label: str, value: float | None, plan: float, verdict: str | None, **more: Any) -> Json:
    """Return a measure of the plan; what is not given is as of a figure without anything beside it."""
    own = {
        name: more.pop(name) for name in ("expected_by_now", "percent", "exceeds_by_percent", "implied") if name in more
    }
    return {
        "indicator": "cooperatives_new",
        "indicator_label": label,
        "scope": "province",
        "province": "25-2025",
        "from": "2025-01-01",
        "to": "2025-10-31",
        "unit": "cooperative",
        "unit_label": "Hợp tác xã",
        "value": value,
        "status": "reported" if value is not None else "not_reported",
        "source_service": "registry",
        "direction": "more_is_better",
        "evidence": "/v1/registry/organizations?counted_in=cooperatives_new&from=2025-01-01&to=2025-10-31"
        if value is not None
        else None,
        "estimates": [],
        "unavailable": None,
        "task": None,
        "pace": None,
        "plan": {
            "plan_id": _PLAN,
            "version": 1,
            "measure_id": "0192c7e0-0000-7000-8000-00000000a002",
            "value": plan,
            "unit": "cooperative",
            "implied": False,
            "condition": None,
            "expected_by_now": None,
            "percent": None,
            "exceeds_by_percent": None,
            "verdict": verdict,
            **own,
        },
        **more,
    }


A_YEAR: Json = {
    "province": "25-2025",
    "province_name": "Phú Thọ",
    "year": 2025,
    "years": [2026, 2025, 2024],
    "from": "2025-01-01",
    "to": "2025-10-31",
    "plans": [
        {
            "plan_id": _PLAN,
            "kind": "assigned_targets",
            "title": "Chương trình hành động năm 2025",
            "document_number": "190/CTr-LMHTX",
            "province": "25-2025",
            "version": 1,
            "path": f"/v1/reporting/plans/{_PLAN}",
        }
    ],
    "counts": {"exceeded": 1, "met": 1, "partly_met": 1, "missed": 1, "running": 2, "unknown": 2, "behind": 1},
    "measures": [
        a_measure(
            "HTX thành lập mới", 70, 40, "exceeded", percent=175.0, exceeds_by_percent=75.0, expected_by_now=33.3
        ),
        a_measure("Lớp bồi dưỡng", 32, 32, "met", percent=100.0, exceeds_by_percent=0.0, expected_by_now=26.6),
        a_measure(
            "Lượt người được bồi dưỡng",
            1234,
            2275,
            "partly_met",
            percent=54.2,
            expected_by_now=1895.8,
            reported_by={"organizations": 812, "of": 878},
        ),
        a_measure("Dư nợ Quỹ hỗ trợ phát triển HTX", 13200.5, 60000, "missed", percent=22.0, unit_label="Triệu đồng"),
        a_measure("Hộ nghèo được hỗ trợ", 12, 50, "running", percent=24.0, expected_by_now=41.7, pace="behind"),
        a_measure(
            "HTX đạt tiêu chuẩn OCOP 3 sao trở lên",
            9,
            10,
            "running",
            percent=90.0,
            expected_by_now=8.3,
            pace="ahead",
            estimates=[{"value": 11, "verdict": "exceeded", "percent": 110.0}],
        ),
        a_measure("HTX tham gia xúc tiến thương mại", None, 20, None, expected_by_now=16.7),
        {
            **a_measure("Vốn cho vay", None, 30000, None, unit_label="Triệu đồng"),
            "status": "unavailable",
            "source_service": "funds",
            "unavailable": {"service": "funds", "code": "service_down", "detail": "Dịch vụ đang ngừng"},
        },
    ],
    "waiting": [
        {
            "kind": "loan_application",
            "kind_label": "Hồ sơ vay chờ quyết định",
            "service": "funds",
            "title": "HS-12/2025 · Mua máy <sấy>",
            "since": "2025-10-20T02:00:00Z",
            "due_on": None,
            "count": 1,
            "amount_vnd": 450000000,
            "path": "/v1/funds/loan-applications/0192c7e0-0000-7000-8000-00000000a003",
        },
        {
            "kind": "task",
            "kind_label": "Nhiệm vụ sắp đến hạn",
            "service": "reporting",
            "title": "Kiểm tra, báo cáo quý",
            "since": None,
            "due_on": "2025-11-15",
            "count": 1,
            "amount_vnd": None,
            "path": "/v1/reporting/tasks/0192c7e0-0000-7000-8000-00000000a004",
        },
    ],
    "waiting_more": False,
    "late": [
        {
            "kind": "loan",
            "kind_label": "Nợ quá hạn",
            "service": "funds",
            "title": "Khoản vay có nợ quá hạn",
            "due_on": None,
            "days_late": 1510,
            "count": 53,
            "path": "/v1/funds/work-list?kind=overdue",
        }
    ],
    "coverage": [
        {
            "service": "training",
            "service_label": "Đào tạo và xúc tiến thương mại",
            "province": "25-2025",
            "province_name": "Phú Thọ",
            "record_types": [
                {"code": "participations", "label": "Lượt HTX tham gia xúc tiến thương mại"},
                {"code": "classes", "label": "Lớp học"},
            ],
            "covered_from": "2025-01-01",
            "covered_to": "2025-10-31",
            "path": "/v1/training/coverages",
        }
    ],
    "unavailable": [
        {
            "part": "measures",
            "service": "funds",
            "service_label": "Quỹ hỗ trợ phát triển HTX",
            "code": "service_down",
            "reason": "Dịch vụ đang ngừng",
        }
    ],
}
