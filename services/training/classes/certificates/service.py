"""Revoking certificates, and saying of one what anybody may know."""

from __future__ import annotations

from datetime import date
from typing import Any, TypedDict

import orjson

from kernel.database.connections import Database, Transaction
from kernel.database.statements import statement
from kernel.problems import FieldError, Invalid, NotFound
from kernel.records import update
from kernel.values import geography
from kernel.web.auth import Caller
from services.training import problems
from services.training.classes.certificates.records import CERTIFICATE
from services.training.classes.certificates.schemas import CertificateRevocationCreate
from services.training.classes.trainees.records import name_masked
from services.training.rows import TrainingCertificateRow
from services.training.steps import recorded


async def revoke(
    tx: Transaction, certificate: TrainingCertificateRow, body: CertificateRevocationCreate, *, by: Caller
) -> TrainingCertificateRow:
    """Revoke the locked certificate. Raises CertificateRevoked, Invalid."""
    if certificate["revocation"] is not None:
        raise problems.CertificateRevoked(revoked_on=orjson.loads(certificate["revocation"])["revoked_on"])
    if body.revoked_on < certificate["issued_on"]:
        words = (
            "Ngày này trước ngày cấp; hãy ghi ngày đó hoặc sau đó.",
            "This is before it was given; give that day or a later one.",
        )
        raise Invalid(FieldError("end_before_start", words, pointer="/revoked_on"))
    values = {"state": "revoked", "revocation": {**body.model_dump(mode="json"), **recorded(by)}}
    return await update(tx, CERTIFICATE, certificate, values, by=by, reason=body.reason)


class _Verified(TypedDict):
    certificate_number: str
    title: str
    state: str
    issued_on: date
    revoked_on: date | None
    name: str | None
    class_name: str
    class_kind: str
    alliance: str


# One certificate by the code printed on it: uq_training_certificate_code.
_VERIFY = statement(
    _Verified,
    """
    SELECT t.certificate_number, t.title, t.state, t.issued_on, (t.revocation ->> 'revoked_on')::date AS revoked_on,
           p.name, c.name AS class_name, c.kind AS class_kind, t.alliance
      FROM training_certificate t JOIN training_class c ON c.id = t.class_id JOIN trainee p ON p.id = t.trainee_id
     WHERE t.verification_code = $1""",
)


async def verify(db: Database, code: str) -> dict[str, Any]:
    """Return the least that tells whether a certificate is genuine and holds: its holder by initials. Raises NotFound."""
    verified = await db.fetchrow(_VERIFY, code.lower())
    if verified is None:
        raise NotFound()
    return {
        "certificate_number": verified["certificate_number"],
        "title": verified["title"],
        "state": verified["state"],
        "issued_on": verified["issued_on"],
        "revoked_on": verified["revoked_on"],
        "holder_initials": name_masked(verified["name"]),
        "class_name": verified["class_name"],
        "class_kind": verified["class_kind"],
        "issuer_alliance": verified["alliance"],
        "issuer_name": f"Liên minh Hợp tác xã {geography.province_name(verified['alliance'])}",
    }
