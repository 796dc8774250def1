"""Reporting, for the checks of every operation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from kernel.values.ids import new_id
from tests.contract import reports_fixture
from tests.contract.service_fixture import HOME, NUMBERS, Body, ServiceFixture
from tests.reporting.builders import PATH, Make, a_coverage, a_figure, an_activity
from tests.support.answers import ok
from tests.support.client import ApiClient
from tests.support.contract import Operation

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
    unfit = {**reports_fixture.UNFIT}

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
        for _ in range(500):
            export = ok(await client.get(f"{PATH}/jobs/{job['id']}"))
            if export["state"] == "succeeded":
                return export
            await asyncio.sleep(0.02)
        raise AssertionError(f"the job is {export['state']} after ten seconds")

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
        return Body(json=_BODIES[operation.body_schema() or ""]())

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


_RECORDS: dict[str, Callable[[ReportingFixture], Awaitable[dict[str, Any]]]] = {
    "activity_id": lambda service: service.make.activity("science_project", organization_id=new_id()),
    "reported_figure_id": lambda service: service.make.figure(),
    "coverage_id": lambda service: service.make.coverage(),
    **reports_fixture.RECORDS,
    "file_id": lambda service: service.file(),
    "job_id": lambda service: service.job(),
}
_BODIES: dict[str, Callable[[], dict[str, Any]]] = {
    "ActivityCreate": an_activity,
    "ActivityBatch": _batch(an_activity),
    "ActivityChange": lambda: {"note": _remark()},
    "ReportedFigureCreate": a_figure,
    "ReportedFigureBatch": _batch(a_figure),
    "ReportedFigureChange": lambda: {"note": _remark()},
    **reports_fixture.BODIES,
    "ReportingCoverageCreate": _new_coverage,
    "ReportingCoverageBatch": _batch(_new_coverage),
    "ReportingCoverageChange": lambda: {"source": _remark()},
    "ReportingExportCreate": lambda: {"type": ["activity", "reported_figure", "coverage"][next(NUMBERS) % 3]},
}
