"""Reporting, for the checks of every operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from kernel.values.ids import new_id
from tests.contract import reports_fixture
from tests.contract.service_fixture import HOME, NUMBERS, Body, ServiceFixture
from tests.reporting.builders import PATH, Make, a_coverage, a_figure, an_activity
from tests.reporting.plans.builders import a_completion, a_decision, a_measure, a_plan, a_task, an_estimate
from tests.support.answers import ok
from tests.support.client import ApiClient
from tests.support.contract import Operation
from tests.support.waiting import ended_job

_PDF = b"%PDF-1.4\n%invented\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


class ReportingFixture(ServiceFixture):
    open = frozenset(
        {
            "read_reporting_live",
            "read_reporting_ready",
            "download_reporting_file",
            "download_reporting_export",
        }
    )
    common = frozenset({"read_reporting_code_list", *open})
    every_scope = "reports.read reports.write reports.approve sync.read sync.write"

    def __init__(self, reporting: ApiClient, make: Make, paths: dict[str, str]) -> None:
        self.contract, self.reporting, self.make, self.paths = reporting.contract, reporting, make, paths
        self.reports = reports_fixture.Reports(make.client)

    async def caller(
        self, *, scope: str | None = None, area: str = HOME, operation: Operation | None = None
    ) -> ApiClient:
        if operation is not None and operation.id == "create_report_receipt" and area == HOME:
            area = "VN"
        return self.reporting.as_(scope=self.every_scope if scope is None else scope, area=area)

    async def stranger(self) -> ApiClient:
        return self.reporting.anonymous()

    async def file(self) -> dict[str, Any]:
        operation = next(o for o in self.contract.operations if o.id == "upload_reporting_file")
        return ok(await self.call(operation, client=await self.caller()), 201)

    async def job(self) -> dict[str, Any]:
        return ok(await (await self.caller()).post(f"{PATH}/exports", json={"type": "activity"}), 202)

    async def _finished_job(self) -> dict[str, Any]:
        client, job = await self.caller(), await self.job()
        ended = await ended_job(client, f"{PATH}/jobs/{job['id']}")
        assert ended["state"] == "succeeded", ended
        return ended

    async def path(self, operation: Operation) -> str:
        match operation.id:
            case "download_reporting_file":
                return "?".join(urlsplit((await self.file())["url"])[2:4])
            case "read_reporting_job":
                return operation.path.format(job_id=(await self._finished_job())["id"])
            case "download_reporting_export":
                return "?".join(urlsplit((await self._finished_job())["result"]["files"][0]["url"])[2:4])
            case "read_reporting_code_list":
                return f"{PATH}/code-lists/activity-kinds"
            case "list_reporting_indicator_values":
                return f"{operation.path}?from=2023-01-01&to=2023-12-31"
            case "list_figures":
                named = "indicators=cooperatives_total,training_classes,media_contests"
                return f"{operation.path}?from=2023-01-01&to=2023-08-31&province=25-2008&{named}"
            case "read_plan_version":
                return operation.path.format(plan_id=(await _approved_plan(self))["id"], number=1)
            case "remove_plan":
                return operation.path.format(plan_id=(await self.make.create("plans", a_plan()))["id"])
            case "adjust_plan" | "read_plan_progress":
                return operation.path.format(plan_id=(await _approved_plan(self))["id"])
            case "cancel_plan_adjustment":
                return operation.path.format(plan_id=(await _adjusted_plan(self))["id"])
            case "list_reporting_organization_references":
                return f"{operation.path}?organization_id={new_id()}"
            case "read_reporting_checksum":
                return f"{operation.path}?type=activity"
        if (path := await self.reports.path(operation.id, operation.path)) is not None:
            return path
        ids = {name: (await _RECORDS[name](self))["id"] for name in operation.path_parameters}
        return operation.path.format(**ids)

    async def body(self, operation: Operation) -> Body:
        if operation.id == "upload_reporting_file":
            return _upload()
        if operation.id == "create_report_receipt":
            report = await self.reports.report("revise_report")
            return Body(json={"report_id": report["id"], "state": "received"})
        body = _BODIES[operation.body_schema() or ""]()
        if (parent := _PARENTS.get(operation.path)) is not None:
            # Entered beside what it belongs to: its body names that.
            id_ = (await _RECORDS[parent](self))["id"]
            for each in body.get("items", [body]):
                each[parent] = id_
        return Body(json=body)

    async def version(self, path: str) -> str:
        answer = await self.reporting.as_(area="VN").get(path.partition("?")[0])
        return f'"{ok(answer)["version"]}"'


def _upload() -> Body:
    part = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{next(NUMBERS)}-tin.pdf"\r\n\r\n'
    return Body(
        content=part.encode() + _PDF + b"\r\n--edge--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=edge"},
    )


def _remark() -> str:
    return f"lần {next(NUMBERS)}"


def _batch(build: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    return lambda: {"mode": "each", "items": [build()]}


def _new_coverage() -> dict[str, Any]:
    return a_coverage(source=_remark())


async def _plan(service: ReportingFixture) -> dict[str, Any]:
    """Return a draft that may be submitted and approved."""
    plan = await service.make.create("plans", a_plan())
    await service.make.create("measures", a_measure(plan_id=plan["id"], scope="supported"))
    return plan


async def _approved_plan(service: ReportingFixture) -> dict[str, Any]:
    plan = await _plan(service)
    approver = service.reporting.as_(area="VN", sub="director", scope="reports.approve")
    return ok(await approver.post(f"{PATH}/plans/{plan['id']}/approval", json=a_decision()), 201)


async def _adjusted_plan(service: ReportingFixture) -> dict[str, Any]:
    plan = await _approved_plan(service)
    planner = service.reporting.as_(area="VN", sub="planner")
    return ok(await planner.post(f"{PATH}/plans/{plan['id']}/adjustment", json={"reason": "Giao bổ sung"}), 201)


async def _below(service: ReportingFixture, parent: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return a record below a new one that its body names by `parent`."""
    record = await _RECORDS[parent](service)
    return await service.make.create(path, {**body, parent: record["id"]})


_RECORDS: dict[str, Callable[[ReportingFixture], Awaitable[dict[str, Any]]]] = {
    "activity_id": lambda service: service.make.activity("science_project", organization_id=new_id()),
    "reported_figure_id": lambda service: service.make.figure(),
    "coverage_id": lambda service: service.make.coverage(),
    "plan_id": _plan,
    "task_id": lambda service: _below(service, "plan_id", "tasks", a_task()),
    "measure_id": lambda service: _below(service, "plan_id", "measures", a_measure(scope="joint")),
    "task_completion_id": lambda service: _below(service, "task_id", "task-completions", a_completion()),
    "estimate_id": lambda service: _below(service, "measure_id", "estimates", an_estimate()),
    **reports_fixture.RECORDS,
    "file_id": lambda service: service.file(),
    "job_id": lambda service: service.job(),
}
_PARENTS = {
    f"{PATH}/tasks": "plan_id",
    f"{PATH}/tasks/batch": "plan_id",
    f"{PATH}/measures": "plan_id",
    f"{PATH}/measures/batch": "plan_id",
    f"{PATH}/task-completions": "task_id",
    f"{PATH}/estimates": "measure_id",
}
_BODIES: dict[str, Callable[[], dict[str, Any]]] = {
    "ActivityCreate": an_activity,
    "ActivityBatch": _batch(an_activity),
    "ActivityChange": lambda: {"note": _remark()},
    "ReportedFigureCreate": a_figure,
    "ReportedFigureBatch": _batch(a_figure),
    "ReportedFigureChange": lambda: {"note": _remark()},
    "PlanCreate": a_plan,
    "PlanChange": lambda: {"note": _remark()},
    "PlanSubmissionCreate": lambda: {"reason": _remark()},
    "PlanApprovalCreate": lambda: a_decision(decision_number=f"{next(NUMBERS)}/QĐ-LMHTX"),
    "PlanAdjustmentCreate": lambda: {"reason": _remark()},
    "PlanAdjustmentCancellationCreate": lambda: {"reason": _remark()},
    "TaskCreate": lambda: a_task(note=_remark()),
    "TaskBatch": _batch(lambda: a_task(note=_remark())),
    "TaskChange": lambda: {"note": _remark()},
    "TaskCompletionCreate": lambda: a_completion(result=_remark()),
    "TaskCompletionChange": lambda: {"result": _remark()},
    "MeasureCreate": lambda: a_measure(note=_remark()),
    "MeasureBatch": _batch(lambda: a_measure(note=_remark())),
    "MeasureChange": lambda: {"note": _remark()},
    "EstimateCreate": lambda: an_estimate(note=_remark()),
    "EstimateChange": lambda: {"note": _remark()},
    **reports_fixture.BODIES,
    "ReportingCoverageCreate": _new_coverage,
    "ReportingCoverageBatch": _batch(_new_coverage),
    "ReportingCoverageChange": lambda: {"source": _remark()},
    "ReportingExportCreate": lambda: {"type": ["activity", "reported_figure", "coverage"][next(NUMBERS) % 3]},
}
