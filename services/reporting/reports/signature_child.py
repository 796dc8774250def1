"""The process that reads the signature of a PDF: `python -m services.reporting.reports.signature_child 1`.

The file comes in at standard input; one JSON document goes out: whether it is signed, whether it is as it was signed, who
signed and when. It trusts nobody: no list of authorities is kept here, and nothing is fetched.
"""

from __future__ import annotations

import io
import logging
import sys
from typing import Any

import orjson

from kernel.runtime.limited_child import hold_ourselves

UNSIGNED: dict[str, Any] = {"signed": False, "intact": None, "signer": None, "signed_at": None, "trusted": None}


def signature_of(data: bytes) -> dict[str, Any]:
    """Return what the last signature of a PDF says; of what is no PDF, or has none, that it is not signed.

    `intact`: the bytes that it covers are those that were signed, and nothing came after them but what a signature allows.
    """
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        signatures = PdfFileReader(io.BytesIO(data), strict=False).embedded_signatures
    except (PdfError, ValueError, KeyError, TypeError, IndexError, OSError, RecursionError):
        return UNSIGNED
    return _read(signatures[-1]) if signatures else UNSIGNED


def _read(signature: Any) -> dict[str, Any]:
    from pyhanko.sign.diff_analysis import ModificationLevel

    certificate = signature.signer_cert
    at = signature.self_reported_timestamp
    found = {
        "signed": True,
        "intact": False,
        "signer": None if certificate is None else certificate.subject.human_friendly,
        "signed_at": None if at is None else at.isoformat(),
        "trusted": None,
    }
    try:
        signature.compute_integrity_info()
        status = signature.summarise_integrity_info()
        intact, valid = _verified(signature)
        level = status.get("modification_level", ModificationLevel.NONE)
        found["intact"] = bool(
            intact and valid and level in (None, ModificationLevel.NONE, ModificationLevel.LTA_UPDATES)
        )
    except Exception:  # A damaged signature is one that does not hold, whatever the library says of it.
        found["intact"] = False
    return found


def _verified(signature: Any) -> tuple[bool, bool]:
    """Return whether the digest is that of the bytes, and whether the signature over it is by the certificate's key."""
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity

    intact, valid = validate_sig_integrity(
        signature.signer_info,
        signature.signer_cert,
        expected_content_type="data",
        actual_digest=signature.compute_digest(),
    )
    return bool(intact), bool(valid)


def main() -> None:
    """Read the file at standard input and say what its signature says."""
    hold_ourselves()
    logging.disable(logging.CRITICAL)
    sys.stdout.buffer.write(orjson.dumps(signature_of(sys.stdin.buffer.read())))


if __name__ == "__main__":
    main()
