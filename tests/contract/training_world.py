"""Training, for the checks of every operation; what trade promotion adds stands in trade_world.py."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from tests.contract.world import HOME, NUMBERS, Body, World
from tests.support.answers import ok
from tests.support.client import ApiClient
from tests.support.contract import Operation
from tests.training.builders import PATH, Make, Record, a_coverage, a_program

_PDF = b"%PDF-1.4\n%invented\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


class TrainingWorld(World):
    open = frozenset(
        {"read_training_live", "read_training_ready", "download_training_file", "download_training_export"}
    )
    common = frozenset({"read_training_code_list", *open})
    every_scope = "training.read training.write sync.read sync.write"

    def __init__(self, training: ApiClient, make: Make) -> None:
        self.contract, self.training, self.make = training.contract, training, make

    async def caller(
        self, *, scope: str | None = None, area: str = HOME, operation: Operation | None = None
    ) -> ApiClient:
        return self.training.as_(scope=self.every_scope if scope is None else scope, area=area)

    async def _record(self, parameter: str, operation: Operation) -> str:
        return str((await _RECORDS[parameter](self, operation))["id"])

    async def file(self) -> dict[str, Any]:
        operation = next(o for o in self.contract.operations if o.id == "upload_training_file")
        return ok(await self.call(operation, client=await self.caller()), 201)

    async def job(self) -> dict[str, Any]:
        return ok(await (await self.caller()).post(f"{PATH}/exports", json={"type": "program"}), 202)

    async def _finished_job(self) -> dict[str, Any]:
        client, job = await self.caller(), await self.job()
        for _ in range(500):
            found = ok(await client.get(f"{PATH}/jobs/{job['id']}"))
            if found["state"] == "succeeded":
                return found
            await asyncio.sleep(0.02)
        raise AssertionError(f"the job is {found['state']} after ten seconds")

    async def path(self, operation: Operation) -> str:
        match operation.id:
            case "download_training_file":
                return "?".join(urlsplit((await self.file())["url"])[2:4])
            case "download_training_export":
                return "?".join(urlsplit((await self._finished_job())["result"]["files"][0]["url"])[2:4])
            case "read_training_code_list":
                return f"{PATH}/code-lists/topics"
            case "list_training_indicator_values":
                return f"{operation.path}?from=2023-01-01&to=2023-12-31"
            case "read_training_checksum":
                return f"{operation.path}?type=program"
        ids = {name: await self._record(name, operation) for name in operation.path_parameters}
        return operation.path.format(**ids)

    async def body(self, operation: Operation) -> Body:
        if operation.id == "upload_training_file":
            return _upload()
        return Body(json=await _BODIES[operation.body_schema() or ""](self))

    async def version(self, path: str) -> str:
        answer = await self.training.as_(area="VN").get(path.partition("?")[0])
        return f'"{ok(answer)["version"]}"'


def _upload() -> Body:
    part = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="ds-%d.pdf"\r\n\r\n' % next(NUMBERS)
    return Body(
        content=part + _PDF + b"\r\n--edge--\r\n", headers={"Content-Type": "multipart/form-data; boundary=edge"}
    )


def _remark() -> str:
    return f"lần {next(NUMBERS)}"


Builder = Callable[[TrainingWorld], Awaitable[dict[str, Any]]]
Maker = Callable[[TrainingWorld, Operation], Awaitable[dict[str, Any]]]


def plain(make: Callable[[], dict[str, Any]]) -> Builder:
    """Return the builder of a body that needs no record."""

    async def build(world: TrainingWorld) -> dict[str, Any]:
        return make()

    return build


async def _program(world: TrainingWorld, operation: Operation) -> Record:
    return await world.make.program()


async def _coverage(world: TrainingWorld, operation: Operation) -> Record:
    return await world.make.coverage()


async def _file(world: TrainingWorld, operation: Operation) -> dict[str, Any]:
    return await world.file()


async def _job(world: TrainingWorld, operation: Operation) -> dict[str, Any]:
    return await world.job()


_RECORDS: dict[str, Maker] = {
    "program_id": _program,
    "coverage_id": _coverage,
    "file_id": _file,
    "job_id": _job,
}
_BODIES: dict[str, Builder] = {
    "ProgramCreate": plain(a_program),
    "ProgramChange": plain(lambda: {"note": _remark()}),
    "TrainingCoverageCreate": plain(lambda: a_coverage(source=_remark())),
    "TrainingCoverageChange": plain(lambda: {"source": _remark()}),
    "TrainingCoverageBatch": plain(lambda: {"mode": "each", "items": [a_coverage(source=_remark())]}),
    "ExportCreate": plain(lambda: {"type": ["program", "coverage"][next(NUMBERS) % 2]}),
}
