"""Training, for the checks of every operation; what trade promotion adds stands in trade_fixture.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from kernel.values.ids import new_id
from tests.contract import trade_fixture
from tests.contract.service_fixture import HOME, NUMBERS, Body, ServiceFixture
from tests.support.answers import ok
from tests.support.client import ApiClient
from tests.support.contract import Operation
from tests.support.waiting import ended_job
from tests.training.builders import (
    GIA_CAM,
    PATH,
    Make,
    Record,
    a_certificate,
    a_class,
    a_coverage,
    a_person,
    a_program,
    a_session,
)
from tests.training.trade_builders import a_participation

_PDF = b"%PDF-1.4\n%invented\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


class TrainingFixture(ServiceFixture):
    open = frozenset(
        {
            "read_training_live",
            "read_training_ready",
            "download_training_file",
            "download_training_export",
            "verify_training_certificate",
        }
    )
    common = frozenset({"read_training_code_list", *open})
    every_scope = "training.read training.write sync.read sync.write identity.admin"

    def __init__(self, training: ApiClient, make: Make, paths: dict[str, str]) -> None:
        self.contract, self.training, self.make, self.paths = training.contract, training, make, paths

    async def caller(
        self, *, scope: str | None = None, area: str = HOME, operation: Operation | None = None
    ) -> ApiClient:
        return self.training.as_(scope=self.every_scope if scope is None else scope, area=area)

    async def stranger(self) -> ApiClient:
        return self.training.anonymous()

    async def _record(self, parameter: str, operation: Operation) -> str:
        if operation.id == "read_trade_record":
            return str((await trade_fixture.organization_in_trade(self))["id"])
        return str((await _RECORDS[parameter](self, operation))["id"])

    async def file(self) -> dict[str, Any]:
        operation = next(o for o in self.contract.operations if o.id == "upload_training_file")
        return ok(await self.call(operation, client=await self.caller()), 201)

    async def job(self) -> dict[str, Any]:
        return ok(await (await self.caller()).post(f"{PATH}/exports", json={"type": "program"}), 202)

    async def _finished_job(self) -> dict[str, Any]:
        client, job = await self.caller(), await self.job()
        ended = await ended_job(client, f"{PATH}/jobs/{job['id']}")
        assert ended["state"] == "succeeded", ended
        return ended

    async def path(self, operation: Operation) -> str:
        match operation.id:
            case "download_training_file":
                return "?".join(urlsplit((await self.file())["url"])[2:4])
            case "read_training_job":
                return operation.path.format(job_id=(await self._finished_job())["id"])
            case "download_training_export":
                return "?".join(urlsplit((await self._finished_job())["result"]["files"][0]["url"])[2:4])
            case "list_unconfirmed_trainees":
                await _trainee(self, operation)
            case "read_training_code_list":
                return f"{PATH}/code-lists/topics"
            case "list_training_history":
                return f"{operation.path}?recorded_after=2026-01-01T00:00:00Z"
            case "list_training_indicator_values":
                return f"{operation.path}?from=2023-01-01&to=2023-12-31"
            case "verify_training_certificate":
                return f"{PATH}/verify/{(await _certificate(self, operation))['verification_code']}"
            case "count_sensitive_attributes":
                return f"{operation.path}?attribute=ethnic_group&from=2023-01-01&to=2023-12-31"
            case "list_training_organization_references":
                return f"{operation.path}?organization_id={new_id()}"
            case "read_training_checksum":
                return f"{operation.path}?type=program"
        ids = {name: await self._record(name, operation) for name in operation.path_parameters}
        path = operation.path.format(**ids)
        return f"{path}?purpose=contract" if operation.id in _WITH_PURPOSE else path

    async def body(self, operation: Operation) -> Body:
        if operation.id == "upload_training_file":
            return _upload()
        if operation.id == "record_participation":
            return Body(json=a_participation())
        if operation.id == "import_participations":
            return _upload(await trade_fixture.participation_file(self), "tham-gia.csv")
        if operation.id == "import_classes":
            return _upload(_class_file(), "lop.csv")
        return Body(json=await _BODIES[operation.body_schema() or ""](self))

    async def version(self, path: str) -> str:
        answer = await self.training.as_(area="VN").get(path.partition("?")[0].removesuffix("/erasure"))
        return f'"{ok(answer)["version"]}"'


def _upload(content: bytes = _PDF, name: str = "ds.pdf") -> Body:
    part = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{next(NUMBERS)}-{name}"\r\n\r\n'
    return Body(
        content=part.encode() + content + b"\r\n--edge--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=edge"},
    )


def _class_file() -> bytes:
    """Return a file of one class that is new, and one person at it."""
    row = {
        "class_number": f"25-2023-{next(NUMBERS)}",
        "class_name": "Tập huấn nghiệp vụ kế toán hợp tác xã",
        "kind": "short_course",
        "topic": "accounting",
        "attribution": "alliance_led",
        "decision_number": "31/QĐ-LMHTX",
        "starts_on": "2023-09-05",
        "ends_on": "2023-09-06",
        "commune_code": GIA_CAM,
        "commune_map": "2008",
        "name": "Nguyễn Văn A",
        "birth_year": "1984",
        "sex": "female",
        "organization_name": "Hợp tác xã Minh Khai",
        "audience": "manager",
    }
    return "\r\n".join((",".join(row), ",".join(row.values()))).encode()


def _remark() -> str:
    return f"lần {next(NUMBERS)}"


Builder = Callable[[TrainingFixture], Awaitable[dict[str, Any]]]
Maker = Callable[[TrainingFixture, Operation], Awaitable[dict[str, Any]]]


def plain(make: Callable[[], dict[str, Any]]) -> Builder:
    """Return the builder of a body that needs no record."""

    async def build(service: TrainingFixture) -> dict[str, Any]:
        return make()

    return build


async def _program(service: TrainingFixture, operation: Operation) -> Record:
    return await service.make.program()


async def _coverage(service: TrainingFixture, operation: Operation) -> Record:
    return await service.make.coverage()


async def _file(service: TrainingFixture, operation: Operation) -> dict[str, Any]:
    return await service.file()


async def _job(service: TrainingFixture, operation: Operation) -> dict[str, Any]:
    return await service.job()


_STATES = {"open_class": "planned", "start_class": "open", "complete_class": "running", "report_class": "held"}
_WITH_PURPOSE = {"read_trainee_personal_data", "read_signature_sheet", "read_allowance_sheet"}


async def _class(service: TrainingFixture, operation: Operation) -> Record:
    """Return a class in the state that the operation asks for."""
    make, state = service.make, _STATES.get(operation.id, "planned")
    if operation.id == "enter_signed_list":
        return await make.training_class(state="held")
    training_class = await make.training_class(sessions=0 if state == "planned" else 1, state=state)
    if operation.id == "report_class":
        await make.attendance(training_class)
    return training_class


async def _open_class(service: TrainingFixture) -> Record:
    return await service.make.training_class(sessions=1, state="open")


async def _session(service: TrainingFixture, operation: Operation) -> Record:
    return await service.make.session(await service.make.training_class())


async def _invitation(service: TrainingFixture, operation: Operation) -> Record:
    training_class = await service.make.training_class()
    return await service.make.create(f"classes/{training_class.id}/invitations", _invited())


def _invited() -> dict[str, Any]:
    return {"organization_id": new_id(), "organization_name": "Hợp tác xã Minh Khai", "letter_number": _remark()}


async def _registration(service: TrainingFixture, operation: Operation) -> Record:
    return await service.make.registration(await _open_class(service))


async def _trainee(service: TrainingFixture, operation: Operation) -> Record:
    if operation.id not in ("confirm_trainee", "list_unconfirmed_trainees"):
        return await service.make.trainee()
    mine = new_id()
    own = service.training.as_(scope="own.read own.write", organization_id=mine, sub="own-user")
    return Record(ok(await own.post(f"{PATH}/trainees", json=a_person(organization_id=mine)), 201))


async def _attendance(service: TrainingFixture, operation: Operation) -> Record:
    return await service.make.attendance(await service.make.training_class(state="held"))


async def _check_in(service: TrainingFixture, operation: Operation) -> Record:
    training_class = await service.make.training_class(sessions=1, state="running")
    (session,) = await service.make.sessions(training_class)
    return await service.make.check_in(session)


async def _certified(service: TrainingFixture) -> dict[str, Any]:
    training_class = await service.make.training_class(state="held", gives_certificate=True)
    return a_certificate(training_class, await service.make.attendance(training_class))


async def _certificate(service: TrainingFixture, operation: Operation) -> Record:
    return await service.make.create("certificates", await _certified(service))


async def _organization(service: TrainingFixture, operation: Operation) -> dict[str, Any]:
    trainee = await service.make.trainee(organization_id=new_id())
    return {"id": trainee.organization_id}


async def _new_registration(service: TrainingFixture) -> dict[str, Any]:
    return {"class_id": (await _open_class(service)).id, "trainee": a_person()}


async def _new_attendance(service: TrainingFixture) -> dict[str, Any]:
    training_class = await service.make.training_class(state="held")
    return {"class_id": training_class.id, "trainee": a_person(), "is_walk_in": True}


async def _new_check_in(service: TrainingFixture) -> dict[str, Any]:
    training_class = await service.make.training_class(sessions=1, state="running")
    (session,) = await service.make.sessions(training_class)
    return {"class_session_id": session.id, "trainee": a_person(), "is_walk_in": True}


async def _signed_list(service: TrainingFixture) -> dict[str, Any]:
    return {"reported_attendance_count": 48, "file_id": (await service.make.file()).id}


def _batch(build: Builder) -> Builder:
    async def batch(service: TrainingFixture) -> dict[str, Any]:
        return {"mode": "each", "items": [await build(service)]}

    return batch


_RECORDS: dict[str, Maker] = {
    **trade_fixture.RECORDS,
    "class_id": _class,
    "class_session_id": _session,
    "invitation_id": _invitation,
    "registration_id": _registration,
    "trainee_id": _trainee,
    "attendance_id": _attendance,
    "check_in_id": _check_in,
    "training_certificate_id": _certificate,
    "organization_id": _organization,
    "program_id": _program,
    "coverage_id": _coverage,
    "file_id": _file,
    "job_id": _job,
}
_BODIES: dict[str, Builder] = {
    **trade_fixture.BODIES,
    "Erasure": plain(lambda: {"ground": "own_request", "document_number": f"{next(NUMBERS)}/ĐN"}),
    "TrainingClassCreate": plain(a_class),
    "TrainingClassChange": plain(lambda: {"note": _remark()}),
    "ClassStepCreate": plain(lambda: {"reason": _remark()}),
    "ClassReportCreate": plain(lambda: {"reported_on": "2023-03-20", "results": _remark()}),
    "ClassCancellationCreate": plain(lambda: {"reason": _remark(), "cancelled_on": "2023-03-01"}),
    "SignedListCreate": _signed_list,
    "ClassSessionCreate": plain(lambda: a_session(next(NUMBERS) % 500 + 1, held_on="2023-03-06")),
    "ClassSessionChange": plain(lambda: {"topic": _remark()}),
    "InvitationCreate": plain(_invited),
    "InvitationChange": plain(lambda: {"letter_number": _remark()}),
    "InvitationAnswer": plain(lambda: {"state": "accepted", "answer_note": _remark()}),
    "RegistrationCreate": _new_registration,
    "RegistrationBatch": _batch(_new_registration),
    "RegistrationCancellation": plain(lambda: {"reason": _remark()}),
    "TraineeCreate": plain(a_person),
    "TraineeConfirmation": plain(lambda: {"reason": _remark()}),
    "TraineeChange": plain(lambda: {"position": _remark()}),
    "AttendanceCreate": _new_attendance,
    "AttendanceBatch": _batch(_new_attendance),
    "AttendanceChange": plain(lambda: {"note": _remark(), "reason": "Nhập sai"}),
    "CheckInCreate": _new_check_in,
    "CheckInBatch": _batch(_new_check_in),
    "TrainingCertificateCreate": _certified,
    "CertificateRevocationCreate": plain(lambda: {"reason": _remark(), "revoked_on": "2023-04-01"}),
    "ProgramCreate": plain(a_program),
    "ProgramChange": plain(lambda: {"note": _remark()}),
    "TrainingCoverageCreate": plain(lambda: a_coverage(source=_remark())),
    "TrainingCoverageChange": plain(lambda: {"source": _remark()}),
    "TrainingCoverageBatch": plain(lambda: {"mode": "each", "items": [a_coverage(source=_remark())]}),
    "TrainingExportCreate": plain(lambda: {"type": ["program", "coverage", "class"][next(NUMBERS) % 3]}),
}
