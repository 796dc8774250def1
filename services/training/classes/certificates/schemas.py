"""What a caller sends and gets for certificates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.records.organization_names import NamedOrganization
from kernel.values.days import PastDay
from kernel.values.ids import Id
from kernel.web.field_types import UUID, FileIds, Reason
from kernel.web.schemas import Input, Output, Recorded, SubjectName, listed, text
from services.training import code_lists as codes
from services.training.names import NamedClass


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
    """Revoke a certificate, and say why."""

    reason: Annotated[str, text(1000)]
    revoked_on: PastDay


class CertificateRevocation(Output):
    """Why and when a certificate was revoked."""

    reason: str
    revoked_on: date
    recorded_by: str
    recorded_by_name: SubjectName
    recorded_at: datetime


class TrainingCertificate(Recorded):
    """What a class gave a trainee."""

    class_id: str = Field(json_schema_extra=UUID)
    training_class: NamedClass
    trainee_id: str = Field(json_schema_extra=UUID)
    organization_id: str | None = Field(json_schema_extra=UUID)
    organization: NamedOrganization
    certificate_number: Annotated[str, Label("Số giấy chứng nhận")]
    register_number: str | None
    title: Annotated[str, Label("Tên giấy chứng nhận")]
    issued_on: date
    signed_by: str | None
    verification_code: str
    state: Annotated[str, Label("Hiệu lực của giấy")] = Field(json_schema_extra=listed(codes.CERTIFICATE_STATES))
    revocation: CertificateRevocation | None
    file_ids: list[str]
    alliance: str


class CertificateVerification(Output):
    """What anybody may know of a certificate: that it is genuine, what for, and whether it still holds."""

    certificate_number: Annotated[str, Label("Số giấy chứng nhận")]
    title: Annotated[str, Label("Tên giấy chứng nhận")]
    state: Annotated[str, Label("Hiệu lực của giấy")] = Field(json_schema_extra=listed(codes.CERTIFICATE_STATES))
    issued_on: date
    revoked_on: date | None
    holder_initials: str | None
    class_name: str
    class_kind: str = Field(json_schema_extra=listed(codes.CLASS_KINDS))
    issuer_alliance: str
    issuer_name: str
