"""Makes two recordings of the same day and of any other the same, byte by byte: what came by chance is put in order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from kernel.values.days import VIETNAM
from tests.contract.examples.deployment import TODAY

Json = dict[str, Any]

_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?![0-9a-f-])")
_CLIENT = re.compile(r"\bc-[0-9a-f]{32}\b")
_VERIFICATION = re.compile(r"\b[0-9a-f]{16}\b")
_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")
_FIRST = datetime(TODAY.year, TODAY.month, TODAY.day, 2, 30, tzinfo=UTC)
_EMBEDDED = re.compile(r'W/\\"(\d+)-[0-9a-f]+\\"')
_OF_A_FILE = re.compile(r'\\"[0-9a-f]{32}\\"')
_CURSOR = re.compile(r'(cursor=|"(?:\w*cursor|feed_head)": ")[^"&>]+')
_SIGNED = re.compile(r"\b(expires|signature|code)=[\w.~-]{10,}")
_SIX_DIGITS = re.compile(r'("code": )"\d{6}"')
_RECOVERY = re.compile(r'"(?!k7mt-)(?:[0-9a-z]{4}-){3}[0-9a-z]{4}"')
_SECRET = re.compile(r'("secret": )"[A-Z2-7]{32}"')
_IN_ADDRESS = {"expires": "1705289400", "signature": "invented-signature", "code": "invented-code"}
_INVENTED: dict[str, Any] = {
    "access_token": "eyJhbGciOiJFUzI1NiJ9.invented-claims.invented-signature",
    "refresh_token": "invented-refresh-token-0123456789abcdefghij",
    "token": "invented-refresh-token-0123456789abcdefghij",
    "id_token": "eyJhbGciOiJFUzI1NiJ9.invented-claims.invented-signature",
    "client_secret": "invented-secret-0123456789abcdefghijklmnopq",
    "one_time_password": "k7mt-29ve-hq4x-w3pd",
    "password": "câu dài đã bịa ra",
    "current_password": "câu dài đã bịa ra",
    "new_password": "một câu dài khác hẳn",
    "csrf_token": "invented-csrf-token-0123456789abcdefghijklm",
    "checksum": "3485881533535115297",
    "expires": 1705289400,
    "signature": "invented-signature",
    "tag": "9f2c41d07a9f2c41d07a",
    "seconds_behind": 0,
    "oldest_transaction_seconds": 0,
    "disk_used_percent": 40,
    "hint": "inve",
    "kid": "2024-01-invented",
    "x": "invented-point-0123456789abcdefghijklmnopqr",
    "y": "invented-point-rqponmlkjihgfedcba9876543210",
    "enrolment": "invented-enrolment-0123456789abcdefghijklmnopq",
    "otpauth_uri": "otpauth://totp/VCA:lan.nguyen?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=VCA",
    "qr_svg": '<svg xmlns="http://www.w3.org/2000/svg" width="196" height="196"></svg>',
}
"""What is secret or made by chance, by the name of its field → what is shown for it."""


def normalised(example: Json) -> Json:
    """Return an example in which ids, instants, cursors, signatures and secrets are always the same."""
    return _in_order(_by_name(example))


def _by_name(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        if "rows" in value and "sha256" in value:
            # A file of an export: there are instants in it.
            value = value | {"bytes": 930_412, "sha256": "9f2c41d0" * 8}
        return {key: _by_name(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_by_name(inner, name) for inner in value]
    return value if value is None else _INVENTED.get(name, value)


def _in_order(example: Json) -> Json:
    text = json.dumps(example, ensure_ascii=False)
    text = _ID.sub(_numbered(lambda number: f"018d0af4-5040-7000-8000-{number:012d}"), text)
    instants = sorted(set(_INSTANT.findall(text)))
    shown = {at: f"{_FIRST + timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}" for number, at in enumerate(instants)}
    text = _INSTANT.sub(lambda match: shown[match[0]], text)
    text = _CLIENT.sub(_numbered(lambda number: f"c-018d0af450407000{number:016x}"), text)
    text = _SIX_DIGITS.sub(r'\1"287082"', text)
    text = _SECRET.sub(r'\1"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"', text)
    text = _RECOVERY.sub(_numbered(lambda number: f'"h5kd-82tn-xq4v-{number:04d}"'), text)
    text = _VERIFICATION.sub(_numbered(lambda number: f"5d92057daf437d{number:02x}"), text)
    # Instants are real, so also the day of one that a sentence names.
    text = text.replace(f"{datetime.now(VIETNAM):%d/%m/%Y}", f"{TODAY:%d/%m/%Y}")
    text = _OF_A_FILE.sub(r'\\"9f2c41d07a9f2c41d07a9f2c41d07a9f\\"', text)
    text = _EMBEDDED.sub(r'W/\\"\1-9f2c41d07a\\"', text)
    text = _CURSOR.sub(r"\1aW52ZW50ZWQtY3Vyc29y", text)
    text = _SIGNED.sub(
        lambda match: f"{match[1]}={'1705289400' if match[1] == 'expires' else 'invented-signature'}", text
    )
    normal: Json = json.loads(text)
    return normal


def _numbered(of: Callable[[int], str]) -> Callable[[re.Match[str]], str]:
    """Return what puts the same for the same match: the first, the second …"""
    numbers: dict[str, int] = {}
    return lambda match: of(numbers.setdefault(match[0], len(numbers) + 1))
