"""One-time codes by time (TOTP, RFC 6238) of an authenticator app, and the recovery codes for a phone that is lost."""

from __future__ import annotations

import hmac
import io
import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

import pyotp
import segno

from kernel.values.text import name_folded
from services.identity.security.passwords import one_time

RECOVERY_CODES = 10
_STEP_SECONDS, _DRIFT = 30, 1
_CODE = re.compile(r"[0-9]{6}", re.ASCII)


def new_secret() -> str:
    """Return a secret of 160 bits, as RFC 4226 recommends, in the base32 that apps take."""
    return pyotp.random_base32()


def address(secret: str, *, username: str, public_url: str) -> str:
    """Return the otpauth address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=f"VCA {urlsplit(public_url).hostname}")


def picture(text: str) -> str:
    """Return `text` as a QR code: an SVG that stands in a page without script or style."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", scale=4, light="#fff", xmldecl=False, svgclass=None, lineclass=None, omitsize=False
    )
    return drawn.getvalue().decode().strip()


def typed(text: str) -> str:
    """Return a code without the blanks and dashes that people type or paste with it."""
    return re.sub(r"[^0-9a-z]", "", name_folded(text[:200]))


def is_timed(code: str) -> bool:
    """Say whether a typed code is one of an app, and not a recovery code."""
    return _CODE.fullmatch(code) is not None


def steps_of(secret: str, code: str, *, at: datetime) -> Iterator[int]:
    """Yield the half minutes whose code this is, of the present one and those beside it: clocks of phones drift."""
    present = int(at.timestamp()) // _STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in range(present - _DRIFT, present + _DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step), code):
            yield step


def recovery_codes() -> list[str]:
    """Return codes to keep on paper, of 79 bits each: they are beyond guessing."""
    return [one_time() for _ in range(RECOVERY_CODES)]
