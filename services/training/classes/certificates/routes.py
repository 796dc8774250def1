"""Certificates over HTTP: given to who attended, entered in a register, revoked, and verified by anybody."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.problems import NotFound
from kernel.records import answer, existing, locked
from kernel.records.crud import record_router
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from kernel.web.replies import json_reply
from services.training import problems
from services.training.classes.certificates import service
from services.training.classes.certificates.records import CERTIFICATE, CERTIFICATE_TYPE
from services.training.classes.certificates.schemas import (
    CertificateRevocationCreate,
    CertificateVerification,
    TrainingCertificate,
)
from services.training.scopes import WRITE, training_router

# GET, POST        /v1/training/certificates
# GET              /v1/training/certificates/{training_certificate_id}
# GET              /v1/training/certificates/{training_certificate_id}/history
router = record_router(CERTIFICATE_TYPE)
verification = training_router("training-certificates")


@router.operation(
    "POST",
    "/certificates/{training_certificate_id}/revocation",
    scopes=WRITE,
    status_code=201,
    guard=existing(CERTIFICATE, "training_certificate_id"),
    response_model=TrainingCertificate,
    problems=(problems.CertificateRevoked,),
    summary="Revoke a training certificate",
)
async def revoke_training_certificate(
    call: CurrentCall, training_certificate_id: Id, body: CertificateRevocationCreate
) -> Response:
    """From now on whoever verifies it is told that it was revoked. Final: a new one gets a new number."""

    async def effect(tx: Transaction) -> Response:
        certificate = await locked(tx, call, CERTIFICATE, training_certificate_id)
        after = await service.revoke(tx, certificate, body, by=call.caller)
        return await answer(tx, call, CERTIFICATE, after, status=201)

    return await once(call, effect)


@verification.operation(
    "GET",
    "/verify/{code}",
    scopes=None,
    response_model=CertificateVerification,
    problems=(NotFound,),
    summary="Verify a training certificate",
)
async def verify_training_certificate(
    call: CurrentCall, code: Annotated[str, Path(max_length=64, description="Code printed on the certificate")]
) -> Response:
    """Say whether a certificate is genuine and still holds, with the least that tells: the holder by initials only."""
    document = await service.verify(call.db, code)
    return json_reply(document)
