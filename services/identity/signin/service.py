"""Signing a person in: the password, the session, the code for the app."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import orjson

from kernel.database.connections import Transaction
from kernel.values.days import now
from kernel.web.auth import Caller
from kernel.web.calls import Call
from services.identity import problems
from services.identity.accounts import service as accounts
from services.identity.api import SYSTEM
from services.identity.audit import entries as audit
from services.identity.rows import AccountRow
from services.identity.runtime import identity_of
from services.identity.security import throttle
from services.identity.security.sealing import CannotOpen, bytes_of, text_of
from services.identity.sessions import service as sessions
from services.identity.sessions.queries import LiveSession
from services.identity.signin.requests import AuthorizationRequest
from services.identity.tokens.grants import keep_scope, narrowed

_TICKET = "password change"
_TICKET_MINUTES = 10


def as_caller(account: AccountRow) -> Caller:
    """Return the person of `account` as the one who does something to it: no token is at hand yet."""
    return replace(
        SYSTEM, id=account["id"], client_id="vca-identity", area=account["alliance"], name=account["full_name"]
    )


def address_of(call: Call) -> str:
    """Return the address a request comes from, as the gateway passes it on."""
    client = call.request.client
    return client.host if client is not None else "unknown"


def throttled(call: Call, username: str) -> tuple[str, str]:
    """Return what a failure of `username` on this call counts against: the name and the address."""
    sealer = identity_of(call).sealer
    return throttle.account_subject(sealer, username), throttle.address_subject(sealer, address_of(call))


async def check_credentials(call: Call, username: str, password: str) -> AccountRow:
    """Return the account of someone who knows its password. Raises SignInDelayed, SignInFailed.

    An unknown name, a wrong password and a disabled account cost the same time and get the same answer.
    """
    identity = identity_of(call)
    name = username.strip().lower()
    subjects = throttled(call, name)
    async with identity.turns.take(call.db, *subjects, at=now):
        account = await accounts.by_username(call.db, name) if "\x00" not in name else None
        right = await identity.passwords.matches(password, account["password_hash"] if account else None)
        if account is not None and right and account["is_active"]:
            await throttle.succeeded(call.db, subjects[0])
            return account
        async with call.db.transaction() as tx:
            await throttle.failed(tx, *subjects, at=now())
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


async def sign_in(call: Call, request: AuthorizationRequest, account: AccountRow, *, cookie: str | None) -> str:
    """Open a session and return where to go with its code. Raises SignInFailed, SendBack."""
    async with call.db.transaction() as tx:
        # Read again and locked: since the password was looked at, somebody may have reset it.
        present = await accounts.by_id(tx, account["id"], lock=True)
        if present is None or not present["is_active"] or present["password_hash"] != account["password_hash"]:
            raise problems.SignInFailed()
        return await _open(tx, call, request, present, cookie=cookie)


async def _open(
    tx: Transaction, call: Call, request: AuthorizationRequest, account: AccountRow, *, cookie: str | None
) -> str:
    at = now()
    session_id = await sessions.open_session(
        tx, account["id"], request.client, cookie=cookie if request.stays_in_browser else None, at=at
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
    return await _code(tx, request, account, session_id)


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
    return session, account


async def go_on(call: Call, request: AuthorizationRequest, session_id: str, account: AccountRow) -> str:
    """Return where to go with a code of the session that is open already. Raises SignInFailed, SendBack."""
    async with call.db.transaction() as tx:
        if await sessions.live(tx, session_id, at=now()) is None:
            raise problems.SignInFailed()
        await sessions.use(tx, session_id, at=now())
        return await _code(tx, request, account, session_id)


def ticket_for(call: Call, account: AccountRow) -> str:
    """Return what stands for the right one-time password while its owner chooses another."""
    until = (now() + timedelta(minutes=_TICKET_MINUTES)).timestamp()
    content = orjson.dumps([account["id"], account["version"], until])
    return text_of(identity_of(call).sealer.seal(_TICKET, content))


async def ticket_holder(call: Call, ticket: str) -> AccountRow:
    """Return the account a ticket was made for. Raises FormExpired if it is old, or the account has changed since."""
    try:
        account_id, version, until = orjson.loads(identity_of(call).sealer.open(_TICKET, bytes_of(ticket)))
    except (CannotOpen, ValueError):
        raise problems.FormExpired() from None
    account = await accounts.by_id(call.db, account_id)
    if account is None or not account["is_active"] or account["version"] != version or until < now().timestamp():
        raise problems.FormExpired()
    return account


async def change_and_sign_in(
    call: Call, request: AuthorizationRequest, account: AccountRow, password: str, *, cookie: str | None
) -> str:
    """Set the person's own password, open a session, return where to go. Raises FormExpired, SendBack."""
    password_hash = await identity_of(call).passwords.hash(password)
    async with call.db.transaction() as tx:
        present = await accounts.by_id(tx, account["id"], lock=True)
        if present is None or present["version"] != account["version"]:
            raise problems.FormExpired()
        changed = await accounts.set_password(
            tx, present, password_hash, must_change=False, by=as_caller(present), request_id=call.request_id
        )
        return await _open(tx, call, request, changed, cookie=cookie)
