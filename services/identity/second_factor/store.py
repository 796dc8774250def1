"""What is kept of second factors: a sealed secret an account, with the last half minute whose code was used, and recovery codes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sqlmodel import delete, insert, select

from kernel.database.connections import Database, Transaction
from kernel.database.statements import always, command, param, scalar
from services.identity.models import RecoveryCode, SecondFactor
from services.identity.second_factor import codes
from services.identity.security.sealing import CannotOpen, Sealer, hashed

PURPOSE = "second factor"
Kind = Literal["code", "recovery_code"]

_SECRET = scalar(bytes, select(SecondFactor.secret_sealed).where(SecondFactor.account_id == param(1)))
_KEEP = command(
    """
    INSERT INTO second_factor (account_id, secret_sealed, last_step) VALUES ($1::uuid, $2, $3)
    ON CONFLICT (account_id) DO UPDATE SET secret_sealed = excluded.secret_sealed, last_step = excluded.last_step"""
)
# One statement decides: of two who bring the same code at once, the second finds its half minute used up, and no earlier
# one is taken after it. Not of another secret: it may have been replaced since it was read.
_USE = scalar(
    bool,
    """
    UPDATE second_factor SET last_step = $2
     WHERE account_id = $1::uuid AND last_step < $2 AND secret_sealed = $3 RETURNING true""",
)
_USE_RECOVERY_CODE = scalar(
    bool,
    """
    UPDATE recovery_code SET used_at = $3
     WHERE code_hash = $1 AND account_id = $2::uuid AND used_at IS NULL RETURNING true""",
)
_ADD_RECOVERY_CODE = command(
    insert(RecoveryCode).values(code_hash=param(1), account_id=param(2), created_at=param(3)).inline()
)
_FORGET = tuple(command(delete(table).where(table.account_id == param(1))) for table in (SecondFactor, RecoveryCode))
_FORGET_RECOVERY_CODES = _FORGET[1]
# By ix_recovery_code_account_id.
_LEFT = always(int, "SELECT count(*) FROM recovery_code WHERE account_id = $1::uuid AND used_at IS NULL")


def _sealed(sealer: Sealer, account_id: str, secret: str) -> bytes:
    # With whose it is: a row that is copied to another account opens nothing there.
    return sealer.seal(PURPOSE, f"{account_id} {secret}".encode())


def _opened(sealer: Sealer, account_id: str, sealed: bytes) -> str | None:
    try:
        owner, _, secret = sealer.open(PURPOSE, sealed).decode().partition(" ")
    except CannotOpen:
        return None
    return secret if owner == account_id else None


def _recovery_hash(account_id: str, code: str) -> bytes:
    return hashed(f"{account_id} {codes.typed(code)}")


async def keep(tx: Transaction, sealer: Sealer, account_id: str, secret: str, *, step: int) -> None:
    """Have `secret` be the account's; the code of `step` was used to show that the app has it."""
    await tx.execute(_KEEP, account_id, _sealed(sealer, account_id, secret), step)


async def keep_recovery_codes(tx: Transaction, account_id: str, made: Iterable[str], *, at: datetime) -> None:
    """Have these recovery codes take the place of all others."""
    await tx.execute(_FORGET_RECOVERY_CODES, account_id)
    for code in made:
        await tx.execute(_ADD_RECOVERY_CODE, _recovery_hash(account_id, code), account_id, at)


async def use(tx: Transaction, sealer: Sealer, account_id: str, text: str, *, at: datetime) -> Kind | None:
    """Use up what a person typed; say what it was, or None for what is wrong, too old or used before."""
    code = codes.typed(text)
    if not codes.is_timed(code):
        recovery = await tx.fetchval(_USE_RECOVERY_CODE, _recovery_hash(account_id, code), account_id, at)
        return "recovery_code" if recovery else None
    sealed = await tx.fetchval(_SECRET, account_id)
    secret = None if sealed is None else _opened(sealer, account_id, sealed)
    if sealed is None or secret is None:
        return None
    for step in codes.steps_of(secret, code, at=at):
        if await tx.fetchval(_USE, account_id, step, sealed):
            return "code"
    return None


async def forget(tx: Transaction, account_id: str) -> None:
    """Drop an account's secret and its recovery codes."""
    for sql in _FORGET:
        await tx.execute(sql, account_id)


async def recovery_codes_left(db: Database | Transaction, account_id: str) -> int:
    """Return how many recovery codes are still good."""
    return await db.fetchval(_LEFT, account_id)
