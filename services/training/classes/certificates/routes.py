"""Certificates over HTTP: given to who attended, entered in a register, revoked, and verified by anybody."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.problems import NotFound
from kernel.records import answer, existing, loaded, locked
from kernel.records.crud import record_router
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall, language_of, wants_page
from kernel.web.idempotency import once
from kernel.web.replies import PRIVATE, json_reply
from kernel.web.schemas import code as closed_list
from services.training import problems
from services.training.classes.certificates import service
from services.training.classes.certificates.pages import certificate_page, qr_picture
from services.training.classes.certificates.records import CERTIFICATE, CERTIFICATE_TYPE
from services.training.classes.certificates.schemas import (
    CertificateRevocationCreate,
    CertificateVerification,
    TrainingCertificate,
)
from services.training.scopes import OWN_READ, WRITE, training_router

# GET, POST        /v1/training/certificates
# GET              /v1/training/certificates/{training_certificate_id}
# GET              /v1/training/certificates/{training_certificate_id}/history
router = record_router(CERTIFICATE_TYPE)
verification = training_router("training-certificates")
_PAGE = {"content": {"text/html": {"schema": {"type": "string"}}}}
_LANGUAGES = {"vi": ("Tiếng Việt", "Vietnamese"), "en": ("Tiếng Anh", "English")}


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
    openapi_extra={"responses": {"200": _PAGE, "404": _PAGE, "429": _PAGE}},
    summary="Verify a training certificate",
)
async def verify_training_certificate(
    call: CurrentCall,
    code: Annotated[str, Path(max_length=64, description="Code printed on the certificate")],
    lang: Annotated[
        Annotated[str, closed_list(_LANGUAGES)] | None, Query(description="Language of the page; else Accept-Language")
    ] = None,
) -> Response:
    """Say whether a certificate is genuine and still holds, with the least that tells: the holder by initials only.

    A browser (`Accept: text/html`) is shown the same on a page, also where there is no such certificate.
    """
    is_page = wants_page(call.request)
    try:
        certificate = await service.verify(call.db, code)
    except NotFound:
        if not is_page:
            raise NotFound(headers={"Vary": "Accept, Accept-Language"}) from None
        certificate = None
    if is_page:
        return certificate_page(certificate, lang or language_of(call.request))
    return json_reply(certificate, headers={"Vary": "Accept"})


@router.operation(
    "GET",
    "/certificates/{training_certificate_id}/qr",
    scopes=OWN_READ,
    guard=existing(CERTIFICATE, "training_certificate_id"),
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}},
    summary="Read the QR code of a training certificate",
)
async def read_training_certificate_qr(call: CurrentCall, training_certificate_id: Id) -> Response:
    """Return the QR code to print on the certificate, as SVG: the public address at which anybody verifies it."""
    certificate = loaded(call, CERTIFICATE)
    public_url = call.state.settings.public_url.rstrip("/")
    picture = qr_picture(f"{public_url}/v1/training/verify/{certificate['verification_code']}")
    headers = {"Cache-Control": PRIVATE, "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    return Response(picture, 200, headers, "image/svg+xml")
