"""What failed sign-ins cost, kept in the database: whose guesses are wrong waits longer, and nobody else does.

A try has a place of its own to fail at: the device that signed in to the account before, or, for strangers, the account as it is
tried from one address. Only failures there, or of the whole address, are looked at before the password is; those of all
strangers with the account are felt after a wrong one, as a longer wait of who gave it. So a thousand wrong guesses from
elsewhere keep nobody out who knows the password. A name we do not know is treated like one we do: nobody learns which
names exist, and who has to wait is told so before any password is looked at.
"""

from __future__ import annotations

import asyncio
import heapq
import ipaddress
import itertools
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from sqlmodel import delete, update

from kernel.database.connections import Database, Transaction
from kernel.database.statements import always, command, param, statement
from services.identity.models import SignInThrottle
from services.identity.problems import SignInDelayed
from services.identity.rows import SignInThrottleRow
from services.identity.security.sealing import Sealer

_AT_ONCE, _MOST_WAITING, _WAIT_SECONDS = 2, 256, 5


@dataclass(frozen=True)
class Policy:
    """`free` failures cost nothing; each one beyond doubles the delay from one second up to `longest`."""

    free: int
    longest: timedelta
    forgotten: timedelta


OWN = Policy(free=3, longest=timedelta(minutes=5), forgotten=timedelta(hours=24))
# Of all strangers with one account: who mistypes on a new device while nobody attacks does not feel it.
ACCOUNT = Policy(free=20, longest=timedelta(minutes=5), forgotten=timedelta(hours=24))
# A whole office may sign in from one address.
ADDRESS = Policy(free=30, longest=timedelta(minutes=15), forgotten=timedelta(minutes=30))
# One customer may hold 65,536 of the networks that ADDRESS counts.
SITE = Policy(free=240, longest=timedelta(minutes=15), forgotten=timedelta(minutes=30))

_STANDING = statement(
    SignInThrottleRow,
    "SELECT subject, failures, last_failed_at, blocked_until FROM sign_in_throttle WHERE subject = ANY($1::text[])",
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


@dataclass(frozen=True)
class Attempt:
    """What one try counts against. `account` None: of a known device, whose failures are nobody else's.

    `is_strict`: what is tried can be guessed by trying (six digits), so that the account's delay holds before the try as well.
    """

    own: str
    account: str | None = None
    networks: tuple[tuple[str, Policy], ...] = ()
    is_strict: bool = False

    @property
    def looked_at(self) -> list[str]:
        """What keeps the try waiting before anything is compared."""
        strict = [self.account] if self.account is not None and self.is_strict else []
        return [self.own, *strict, *(subject for subject, _ in self.networks)]

    @property
    def in_turn_with(self) -> str:
        """Tries that share this come one after the other, so that each sees the failure of the one before it."""
        if self.account is not None and self.is_strict:
            return self.account
        return self.networks[0][0] if self.networks else self.own


def known(sealer: Sealer, what: str, device: str) -> Attempt:
    """Return a try of `what` from a device, or in a session, that was signed in to it before."""
    return Attempt(f"device:{sealer.mark('throttle', f'{device} {what}')}")


def stranger(sealer: Sealer, what: str, address: str, *, is_strict: bool = False) -> Attempt:
    """Return a try of `what` from an address. All is marked, as people type passwords into the user name, too."""
    networks = networks_of(address)
    own = sealer.mark("throttle", f"{networks[0][0]} {what}")
    marked = tuple((f"address:{sealer.mark('throttle', network)}", policy) for network, policy in networks)
    return Attempt(f"from:{own}", _of_all(sealer, what), marked, is_strict)


def _of_all(sealer: Sealer, what: str) -> str:
    return f"account:{sealer.mark('throttle', what)}"


def networks_of(address: str) -> list[tuple[str, Policy]]:
    """Return the networks that an address counts for, the smallest first: one IPv6 customer has a whole /64, or a /48."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return [(address, ADDRESS)]
    if parsed.version == 4 or parsed.ipv4_mapped is not None:
        return [(str(getattr(parsed, "ipv4_mapped", None) or parsed), ADDRESS)]
    return [
        (str(ipaddress.ip_network((parsed, prefix), strict=False)), policy)
        for prefix, policy in ((64, ADDRESS), (48, SITE))
    ]


def delay(policy: Policy, failures: int) -> timedelta:
    """Return how long to wait after so many failures: 0, then 1, 2, 4… seconds."""
    beyond = failures - policy.free
    if beyond <= 0:
        return timedelta(0)
    return min(policy.longest, timedelta(seconds=2 ** min(beyond - 1, 20)))


class Turns:
    """Who may try a password now: one try an address or device, and two in all; known devices come first, then who failed least.

    So a hundred guesses at once are a hundred failures, not one, and a flood of strangers waits behind everybody else; of
    those, more than some hundred are sent away at once.
    """

    def __init__(self) -> None:
        self._free = _AT_ONCE
        self._waiting: list[tuple[tuple[int, int], asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def take(self, db: Database, attempt: Attempt, *, at: Callable[[], datetime]) -> AsyncIterator[None]:
        """Wait for a turn. Raises SignInDelayed while the try has to wait longer than that."""
        lock = self._locks.get(attempt.in_turn_with)
        if lock is None:
            lock = self._locks[attempt.in_turn_with] = asyncio.Lock()
        async with lock:
            failures = await _standing(db, attempt, at())
            await self._begin((failures, next(self._order)))
            try:
                yield
            finally:
                self._end()

    async def _begin(self, place: tuple[int, int]) -> None:
        if self._free and not self._waiting:
            self._free -= 1
            return
        if len(self._waiting) >= _MOST_WAITING:
            self._send_away(place)
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (place, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._end()
            raise

    def _send_away(self, place: tuple[int, int]) -> None:
        last = max(self._waiting, key=lambda each: each[0])
        if last[0] < place:
            raise SignInDelayed(_WAIT_SECONDS)
        self._waiting.remove(last)
        heapq.heapify(self._waiting)
        if not last[1].done():
            last[1].set_exception(SignInDelayed(_WAIT_SECONDS))

    def _end(self) -> None:
        while self._waiting:
            _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


async def _standing(db: Database, attempt: Attempt, at: datetime) -> int:
    """Return how many failures of late stand against a try; -1 for a known device. Raises SignInDelayed."""
    rows = await db.fetch(_STANDING, attempt.looked_at)
    until = max((row["blocked_until"] for row in rows if row["blocked_until"] is not None), default=at)
    if until > at:
        raise SignInDelayed(max(1, math.ceil((until - at).total_seconds())))
    if attempt.account is None:
        return -1
    return max((row["failures"] for row in rows if row["last_failed_at"] > at - ADDRESS.forgotten), default=0)


async def failed(tx: Transaction, attempt: Attempt, *, at: datetime) -> None:
    """Count a failure, and have whoever tries from there wait for what it costs."""
    # In this order always, so that two tries never wait for each other.
    of_all = timedelta(0)
    if attempt.account is not None:
        of_all = await _fail(tx, attempt.account, ACCOUNT, at=at, blocks=attempt.is_strict)
    await _fail(tx, attempt.own, OWN, at=at, least=of_all)
    for subject, policy in attempt.networks:
        await _fail(tx, subject, policy, at=at)


async def _fail(
    tx: Transaction, subject: str, policy: Policy, *, at: datetime, least: timedelta = timedelta(0), blocks: bool = True
) -> timedelta:
    failures = await tx.fetchval(_FAIL, subject, at, at - policy.forgotten)
    wait = max(least, delay(policy, failures))
    if wait and blocks:
        await tx.execute(_BLOCK, subject, at + wait)
    return wait


async def succeeded(db: Database | Transaction, attempt: Attempt) -> None:
    """Forget the failures at this very place. Its address keeps them: one good account must not buy guesses at the rest."""
    await db.execute(_FORGET, attempt.own)


async def forget_account(tx: Transaction, sealer: Sealer, username: str) -> None:
    """Forget what all strangers failed at with an account's user name, which may be another's from now on."""
    await tx.execute(_FORGET, _of_all(sealer, username))


async def purge(db: Database, *, at: datetime) -> None:
    """Drop what no longer matters."""
    await db.execute(_PURGE, at - max(ACCOUNT.forgotten, ADDRESS.forgotten))
