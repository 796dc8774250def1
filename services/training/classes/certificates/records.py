"""What a certificate is: its table, how it is shown and listed, and how one is entered."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any, TypedDict

from sqlmodel import select

from kernel.database.connections import Transaction
from kernel.database.statements import param, scalar, statement
from kernel.problems import FieldError, Invalid
from kernel.records import Resource, table_of
from kernel.records.crud import listing_of, referenced_record, representation
from kernel.records.embedding import subject_name
from kernel.records.listing import SortKey, code_filter, day_range, id_filter, text_filter
from kernel.storage.files import check_files
from kernel.web.calls import Call
from services.training import code_lists as codes
from services.training import models, problems
from services.training.classes.certificates.schemas import TrainingCertificate, TrainingCertificateCreate
from services.training.classes.training_classes.records import CLASS
from services.training.classes.training_classes.states import CLASS_STEPS
from services.training.names import OF_CLASS_NAMES
from services.training.rows import TrainingCertificateRow
from services.training.scopes import OWN_READ, RecordType

CERTIFICATE = Resource(
    name="training_certificate",
    table=table_of(models.TrainingCertificate),
    path="/v1/training/certificates",
    represent=representation(TrainingCertificate, parsed=("revocation", "file_ids")),
    embeds=(*OF_CLASS_NAMES, subject_name("recorded_by", within="revocation")),
    row=TrainingCertificateRow,
    own_column="organization_id",
)


class _Attended(TypedDict):
    organization_id: str | None
    erased_on: date | None


# Held, so that the entry that the certificate stands on is not deleted meanwhile, nor its person erased. By uq_attendance_trainee.
_ATTENDED = statement(
    _Attended,
    """
    SELECT a.organization_id, t.erased_on FROM attendance a JOIN trainee t ON t.id = a.trainee_id
     WHERE a.class_id = $1::uuid AND a.trainee_id = $2::uuid FOR KEY SHARE""",
)
_VALID = scalar(
    str,
    select(models.TrainingCertificate.id).where(
        models.TrainingCertificate.class_id == param(1),
        models.TrainingCertificate.trainee_id == param(2),
        models.TrainingCertificate.state == "valid",
    ),
)


async def _columns(
    tx: Transaction, call: Call, body: TrainingCertificateCreate, row: TrainingCertificateRow | None
) -> dict[str, Any]:
    training_class = await referenced_record(tx, call, CLASS, body.class_id, "/class_id")
    CLASS_STEPS.require("certify", training_class["state"])
    if not training_class["gives_certificate"]:
        raise problems.NoCertificateForClass()
    if body.issued_on < training_class["counted_on"]:
        words = (
            "Ngày này trước ngày kết thúc lớp; hãy ghi ngày đó hoặc sau đó.",
            "This is before the class was over; give that day or a later one.",
        )
        raise Invalid(FieldError("end_before_start", words, pointer="/issued_on"))
    attended = await tx.fetchrow(_ATTENDED, training_class["id"], body.trainee_id)
    if attended is None:
        raise problems.TraineeDidNotAttend(trainee_id=body.trainee_id, class_id=training_class["id"])
    if attended["erased_on"] is not None:
        raise problems.TraineeErased(erased_on=attended["erased_on"].isoformat())
    if field_errors := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*field_errors)
    return {
        **body.model_dump(exclude={"id", "reason"}),
        "organization_id": attended["organization_id"],
        "verification_code": secrets.token_hex(8),
        "state": "valid",
        "revocation": None,
        "alliance": training_class["alliance"],
    }


async def _number_in_use(tx: Transaction, values: dict[str, Any]) -> Exception:
    return problems.CertificateNumberInUse(certificate_number=values["certificate_number"])


async def _certified(tx: Transaction, values: dict[str, Any]) -> Exception:
    existing = await tx.fetchval(_VALID, values["class_id"], values["trainee_id"])
    return problems.AlreadyCertified(training_certificate_id=existing)


CERTIFICATE_TYPE = RecordType(
    resource=CERTIFICATE,
    plural="certificates",
    tag="training-certificates",
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
        problems.TraineeErased,
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
