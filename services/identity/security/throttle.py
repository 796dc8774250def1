"""A growing delay after failed sign-ins, per account name and per address, kept in the database.

A name we do not know is delayed like one we do: nobody learns which names exist.
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from sqlmodel import delete, update

from kernel.database.connections import Database, Transaction
from kernel.database.statements import always, command, param, scalar
from services.identity.models import SignInThrottle
from services.identity.problems import SignInDelayed
from services.identity.security.sealing import Sealer

_AT_ONCE = 2


@dataclass(frozen=True)
class Policy:
    """`free` failures cost nothing; each one beyond doubles the delay from one second up to `longest`."""

    free: int
    longest: timedelta
    forgotten: timedelta


ACCOUNT = Policy(free=3, longest=timedelta(minutes=5), forgotten=timedelta(hours=24))
# A whole office may sign in from one address.
ADDRESS = Policy(free=30, longest=timedelta(minutes=15), forgotten=timedelta(minutes=30))

_BLOCKED = scalar(
    datetime, "SELECT max(blocked_until) FROM sign_in_throttle WHERE subject = ANY($1::text[]) AND blocked_until > $2"
)
# Counts and reads the count in one statement: of many failures at once each is one. What lies long back begins anew.
_FAIL = always(
    int,
    """
    INSERT INTO sign_in_throttle AS t (subject, failures, last_failed_at) VALUES ($1, 1, $2)
        ON CONFLICT (subject) DO UPDATE
       SET failures = CASE WHEN t.last_failed_at < $3 THEN 1 ELSE t.failures + 1 END,
           last_failed_at = $2, blocked_until = NULL
 RETURNING failures""",
)
_BLOCK = command(update(SignInThrottle).where(SignInThrottle.subject == param(1)).values(blocked_until=param(2)))
_FORGET = command(delete(SignInThrottle).where(SignInThrottle.subject == param(1)))
_PURGE = command(delete(SignInThrottle).where(SignInThrottle.last_failed_at < param(1)))


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


class Turns:
    """Who may try a password now: one attempt an account and two in all, in the order they came.

    So each attempt sees what the one before it did, and a hundred guesses at once are a hundred failures, not one;
    while many people of one office who sign in together only wait a moment.
    """

    def __init__(self) -> None:
        self._all = asyncio.Semaphore(_AT_ONCE)
        self._accounts: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def take(
        self, db: Database, account: str, address: str, *, at: Callable[[], datetime]
    ) -> AsyncIterator[None]:
        """Wait for a turn. Raises SignInDelayed while the account or the address is blocked."""
        lock = self._accounts.get(account)
        if lock is None:
            lock = self._accounts[account] = asyncio.Lock()
        async with lock, self._all:
            present = at()
            until = await db.fetchval(_BLOCKED, [account, address], present)
            if until is not None:
                raise SignInDelayed(max(1, math.ceil((until - present).total_seconds())))
            yield


async def failed(tx: Transaction, account: str, address: str, *, at: datetime) -> None:
    """Count a failure of both, and block them for what it costs."""
    # In this order always, so that two attempts never wait for each other.
    for subject, policy in ((account, ACCOUNT), (address, ADDRESS)):
        failures = await tx.fetchval(_FAIL, subject, at, at - policy.forgotten)
        if wait := delay(policy, failures):
            await tx.execute(_BLOCK, subject, at + wait)


async def succeeded(db: Database | Transaction, account: str) -> None:
    """Forget the failures of an account. Its address keeps them: one good account must not buy guesses at the rest."""
    await db.execute(_FORGET, account)


async def purge(db: Database, *, at: datetime) -> None:
    """Drop what no longer matters."""
    await db.execute(_PURGE, at - max(ACCOUNT.forgotten, ADDRESS.forgotten))
