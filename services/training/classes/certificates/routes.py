"""Certificates over HTTP: given to who attended, entered in a register, revoked, and verified by anybody."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid, NotFound
from kernel.problems.field_labels import Label
from kernel.records.crud import listing_of, record_router, referenced_record, representation
from kernel.records.listing import SortKey, code_filter, day_range, id_filter, text_filter
from kernel.records.records import Resource, answer, dump, existing, locked, table_of, update
from kernel.storage.files import check_files
from kernel.values import geography
from kernel.values.days import PastDay, now
from kernel.values.ids import Id
from kernel.web.idempotency import once
from kernel.web.operations import Call, CurrentCall
from kernel.web.schemas import Input, Output, Recorded, text
from services.training import code_lists as codes
from services.training import models, problems, rows
from services.training.classes.trainees.records import name_masked
from services.training.classes.training_classes.records import CLASS, require
from services.training.classes.training_classes.schemas import FileIds
from services.training.field_types import UUID, Reason
from services.training.scopes import OWN_READ, WRITE, Kind, training_router


class TrainingCertificateCreate(Input):
    """Give a certificate to someone who attended a class that gives one."""

    id: Id | None = None
    class_id: Id
    trainee_id: Id
    certificate_number: Annotated[str, text(100), Label("Số giấy chứng nhận")]
    register_number: Annotated[str, text(100)] | None = Field(default=None, description="Its entry in the register")
    title: Annotated[str, text(300), Label("Tên giấy chứng nhận")] = "Giấy chứng nhận"
    issued_on: PastDay
    signed_by: Annotated[str, text(200)] | None = None
    file_ids: FileIds = []
    reason: Reason | None = None


class CertificateRevocationCreate(Input):
    """Take a certificate's validity away, and say why."""

    reason: Annotated[str, text(1000)]
    revoked_on: PastDay


class CertificateRevocation(Output):
    """Why and when a certificate was revoked."""

    reason: str
    revoked_on: date
    recorded_by: str
    recorded_at: datetime


class TrainingCertificate(Recorded):
    """What a class gave a trainee."""

    class_id: str = Field(json_schema_extra=UUID)
    trainee_id: str = Field(json_schema_extra=UUID)
    organization_id: str | None = Field(json_schema_extra=UUID)
    certificate_number: Annotated[str, Label("Số giấy chứng nhận")]
    register_number: str | None
    title: Annotated[str, Label("Tên giấy chứng nhận")]
    issued_on: date
    signed_by: str | None
    verification_code: str
    state: Annotated[str, Label("Hiệu lực của giấy")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.CERTIFICATE_STATES)}
    )
    revocation: CertificateRevocation | None
    file_ids: list[str]
    alliance: str


class CertificateVerification(Output):
    """What anybody may know of a certificate: that it is genuine, what for, and whether it still holds."""

    certificate_number: Annotated[str, Label("Số giấy chứng nhận")]
    title: Annotated[str, Label("Tên giấy chứng nhận")]
    state: Annotated[str, Label("Hiệu lực của giấy")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.CERTIFICATE_STATES)}
    )
    issued_on: date
    revoked_on: date | None
    holder_initials: str | None
    class_name: str
    class_kind: str = Field(json_schema_extra={"x-extensible-enum": list(codes.CLASS_KINDS)})
    issuer_alliance: str
    issuer_name: str


async def _columns(tx: Transaction, call: Call, body: TrainingCertificateCreate, row: Row | None) -> dict[str, Any]:
    held = await referenced_record(tx, call, CLASS, body.class_id, "/class_id")
    require(held, "certify")
    if not held["gives_certificate"]:
        raise problems.NoCertificateForClass()
    if body.issued_on < held["counted_on"]:
        words = (
            "Ngày này trước ngày kết thúc lớp; hãy ghi ngày đó hoặc sau đó.",
            "This is before the class was over; give that day or a later one.",
        )
        raise Invalid(FieldError("end_before_start", words, pointer="/issued_on"))
    attended = await tx.fetchrow(
        "SELECT organization_id FROM attendance WHERE class_id = $1::uuid AND trainee_id = $2::uuid FOR KEY SHARE",
        held["id"],
        body.trainee_id,
    )
    if attended is None:
        raise problems.TraineeDidNotAttend(trainee_id=body.trainee_id, class_id=held["id"])
    if faults := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*faults)
    return {
        **body.model_dump(exclude={"id", "reason"}),
        "organization_id": attended["organization_id"],
        "verification_code": secrets.token_hex(8),
        "state": "valid",
        "revocation": None,
        "alliance": held["alliance"],
    }


async def _number_in_use(tx: Transaction, values: dict[str, Any]) -> Exception:
    return problems.CertificateNumberInUse(certificate_number=values["certificate_number"])


async def _certified(tx: Transaction, values: dict[str, Any]) -> Exception:
    sql = "SELECT id FROM training_certificate WHERE class_id = $1::uuid AND trainee_id = $2::uuid AND state = 'valid'"
    return problems.AlreadyCertified(
        training_certificate_id=await tx.fetchval(sql, values["class_id"], values["trainee_id"])
    )


CERTIFICATE = Resource(
    "training_certificate",
    table_of(models.TrainingCertificate),
    "/v1/training/certificates",
    representation(TrainingCertificate, parsed=("revocation", "file_ids")),
    own_column="organization_id",
    row=rows.TrainingCertificateRow,
)
KIND = Kind(
    resource=CERTIFICATE,
    plural="certificates",
    output=TrainingCertificate,
    create=TrainingCertificateCreate,
    listing=listing_of(
        CERTIFICATE,
        TrainingCertificate,
        (
            id_filter("class_id", "r.class_id", "Class."),
            id_filter("trainee_id", "r.trainee_id", "Person."),
            id_filter("organization_id", "r.organization_id", "Organization that the person came from."),
            text_filter("certificate_number", "r.certificate_number", "Number, exactly."),
            code_filter("state", "r.state", codes.CERTIFICATE_STATES, "Whether it holds."),
            *day_range("issued_on", "r.issued_on", "Day it was given"),
        ),
        sorts={"issued_on": SortKey("r.issued_on", "date")},
        facets=("state",),
    ),
    columns=_columns,
    refusals=(
        problems.ClassStateForbids,
        problems.NoCertificateForClass,
        problems.TraineeDidNotAttend,
        problems.CertificateNumberInUse,
        problems.AlreadyCertified,
    ),
    unique={
        "uq_training_certificate_number": _number_in_use,
        "uq_training_certificate_trainee": _certified,
    },
    read_scopes=OWN_READ,
    many="training_certificates",
)
router = record_router(KIND)
verification = training_router("certificates")


@router.operation(
    "POST",
    "/certificates/{training_certificate_id}/revocation",
    scopes=WRITE,
    status_code=201,
    guard=existing(CERTIFICATE, "training_certificate_id"),
    response_model=TrainingCertificate,
    problems=(problems.CertificateRevoked,),
    summary="Revoke a certificate",
)
async def revoke_training_certificate(
    call: CurrentCall, training_certificate_id: Id, body: CertificateRevocationCreate
) -> Response:
    """From now on whoever verifies it is told that it was revoked. Final: a new one gets a new number."""

    async def effect(tx: Transaction) -> Response:
        row = await locked(tx, call, CERTIFICATE, training_certificate_id)
        if row["state"] == "revoked":
            kept = CertificateRevocation.model_validate_json(row["revocation"] or "")
            raise problems.CertificateRevoked(revoked_on=kept.revoked_on.isoformat())
        if body.revoked_on < row["issued_on"]:
            words = (
                "Ngày này trước ngày cấp; hãy ghi ngày đó hoặc sau đó.",
                "This is before it was given; give that day or a later one.",
            )
            raise Invalid(FieldError("end_before_start", words, pointer="/revoked_on"))
        at = now().isoformat().replace("+00:00", "Z")
        kept_now = {**body.model_dump(mode="json"), "recorded_by": call.caller.id, "recorded_at": at}
        values = {"state": "revoked", "revocation": kept_now}
        after = await update(tx, CERTIFICATE, row, values, by=call.caller, reason=body.reason)
        return answer(call, CERTIFICATE, after, status=201)

    return await once(call, effect)


_VERIFY = """
    SELECT t.certificate_number, t.title, t.state, t.issued_on, (t.revocation ->> 'revoked_on')::date AS revoked_on,
           p.name, c.name AS class_name, c.kind AS class_kind, t.alliance
      FROM training_certificate t JOIN training_class c ON c.id = t.class_id JOIN trainee p ON p.id = t.trainee_id
     WHERE t.verification_code = $1"""


@verification.operation(
    "GET",
    "/verify/{code}",
    scopes=None,
    response_model=CertificateVerification,
    problems=(NotFound,),
    summary="Verify a certificate",
)
async def verify_training_certificate(
    call: CurrentCall, code: Annotated[str, Path(max_length=64, description="Code printed on the certificate")]
) -> Response:
    """Say whether a certificate is genuine and still holds, with the least that tells: the holder by initials only."""
    row = await call.db.fetchrow(_VERIFY, code.lower())
    if row is None:
        raise NotFound()
    document = {
        **{n: row[n] for n in ("certificate_number", "title", "state", "issued_on", "revoked_on")},
        "holder_initials": name_masked(row["name"]),
        "class_name": row["class_name"],
        "class_kind": row["class_kind"],
        "issuer_alliance": row["alliance"],
        "issuer_name": f"Liên minh Hợp tác xã {geography.province_name(row['alliance'])}",
    }
    return Response(dump(document), 200, {"Cache-Control": "no-store"}, "application/json")
