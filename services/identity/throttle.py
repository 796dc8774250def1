"""A growing delay after failed sign-ins, per account name and per address, kept in the database.

Charged before the password is looked at and given back afterwards, so that a hundred guesses at once are a hundred
failures, not one. A name we do not know is charged like one we do: nobody learns which names exist.
"""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from kernel.db import Database, Transaction
from services.identity.sealing import Sealer


@dataclass(frozen=True)
class Policy:
    """`free` failures cost nothing; each one beyond doubles the delay from one second up to `longest`."""

    free: int
    longest: timedelta
    forgotten: timedelta


ACCOUNT = Policy(free=3, longest=timedelta(minutes=5), forgotten=timedelta(hours=24))
# A whole office may sign in from one address.
ADDRESS = Policy(free=30, longest=timedelta(minutes=15), forgotten=timedelta(minutes=30))

# No row comes back while the subject is blocked: looking and charging are one step, so a burst cannot slip through.
_CHARGE = """
    INSERT INTO sign_in_throttle AS t (subject, failures, last_failed_at) VALUES ($1, 1, $2)
        ON CONFLICT (subject) DO UPDATE
       SET failures = CASE WHEN t.last_failed_at < $3 THEN 1 ELSE t.failures + 1 END,
           last_failed_at = $2, blocked_until = NULL
     WHERE t.blocked_until IS NULL OR t.blocked_until <= $2
 RETURNING failures"""
_UNTIL = "SELECT blocked_until FROM sign_in_throttle WHERE subject = $1"
_BLOCK = "UPDATE sign_in_throttle SET blocked_until = $2 WHERE subject = $1"
_FORGET = "DELETE FROM sign_in_throttle WHERE subject = $1"
_GIVE_BACK = "UPDATE sign_in_throttle SET failures = greatest(failures - 1, 0), blocked_until = NULL WHERE subject = $1"
_PURGE = "DELETE FROM sign_in_throttle WHERE last_failed_at < $1"


def account_subject(sealer: Sealer, username: str) -> str:
    """Return what stands for an account name; marked, as people type passwords into that field too."""
    return "account:" + sealer.mark("throttle", username)


def address_subject(sealer: Sealer, address: str) -> str:
    """Return what stands for an address; one IPv6 customer has a whole /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        pass
    else:
        if parsed.version == 6 and parsed.ipv4_mapped is None:
            address = str(ipaddress.ip_network((parsed, 64), strict=False))
    return "address:" + sealer.mark("throttle", address)


def delay(policy: Policy, failures: int) -> timedelta:
    """Return how long to wait after so many failures: 0, then 1, 2, 4… seconds."""
    beyond = failures - policy.free
    if beyond <= 0:
        return timedelta(0)
    return min(policy.longest, timedelta(seconds=2 ** min(beyond - 1, 20)))


async def charge(db: Database, account: str, address: str, *, at: datetime) -> int:
    """Count one attempt as failed; return 0, or how many seconds to wait when the attempt is not to be made."""
    try:
        async with db.transaction() as tx:
            # In this order always, so that two attempts never wait for each other.
            await _charge(tx, account, ACCOUNT, at)
            await _charge(tx, address, ADDRESS, at)
    except _Blocked as blocked:
        return max(1, math.ceil((blocked.until - at).total_seconds()))
    return 0


class _Blocked(Exception):
    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


async def _charge(tx: Transaction, subject: str, policy: Policy, at: datetime) -> None:
    failures = await tx.fetchval(_CHARGE, subject, at, at - policy.forgotten)
    if failures is None:
        raise _Blocked(await tx.fetchval(_UNTIL, subject))
    if wait := delay(policy, failures):
        await tx.execute(_BLOCK, subject, at + wait)


async def give_back(tx: Transaction, account: str, address: str) -> None:
    """Undo a charge: the password was right. The address keeps its other failures: one good account must not buy
    guesses at the rest."""
    await tx.execute(_FORGET, account)
    await tx.execute(_GIVE_BACK, address)


async def purge(db: Database, *, at: datetime) -> None:
    """Drop what no longer matters."""
    await db.execute(_PURGE, at - max(ACCOUNT.forgotten, ADDRESS.forgotten))
