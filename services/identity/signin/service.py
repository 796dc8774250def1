"""Signing a person in: the password, the session, the code for the app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

import orjson

from kernel.database.connections import Transaction
from kernel.values.days import now
from kernel.web.auth import Caller
from kernel.web.calls import Call
from services.identity import problems
from services.identity.accounts import second_factor
from services.identity.accounts import service as accounts
from services.identity.accounts.second_factor import Enrolment
from services.identity.api import SYSTEM
from services.identity.audit import entries as audit
from services.identity.rows import AccountRow
from services.identity.runtime import identity_of
from services.identity.second_factor import codes, store
from services.identity.security import throttle
from services.identity.security.sealing import CannotOpen, bytes_of, text_of
from services.identity.sessions import service as sessions
from services.identity.sessions.queries import LiveSession
from services.identity.signin import attempts
from services.identity.signin.attempts import address_of
from services.identity.signin.requests import AuthorizationRequest
from services.identity.tokens.grants import keep_scope, narrowed

_TICKET = "sign-in step"
_TICKET_MINUTES = 10
Step = Literal["second_factor", "new_password", "enrolment", "go_on"]
"""What the page asks for after the password; each has a form of its own."""


@dataclass(frozen=True)
class Progress:
    """How far a sign-in has come: whose it is, and whether a second factor was shown beside the password."""

    account: AccountRow
    step: Step
    with_second_factor: bool


def as_caller(account: AccountRow) -> Caller:
    """Return the person of `account` as the one who does something to it: no token is at hand yet."""
    return replace(
        SYSTEM, id=account["id"], client_id="vca-identity", area=account["alliance"], name=account["full_name"]
    )


async def check_credentials(call: Call, username: str, password: str, *, in_session: bool = False) -> AccountRow:
    """Return the account of someone who knows its password. Raises SignInDelayed, SignInFailed.

    An unknown name, a wrong password and a disabled account cost the same time and get the same answer.
    """
    identity = identity_of(call)
    name = username.strip().lower()
    account = await accounts.by_username(call.db, name) if "\x00" not in name else None
    attempt = attempts.in_session(call, name) if in_session else attempts.on_the_page(call, name, account)
    async with identity.turns.take(call.db, attempt, at=now):
        right = await identity.passwords.matches(password, account["password_hash"] if account else None)
        if account is not None and right and account["is_active"]:
            await throttle.succeeded(call.db, attempt)
            return account
        async with call.db.transaction() as tx:
            await throttle.failed(tx, attempt, at=now())
            await audit.record(
                tx,
                "sign_in.failed",
                actor=account["id"] if account else "",
                alliance=account["alliance"] if account else None,
                resource=("account", account["id"]) if account else None,
                request_id=call.request_id,
                address=address_of(call),
            )
    raise problems.SignInFailed()


@asynccontextmanager
async def proving(call: Call, account: AccountRow, code: str, *, in_session: bool = False) -> AsyncIterator[None]:
    """Let a code of the account be tried within, by `use_code`; a wrong one costs growing time. Raises SignInDelayed.

    Six digits can be guessed by trying, so that all strangers together are delayed before they try. Who has the password and
    is kept waiting by that on a new device has recovery codes, which are beyond guessing.
    """
    what = f"second factor of {account['id']}"
    if in_session:
        attempt = attempts.in_session(call, what)
    else:
        attempt = attempts.on_the_page(call, what, account, is_strict=codes.is_timed(codes.typed(code)))
    async with identity_of(call).turns.take(call.db, attempt, at=now):
        try:
            yield
        except problems.WrongCode:
            async with call.db.transaction() as tx:
                await throttle.failed(tx, attempt, at=now())
                await _note_code(tx, call, "second_factor.failed", account)
            raise
        await throttle.succeeded(call.db, attempt)


async def use_code(tx: Transaction, call: Call, account: AccountRow, code: str) -> None:
    """Use up a code of the account's app, or a recovery code. Raises WrongCode."""
    used = await store.use(tx, identity_of(call).sealer, account["id"], code, at=now())
    if used is None:
        raise problems.WrongCode()
    if used == "recovery_code":
        await _note_code(tx, call, "recovery_code.used", account)


async def check_code(call: Call, account: AccountRow, code: str) -> None:
    """Use up a code of the account on its own. Raises SignInDelayed, WrongCode."""
    async with proving(call, account, code), call.db.transaction() as tx:
        await use_code(tx, call, account, code)


async def _note_code(tx: Transaction, call: Call, action: str, account: AccountRow) -> None:
    await audit.record(
        tx,
        action,
        actor=account["id"],
        alliance=account["alliance"],
        resource=("account", account["id"]),
        request_id=call.request_id,
        address=address_of(call),
    )


def next_step(call: Call, request: AuthorizationRequest, progress: Progress) -> Step | None:
    """Return what is asked for next; None: nothing, the person is signed in."""
    identity, account = identity_of(call), progress.account
    if second_factor.is_asked(identity, account) and not progress.with_second_factor:
        return "second_factor"
    if account["must_change_password"]:
        return "new_password"
    if account["second_factor_since"] is None and (
        second_factor.is_required(identity, account)
        or (request.asks_second_factor and identity.settings.second_factor != "off")
    ):
        return "enrolment"
    return None


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in, and where the browser goes with the code."""

    account: AccountRow
    location: str


async def sign_in(call: Call, request: AuthorizationRequest, progress: Progress, *, cookie: str | None) -> SignedIn:
    """Open a session. Raises SignInFailed, SendBack."""
    account = progress.account
    async with call.db.transaction() as tx:
        # Read again and locked: since the password was looked at, somebody may have reset it.
        present = await accounts.by_id(tx, account["id"], lock=True)
        if present is None or not present["is_active"] or _proofs(present) != _proofs(account):
            raise problems.SignInFailed()
        return await _open(tx, call, request, replace(progress, account=present), cookie=cookie)


def _proofs(account: AccountRow) -> tuple[object, ...]:
    return account["password_hash"], account["second_factor_since"]


async def _open(
    tx: Transaction, call: Call, request: AuthorizationRequest, progress: Progress, *, cookie: str | None
) -> SignedIn:
    at, account = now(), progress.account
    session_id = await sessions.open_session(
        tx,
        account["id"],
        request.client,
        cookie=cookie if request.stays_in_browser else None,
        with_second_factor=progress.with_second_factor,
        at=at,
    )
    await audit.record(
        tx,
        "sign_in.succeeded",
        actor=account["id"],
        alliance=account["alliance"],
        resource=("session", session_id),
        request_id=call.request_id,
        address=address_of(call),
        client_id=request.client["client_id"],
    )
    return SignedIn(account, await _code(tx, request, account, session_id))


async def _code(tx: Transaction, request: AuthorizationRequest, account: AccountRow, session_id: str) -> str:
    if not narrowed(account, request.client, request.scopes):
        raise request.failure("access_denied", "The person holds none of the scopes asked for.")
    code = await sessions.add_code(
        tx,
        session_id,
        client_id=request.client["client_id"],
        redirect_uri=request.redirect_uri,
        scope=keep_scope(request.scopes, with_id=request.with_id),
        challenge=request.challenge,
        nonce=request.nonce,
        at=now(),
    )
    return request.success(code)


async def known_person(
    call: Call, request: AuthorizationRequest, cookie: str | None
) -> tuple[LiveSession, AccountRow] | None:
    """Return session and account of the person this browser knows, or None if a password is needed."""
    if not cookie or not request.stays_in_browser or "login" in request.prompts:
        return None
    session = await sessions.by_cookie(call.db, cookie, at=now())
    account = await accounts.by_id(call.db, session["account_id"]) if session else None
    if session is None or account is None or not account["is_active"] or account["must_change_password"]:
        return None
    identity, with_second_factor = identity_of(call), session["with_second_factor"]
    if not second_factor.suffices(identity, account, with_second_factor=with_second_factor):
        return None
    if request.asks_second_factor and not with_second_factor and identity.settings.second_factor != "off":
        return None
    return session, account


async def go_on(call: Call, request: AuthorizationRequest, session_id: str, account: AccountRow) -> str:
    """Return where to go with a code of the session that is open already. Raises SignInFailed, SendBack."""
    async with call.db.transaction() as tx:
        if await sessions.live(tx, session_id, at=now()) is None:
            raise problems.SignInFailed()
        await sessions.use(tx, session_id, at=now())
        return await _code(tx, request, account, session_id)


def ticket_for(call: Call, progress: Progress, csrf: str) -> str:
    """Return what stands for the right password, in this browser alone, while its owner does what is asked next."""
    until = (now() + timedelta(minutes=_TICKET_MINUTES)).timestamp()
    account = progress.account
    content = orjson.dumps([account["id"], account["version"], progress.step, progress.with_second_factor, until])
    return text_of(identity_of(call).sealer.seal(f"{_TICKET} {csrf}", content))


async def progress_of(call: Call, ticket: str, csrf: str) -> Progress:
    """Return how far the sign-in of a ticket came. Raises FormExpired if it is old, or the account has changed since."""
    try:
        content = identity_of(call).sealer.open(f"{_TICKET} {csrf}", bytes_of(ticket))
        account_id, version, step, with_second_factor, until = orjson.loads(content)
    except (CannotOpen, ValueError):
        raise problems.FormExpired() from None
    account = await accounts.by_id(call.db, account_id)
    if account is None or not account["is_active"] or account["version"] != version or until < now().timestamp():
        raise problems.FormExpired()
    return Progress(account, step, with_second_factor)


async def change_password(
    call: Call, request: AuthorizationRequest, progress: Progress, password: str, *, cookie: str | None
) -> Progress | SignedIn:
    """Set the person's own password and open a session; or return how far it came, where more is asked.

    Raises FormExpired, SendBack.
    """
    password_hash = await identity_of(call).passwords.hash(password)
    async with call.db.transaction() as tx:
        present = await _unchanged(tx, progress)
        changed = await accounts.set_password(
            tx, present, password_hash, must_change=False, by=as_caller(present), request_id=call.request_id
        )
        after = replace(progress, account=changed)
        # Together with the session: who is sent back without one has the password of before.
        return after if next_step(call, request, after) else await _open(tx, call, request, after, cookie=cookie)


async def enrol(call: Call, progress: Progress, enrolment: Enrolment, code: str) -> tuple[Progress, list[str]]:
    """Have the app that shows `code` be the second factor; return how far the sign-in came, and the recovery codes.

    Raises FormExpired, WrongCode.
    """
    async with call.db.transaction() as tx:
        present = await _unchanged(tx, progress)
        changed, made = await second_factor.enrol(
            tx, identity_of(call), present, enrolment, code, by=as_caller(present), request_id=call.request_id
        )
    return Progress(changed, "go_on", with_second_factor=True), made


async def _unchanged(tx: Transaction, progress: Progress) -> AccountRow:
    """Return the account, locked. Raises FormExpired where it changed since the page was shown."""
    present = await accounts.by_id(tx, progress.account["id"], lock=True)
    if present is None or present["version"] != progress.account["version"]:
        raise problems.FormExpired()
    return present
