"""A PDF that bears a signature (PAdES) is read and checked by a process of its own; one that was changed is not intact."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asn1crypto import keys, x509
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from services.reporting.reports.signature_child import signature_of
from tests.reporting.builders import PATH, Make
from tests.reporting.reports.builders import REPORTS, Office, an_issue
from tests.support.answers import faults, ok


def a_pdf() -> bytes:
    """Return a PDF of one empty page."""
    writer = PdfFileWriter()
    contents = writer.add_object(generic.StreamObject(stream_data=b""))
    writer.insert_page(
        PageObject(contents=contents, media_box=generic.ArrayObject(map(generic.NumberObject, (0, 0, 595, 842))))
    )
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _signer() -> signers.SimpleSigner:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = certificates.Name([certificates.NameAttribute(NameOID.COMMON_NAME, "Nguyễn Văn Bình")])
    certificate = (
        certificates.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(certificates.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return signers.SimpleSigner(
        signing_cert=x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        signing_key=keys.PrivateKeyInfo.load(der),
        cert_registry=SimpleCertificateStore(),
    )


async def signed(pdf: bytes) -> bytes:
    """Return the PDF with a PAdES signature by a key made here."""
    meta = signers.PdfSignatureMetadata(field_name="Chuky", subfilter=fields.SigSeedSubFilter.PADES)
    out = await signers.async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), meta, signer=_signer())
    data: bytes = out.getvalue()
    return data


async def test_a_signed_pdf_says_who_signed_it_and_that_it_is_intact() -> None:
    found = signature_of(await signed(a_pdf()))
    assert (found["signed"], found["intact"], found["trusted"]) == (True, True, None)
    assert "Nguyễn Văn Bình" in found["signer"]
    assert found["signed_at"] is not None


async def test_a_byte_that_was_changed_is_seen() -> None:
    data = bytearray(await signed(a_pdf()))
    at = data.index(b"/MediaBox")
    data[at + 1 : at + 9] = b"mediabox"
    found = signature_of(bytes(data))
    assert (found["signed"], found["intact"]) == (True, False)


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.4\n%%EOF\n", b"PK\x03\x04", a_pdf()], ids=["empty", "bare", "zip", "unsigned"]
)
def test_what_is_not_signed_says_so(data: bytes) -> None:
    assert signature_of(data) == {
        "signed": False,
        "intact": None,
        "signer": None,
        "signed_at": None,
        "trusted": None,
    }


async def _approved(office: Office, make: Make) -> dict[str, Any]:
    await make.coverage("contests", "bulletins")
    return await office.approve(await office.submit(await office.draft()))


async def _uploaded(office: Office, data: bytes, name: str = "bao-cao.pdf") -> str:
    file = {"file": (name, data, "application/pdf")}
    return str(ok(await office.preparer.post(f"{PATH}/files", files=file), 201)["id"])


async def test_the_signed_scan_is_attached_to_the_issued_report(office: Office, make: Make) -> None:
    report = await _approved(office, make)
    file_id = await _uploaded(office, await signed(a_pdf()))
    issued = await office.issue(report, file_id=file_id)
    assert issued["file_ids"] == [file_id]
    signature = issued["signature"]
    assert (signature["file_id"], signature["signed"], signature["intact"]) == (file_id, True, True)
    assert "Nguyễn Văn Bình" in signature["signer"]


async def test_an_unsigned_scan_is_attached_too_and_an_unknown_file_is_refused(office: Office, make: Make) -> None:
    report = await _approved(office, make)
    unknown = await office.preparer.post(
        f"{REPORTS}/{report['id']}/issue", json=an_issue(file_id="0192c7e0-0000-7000-8000-000000000000")
    )
    assert faults(unknown) == {("/file_id/0", "unknown_file")}
    issued = await office.issue(report, file_id=await _uploaded(office, a_pdf()))
    assert (issued["signature"]["signed"], issued["signature"]["intact"]) == (False, None)
