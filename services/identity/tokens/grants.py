"""The three grants: a system by itself, a person's code, a person's refresh token."""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from kernel.database.connections import Transaction
from kernel.values.days import now
from kernel.web.calls import Call
from services.identity import problems
from services.identity.accounts import second_factor
from services.identity.accounts import service as accounts
from services.identity.audit import entries as audit
from services.identity.clients.devices import ROLL
from services.identity.roles import scopes_of
from services.identity.rows import AccountRow, ClientRow
from services.identity.runtime import Identity, identity_of
from services.identity.security.sealing import text_of
from services.identity.sessions import service as sessions
from services.identity.sessions.queries import LiveSession, TakenCode
from services.identity.sessions.service import Reused
from services.identity.tokens import issue
from services.identity.tokens.forms import Form, needed, read_scope

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)
_EVERYTHING = ""

Answer = dict[str, Any]


async def client_credentials(call: Call, client: ClientRow, form: Form) -> Answer:
    """Return a token for a system; `scope` narrows what it holds. Raises UnauthorizedClient, InvalidScope."""
    if client["kind"] != "system":
        raise problems.UnauthorizedClient("A public client has no credentials.")
    if not client["scopes"]:
        raise problems.UnauthorizedClient("The client holds no scope yet: another administrator has to confirm it.")
    # Whatever else it was given since: it calls one roll.
    held = (ROLL,) if client["class_id"] is not None else tuple(client["scopes"])
    requested = read_scope(form.get("scope"))
    if requested is not None and not set(requested) <= set(held):
        raise problems.InvalidScope("The client does not hold every scope it asks for.")
    if requested is None and form.get("scope"):
        raise problems.InvalidScope("Client systems do not sign in.")
    scopes = requested or held
    identity = identity_of(call)
    token = issue.access_token(
        identity,
        subject=client["client_id"],
        name=client["name"],
        client_id=client["client_id"],
        area=client["alliance"],
        scopes=scopes,
        subject_version=client["version"],
        class_id=client["class_id"],
        at=now(),
    )
    return _answer(identity, token, scopes)


def _answer(identity: Identity, token: str, scopes: tuple[str, ...], **more: str | None) -> Answer:
    document = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": identity.settings.access_token_seconds,
        "scope": " ".join(scopes),
    }
    # Left out rather than null: OAuth libraries take a null for a malformed answer.
    return {**document, **{name: value for name, value in more.items() if value is not None}}


async def authorization_code(call: Call, client: ClientRow, form: Form) -> Answer:
    """Exchange a code for the first tokens. Raises UnauthorizedClient, InvalidRequest, InvalidGrant."""
    _check_public(client)
    code, redirect_uri, verifier = (needed(form, name) for name in ("code", "redirect_uri", "code_verifier"))
    if _VERIFIER.fullmatch(verifier) is None:
        raise problems.InvalidRequest("The code_verifier needs 43 to 128 unreserved characters.")
    at = now()
    async with call.db.transaction() as tx:
        taken = await sessions.take_code(tx, code, at=at)
        if isinstance(taken, Reused):
            await _end_stolen(tx, call, taken, "authorization_code.reused", at=at)
        answer = (
            None
            if taken is None or isinstance(taken, Reused)
            else await _first_tokens(tx, call, client, taken, redirect_uri=redirect_uri, verifier=verifier, at=at)
        )
    # Raised after the commit: the code stays used, and a stolen session stays ended.
    if answer is None:
        raise problems.InvalidGrant("The code is unknown, used, expired, or was issued for another request.")
    return answer


async def _first_tokens(
    tx: Transaction, call: Call, client: ClientRow, taken: TakenCode, *, redirect_uri: str, verifier: str, at: datetime
) -> Answer | None:
    challenge = text_of(sha256(verifier.encode()).digest())
    if (
        taken["client_id"] != client["client_id"]
        or taken["redirect_uri"] != redirect_uri
        or not hmac.compare_digest(challenge.encode(), taken["code_challenge"].encode())
    ):
        return None
    scope, with_id = _kept(taken["scope"])
    identity = identity_of(call)
    person = await _person(tx, identity, taken["session_id"], client, scope, at=at)
    if person is None:
        return None
    session, account, scopes = person
    refresh = await sessions.add_refresh_token(tx, session["id"], client_id=client["client_id"], scope=scope, at=at)
    who = (
        issue.id_token(
            identity, account=account, client_id=client["client_id"], session=session, nonce=taken["nonce"], at=at
        )
        if with_id
        else None
    )
    token = _access_token(identity, account, client, session, scopes, at=at)
    return _answer(identity, token, scopes, refresh_token=refresh, id_token=who)


def keep_scope(scopes: tuple[str, ...] | None, *, with_id: bool) -> str:
    """Return what a code remembers of the scope asked for; nothing asked is everything the person may do."""
    return " ".join(((*(scopes or ()), "openid") if with_id else scopes) or ()) or _EVERYTHING


def _kept(text: str) -> tuple[str, bool]:
    scopes = text.split()
    return " ".join(scope for scope in scopes if scope != "openid"), "openid" in scopes


def _check_public(client: ClientRow) -> None:
    if client["kind"] != "public":
        raise problems.UnauthorizedClient("People sign in with public clients only.")


async def _person(
    tx: Transaction, identity: Identity, session_id: str, client: ClientRow, scope: str, *, at: datetime
) -> tuple[LiveSession, AccountRow, tuple[str, ...]] | None:
    """Return session, account and the scopes it has now within `scope`, or None if it may not go on."""
    session = await sessions.live(tx, session_id, at=at)
    if session is None:
        return None
    account = await accounts.by_id(tx, session["account_id"])
    if account is None or not account["is_active"]:
        return None
    if not second_factor.suffices(identity, account, with_second_factor=session["with_second_factor"]):
        return None
    await sessions.use(tx, session_id, at=at)
    return session, account, narrowed(account, client, scope.split() or None)


def narrowed(account: AccountRow, client: ClientRow, requested: list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    """Return what a person may do through an app: its roles' scopes, those of the app, those asked for."""
    within = set(client["scopes"]) & (set(requested) if requested is not None else set(client["scopes"]))
    return tuple(scope for scope in scopes_of(account["roles"]) if scope in within)


def _access_token(
    identity: Identity,
    account: AccountRow,
    client: ClientRow,
    session: LiveSession,
    scopes: tuple[str, ...],
    *,
    at: datetime,
) -> str:
    return issue.access_token(
        identity,
        subject=account["id"],
        name=account["full_name"],
        client_id=client["client_id"],
        area=account["alliance"],
        organization_id=account["organization_id"],
        session=session,
        scopes=scopes,
        subject_version=account["version"],
        at=at,
    )


async def refresh_token(call: Call, client: ClientRow, form: Form) -> Answer:
    """Follow a refresh token by the next one, with roles and area as they are now.

    Raises UnauthorizedClient, InvalidRequest, InvalidGrant, InvalidScope.
    """
    _check_public(client)
    shown = needed(form, "refresh_token")
    requested = read_scope(form.get("scope"))
    identity, at = identity_of(call), now()
    grace = timedelta(seconds=identity.settings.refresh_grace_seconds)
    answer = None
    async with call.db.transaction() as tx:
        rotated = await sessions.rotate(tx, shown, client_id=client["client_id"], grace=grace, at=at)
        if isinstance(rotated, Reused):
            await _end_stolen(tx, call, rotated, "refresh_token.reused", at=at)
        elif rotated != "unknown":
            person = await _person(tx, identity, rotated.session_id, client, rotated.scope, at=at)
            if person is not None:
                session, account, scopes = person
                if requested is not None:
                    scopes = tuple(scope for scope in scopes if scope in requested)
                if requested is not None and set(requested) - set(scopes):
                    raise problems.InvalidScope("The scope is wider than what was granted.")
                token = _access_token(identity, account, client, session, scopes, at=at)
                answer = _answer(identity, token, scopes, refresh_token=rotated.token)
    if answer is None:
        raise problems.InvalidGrant(
            "The refresh token is unknown, used, expired, its session has ended, or a second factor is needed."
        )
    return answer


async def _end_stolen(tx: Transaction, call: Call, reused: Reused, action: str, *, at: datetime) -> None:
    """End the session whose code or token came a second time: one of its two holders stole it."""
    account_id = await sessions.end(tx, reused.session_id, at=at, reason=action.replace(".", "_"))
    if account_id is None:
        return
    account = await accounts.by_id(tx, account_id)
    await audit.record(
        tx,
        action,
        actor=account_id,
        alliance=account["alliance"] if account else None,
        resource=("session", reused.session_id),
        request_id=call.request_id,
    )


async def revoke(call: Call, client: ClientRow, form: Form) -> None:
    """End the session of a refresh token of this client; unknown tokens are none of its business (RFC 7009)."""
    shown, at = needed(form, "token"), now()
    async with call.db.transaction() as tx:
        holder = await sessions.session_of_refresh_token(tx, shown)
        if holder is None or holder["client_id"] != client["client_id"]:
            return
        account_id = await sessions.end(tx, holder["session_id"], at=at, reason="revoked")
        if account_id is not None:
            account = await accounts.by_id(tx, account_id)
            await audit.record(
                tx,
                "session.ended",
                actor=account_id,
                alliance=account["alliance"] if account else None,
                resource=("session", holder["session_id"]),
                request_id=call.request_id,
                by="revoke",
            )
