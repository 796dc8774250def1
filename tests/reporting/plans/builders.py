"""Plans, valid by default: a test names just what it is about. All names are invented."""

from __future__ import annotations

import itertools
from typing import Any

from tests.reporting.builders import PATH
from tests.support.answers import ok
from tests.support.client import ApiClient

PLANS, TASKS, MEASURES = f"{PATH}/plans", f"{PATH}/tasks", f"{PATH}/measures"
COMPLETIONS, ESTIMATES, APPROVALS = f"{PATH}/task-completions", f"{PATH}/estimates", f"{PATH}/approvals"
_NUMBERS = itertools.count(1)


def a_plan(**fields: Any) -> dict[str, Any]:
    """Return the body of what was assigned to the alliance of old Hòa Bình for 2023."""
    return {
        "kind": "assigned_targets",
        "title": f"Chỉ tiêu, nhiệm vụ được giao năm 2023, bản {next(_NUMBERS)}",
        "document_number": "12/KH-UBND",
        "document_on": "2023-01-05",
        "issuer": "Ủy ban nhân dân tỉnh",
        "starts_on": "2023-01-01",
        "ends_on": "2023-12-31",
        "province": "17-2008",
        **fields,
    }


def a_task(**fields: Any) -> dict[str, Any]:
    return {"ordinal": 1, "title": "Thành lập mới hợp tác xã", "responsible_unit": "Phòng Phong trào", **fields}


def a_measure(**fields: Any) -> dict[str, Any]:
    """Return the body of 40 new cooperatives in the plan's area and days."""
    return {"indicator": "cooperatives_new", "scope": "province", "value": "40", "unit": "cooperative", **fields}


def a_completion(**fields: Any) -> dict[str, Any]:
    return {"completed_on": "2023-03-30", "result": "Đã kiểm tra, báo cáo quý I", **fields}


def an_estimate(**fields: Any) -> dict[str, Any]:
    return {"made_on": "2023-06-30", "value": "44", "source": "Báo cáo 6 tháng", **fields}


def a_decision(**fields: Any) -> dict[str, Any]:
    return {"decision_number": "45/QĐ-LMHTX", "decided_on": "2023-01-10", **fields}


class Planning:
    """Plans made through the service's own operations: entered by one person, approved by another."""

    def __init__(self, client: ApiClient) -> None:
        self.client = client.as_(area="VN", sub="planner")
        self.approver = client.as_(area="VN", sub="director", scope="reports.read reports.approve")

    async def create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return ok(await self.client.post(path, json=body), 201)

    async def scan(self, text: str, alliance: str = "25-2025") -> str:
        """Upload a paper and return its id."""
        files = {"file": ("ke-hoach.pdf", f"%PDF-1.4\n% {text}\n%%EOF\n".encode(), "application/pdf")}
        sent = await self.client.post(f"{PATH}/files", files=files, params={"alliance": alliance})
        return str(ok(sent, 201)["id"])

    async def plan(self, **fields: Any) -> dict[str, Any]:
        """Enter a draft."""
        return await self.create(PLANS, a_plan(**fields))

    async def task(self, plan: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """Enter a task of a plan."""
        return await self.create(TASKS, a_task(plan_id=plan["id"], **fields))

    async def measure(self, plan: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """Enter a measure of a plan."""
        return await self.create(MEASURES, a_measure(plan_id=plan["id"], **fields))

    async def completion(self, task: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """Enter that a task was done."""
        return await self.create(COMPLETIONS, a_completion(task_id=task["id"], **fields))

    async def estimate(self, measure: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """Enter an estimate of a measure."""
        return await self.create(ESTIMATES, an_estimate(measure_id=measure["id"], **fields))

    async def approve(self, plan: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """Approve a plan as it stands, by another person."""
        return ok(await self.approver.post(f"{PLANS}/{plan['id']}/approval", json=a_decision(**fields)), 201)

    async def adjust(self, plan: dict[str, Any], reason: str = "Giao bổ sung") -> dict[str, Any]:
        """Open an approved plan to be edited."""
        return ok(await self.client.post(f"{PLANS}/{plan['id']}/adjustment", json={"reason": reason}), 201)

    async def cancel_adjustment(self, plan: dict[str, Any], reason: str = "Tỉnh không giao nữa") -> dict[str, Any]:
        """Give up the adjustment of a plan."""
        path = f"{PLANS}/{plan['id']}/adjustment-cancellation"
        return ok(await self.client.post(path, json={"reason": reason}), 201)
