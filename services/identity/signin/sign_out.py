"""Signing out: the session ends, and with it every refresh token; access tokens run out within ten minutes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Form
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.problems.field_labels import Label
from kernel.values.days import now
from kernel.web.auth import AUDIENCE
from kernel.web.calls import Call, CurrentCall
from kernel.web.replies import no_content
from services.identity import problems
from services.identity.accounts import service as accounts
from services.identity.api import FORM, identity_router
from services.identity.audit import entries as audit
from services.identity.clients import redirects
from services.identity.clients.records import by_client_id
from services.identity.runtime import identity_of
from services.identity.sessions import service as sessions
from services.identity.sessions.queries import LiveSession
from services.identity.signin import cookies, pages
from services.identity.signin.pages import wants_page
from services.identity.signin.requests import query_fields, with_parameters
from services.identity.signin.responses import PAGE, contract, guarded, parameter, redirect
from services.identity.tokens import forms
from services.identity.tokens.issue import claims_of

router = identity_router("sign-in")


class SignOutForm(BaseModel):
    """Whose session ends: the browser's (with the page's `csrf_token`), or that of a token."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"refresh_token": "invented"}]})

    csrf_token: str | None = Field(default=None, description="From the page's form")
    refresh_token: str | None = Field(default=None, description="For apps without a browser at hand")
    id_token_hint: str | None = Field(default=None, description="ID token of the sign-in; may have expired")
    client_id: str | None = Field(default=None, description="The app, unless `id_token_hint` names it")
    post_logout_redirect_uri: str | None = Field(default=None, description="Where to return to; registered")
    state: Annotated[str | None, Label("Trạng thái của ứng dụng")] = Field(
        default=None, description="Comes back unchanged"
    )


async def _return_to(call: Call, form: forms.Form, hint: dict[str, object]) -> str | None:
    """Return the registered address to go to afterwards, or None if none is asked for.

    Raises BadAuthorizationRequest for one that the app has not registered.
    """
    address = form.get("post_logout_redirect_uri")
    if address is None:
        return None
    client_id = str(hint.get("aud") or form.get("client_id", ""))
    client = await by_client_id(call.db, form.get("client_id", client_id))
    if client is None or client["client_id"] != client_id or not client["is_active"]:
        raise problems.BadAuthorizationRequest()
    if not redirects.allowed(address, client["post_logout_redirect_uris"], loopback=client["allows_loopback"]):
        raise problems.BadAuthorizationRequest()
    return with_parameters(address, {"state": form["state"]}) if "state" in form else address


async def _end(call: Call, *session_ids: object) -> None:
    async with call.db.transaction() as tx:
        for session_id in dict.fromkeys(str(id_) for id_ in session_ids if id_):
            await _end_one(tx, call, session_id)


async def _end_one(tx: Transaction, call: Call, session_id: str) -> None:
    account_id = await sessions.end(tx, session_id, at=now(), reason="sign_out")
    if account_id is None:
        return
    account = await accounts.by_id(tx, account_id)
    await audit.record(
        tx,
        "session.ended",
        actor=account_id,
        alliance=account["alliance"] if account else None,
        resource=("session", session_id),
        request_id=call.request_id,
        by="sign_out",
    )


async def _of_browser(call: Call) -> LiveSession | None:
    cookie = cookies.session(call)
    return await sessions.by_cookie(call.db, cookie, at=now()) if cookie else None


def _done(call: Call, return_to: str | None) -> Response:
    if return_to is not None:
        response = redirect(return_to)
    elif wants_page(call):
        response = pages.signed_out(call)
    else:
        response = no_content()
    return cookies.forget_session(response)


def _ask(call: Call, return_to: str | None, *, status: int = 200) -> Response:
    csrf, new_cookie = cookies.csrf(call)
    target = redirects.form_target(return_to) if return_to is not None else None
    return cookies.remember_csrf(call, pages.sign_out(call, csrf=csrf, form_target=target, status=status), new_cookie)


async def _show(call: Call) -> Response:
    form = query_fields(call)
    hint = claims_of(identity_of(call), form.get("id_token_hint"))
    return_to = await _return_to(call, form, hint)
    session = await _of_browser(call)
    # An app that proves whose session it means need not have the person asked again.
    if session is not None and hint.get("sid") != session["id"]:
        return _ask(call, return_to)
    await _end(call, hint.get("sid"))
    return _done(call, return_to)


async def _proven(call: Call, form: forms.Form, hint: dict[str, object]) -> list[object]:
    """Return the sessions that tokens in the request prove to be the caller's."""
    session_ids: list[object] = [hint.get("sid")]
    scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        call.authenticate()
        session_ids.append(claims_of(identity_of(call), token, audience=AUDIENCE).get("sid"))
    if "refresh_token" in form:
        async with call.db.connection() as connection:
            row = await sessions.session_of_refresh_token(connection, form["refresh_token"])
        session_ids.append(row["session_id"] if row is not None else None)
    return [id_ for id_ in session_ids if id_]


async def _submit(call: Call) -> Response:
    form = {**query_fields(call), **await forms.form_fields(call)}
    hint = claims_of(identity_of(call), form.get("id_token_hint"))
    return_to = await _return_to(call, form, hint)
    session = await _of_browser(call)
    proven = await _proven(call, form, hint)
    if session is not None and cookies.csrf_is_right(call, form.get("csrf_token", "")):
        proven.append(session["id"])
    if session is not None and not proven:
        if not wants_page(call):
            raise problems.FormExpired()
        return _ask(call, return_to, status=403)
    await _end(call, *proven)
    return _done(call, return_to)


async def _get(call: Call) -> Response:
    return await guarded(call, _show)


async def _post(call: Call) -> Response:
    return await guarded(call, _submit)


_PARAMETERS = [
    parameter("id_token_hint", "ID token of the sign-in; may have expired"),
    parameter("client_id", "The app, unless `id_token_hint` names it"),
    parameter("post_logout_redirect_uri", "Where to return to; registered"),
    parameter("state", "Comes back unchanged"),
    parameter("ui_locales", "Language of the page: `vi` or `en`"),
]
_NO_PAGE: dict[int | str, dict[str, Any]] = {204: {"description": "Done, for a program that asked for no page"}}


@router.operation(
    "GET",
    "/sign-out",
    scopes=None,
    direct=_get,
    written_by=_show,
    any_query=True,
    response_class=HTMLResponse,
    responses={**PAGE, **_NO_PAGE},
    summary="Show the sign-out page",
    problems=(problems.BadAuthorizationRequest,),
    openapi_extra=contract(_PARAMETERS, 400),
)
async def show_sign_out(call: CurrentCall) -> Response:
    """Open this in a browser to sign a person out (OpenID Connect RP-Initiated Logout).

    With the ID token of the browser's own sign-in it is done at once; otherwise the page asks.
    """
    return await _get(call)


@router.operation(
    "POST",
    "/sign-out",
    scopes=None,
    direct=_post,
    written_by=_end,
    any_query=True,
    media_types=FORM,
    response_class=HTMLResponse,
    responses={**PAGE, **_NO_PAGE},
    summary="Sign out",
    openapi_extra=contract(_PARAMETERS, 400, 401, 403, 415),
    problems=(
        problems.BadAuthorizationRequest,
        problems.InvalidRequest,
        problems.FormExpired,
        kernel_problems.Unauthenticated,
    ),
)
async def sign_out(call: CurrentCall, form: Annotated[SignOutForm, Form()]) -> Response:
    """End a session and its refresh tokens: the browser's, by the page's form, or that of a token.

    The token is a refresh token or ID token in the form, or the access token in `Authorization`. Nobody signed in is
    no error. A program gets `204`, or is redirected where it asked for.
    """
    return await _post(call)
