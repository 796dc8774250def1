"""The sign-in page over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import Form
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, Response

from kernel.problems import Problem
from kernel.problems.field_labels import Label
from kernel.web.calls import Call, CurrentCall
from services.identity import problems
from services.identity.accounts import second_factor
from services.identity.api import FORM, identity_router
from services.identity.clients.built_in import app_name
from services.identity.clients.redirects import form_target
from services.identity.runtime import identity_of
from services.identity.security import passwords as rules
from services.identity.security.sealing import new_token
from services.identity.signin import cookies, pages, service
from services.identity.signin.pages import Trouble, language, wants_page
from services.identity.signin.requests import AuthorizationRequest, read_request
from services.identity.signin.responses import PAGE, contract, guarded, parameter, redirect
from services.identity.signin.service import Progress, SignedIn
from services.identity.signin.texts import say
from services.identity.tokens import forms

router = identity_router("sign-in")


class SignInForm(BaseModel):
    """What the page's form sends: user name and password, or, with `ticket`, what was asked for after them, or `continue`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"csrf_token": "invented", "username": "lan.nguyen", "password": "một câu dài dễ nhớ"}]
        }
    )

    csrf_token: str = Field(description="From the form; belongs to the cookie set with it")
    username: str | None = None
    password: str | None = None
    ticket: str | None = Field(default=None, description="From the form that asks for more than the password")
    code: Annotated[str | None, Label("Mã xác thực")] = Field(
        default=None, description="Of the authenticator app, or a recovery code"
    )
    enrolment: str | None = Field(default=None, description="From the form that enrols an authenticator app")
    new_password: str | None = None
    new_password_again: str | None = None
    continue_: str | None = Field(default=None, alias="continue", description="From the form that asks to continue")


PARAMETERS = [
    parameter("client_id", "The app, for instance vca-web", required=True),
    parameter("redirect_uri", "Where to return to: registered, or loopback where the app allows it", required=True),
    parameter("response_type", "Only `code`", required=True, enum=["code"]),
    parameter("code_challenge", "PKCE (RFC 7636)", required=True, pattern="^[A-Za-z0-9_-]{43}$"),
    parameter("code_challenge_method", "Only `S256`", required=True, enum=["S256"]),
    parameter("scope", "Separated by spaces; everything the person may do when absent. `openid` adds an ID token"),
    parameter("state", "Comes back unchanged"),
    parameter("nonce", "Comes back in the ID token"),
    parameter("prompt", "`none`: no page, an error instead; `login`: ask for the password in any case"),
    parameter("login_hint", "User name to start with"),
    parameter("acr_values", "`second_factor`: ask for a code beside the password; who has no app yet enrols one"),
    parameter("ui_locales", "Language of the page: `vi` or `en`"),
]


async def _show(call: Call) -> Response:
    request = await read_request(call)
    signed_in = await service.known_person(call, request, cookies.session(call))
    if "none" in request.prompts:
        if signed_in is None:
            raise request.failure("login_required", "Nobody is signed in here.")
        if not request.is_safe_to_skip:
            raise request.failure("interaction_required", "The person has to agree on the page.")
    if signed_in is not None and request.is_safe_to_skip:
        session, account = signed_in
        return redirect(await service.go_on(call, request, session["id"], account))
    csrf, new_cookie = cookies.csrf(call)
    if signed_in is not None:
        response = pages.go_on(
            call,
            app=app_name(request.client, language(call)),
            name=signed_in[1]["full_name"],
            csrf=csrf,
            form_target=form_target(request.redirect_uri),
        )
    else:
        response = _sign_in_page(call, request, csrf, username=request.login_hint)
    return cookies.remember_csrf(call, response, new_cookie)


def _sign_in_page(call: Call, request: AuthorizationRequest, csrf: str, **options: Any) -> Response:
    return pages.sign_in(
        call,
        app=app_name(request.client, language(call)),
        csrf=csrf,
        form_target=form_target(request.redirect_uri),
        **options,
    )


async def _get(call: Call) -> Response:
    return await guarded(call, _show)


async def _post(call: Call) -> Response:
    return await guarded(call, _submit)


async def _submit(call: Call) -> Response:
    form = await forms.form_fields(call)
    request = await read_request(call)
    csrf, new_cookie = cookies.csrf(call)
    if not cookies.csrf_is_right(call, form.get("csrf_token", "")):
        if not wants_page(call):
            raise problems.FormExpired()
        trouble = Trouble(problems.FormExpired.detail[language(call) == "en"])
        return cookies.remember_csrf(call, _sign_in_page(call, request, csrf, trouble=trouble, status=403), new_cookie)
    cookie = new_token() if request.stays_in_browser else None
    try:
        if "continue" in form:
            return await _continue(call, request)
        if "ticket" in form:
            answer = await _after_password(call, request, form, csrf, cookie)
        else:
            answer = await _password(call, request, form, csrf, cookie)
    except (problems.SignInFailed, problems.SignInDelayed, problems.FormExpired, problems.EnrolmentExpired) as problem:
        if not wants_page(call):
            raise
        document = problem.document(language(call))
        trouble = Trouble(document["detail"], "username" if isinstance(problem, problems.SignInFailed) else None)
        return _sign_in_page(
            call,
            request,
            csrf,
            username=form.get("username", "")[:64],
            trouble=trouble,
            status=problem.status,
            headers=problem.headers,
        )
    if isinstance(answer, Response):
        return answer
    response = cookies.remember_device(call, redirect(answer.location), answer.account)
    return cookies.remember_session(call, response, cookie)


async def _continue(call: Call, request: AuthorizationRequest) -> Response:
    signed_in = await service.known_person(call, request, cookies.session(call))
    if signed_in is None:
        raise problems.FormExpired()
    session, account = signed_in
    return redirect(await service.go_on(call, request, session["id"], account))


async def _password(
    call: Call, request: AuthorizationRequest, form: forms.Form, csrf: str, cookie: str | None
) -> Response | SignedIn:
    """Return where to go, or the page for a new password if the one given works once only."""
    account = await service.check_credentials(call, form.get("username", ""), form.get("password", ""))
    return await _go_further(call, request, Progress(account, "go_on", with_second_factor=False), csrf, cookie)


async def _go_further(
    call: Call, request: AuthorizationRequest, progress: Progress, csrf: str, cookie: str | None
) -> Response | SignedIn:
    """Return where to go, or the page for what is asked next."""
    step = service.next_step(call, request, progress)
    if step is None:
        return await service.sign_in(call, request, progress, cookie=cookie)
    ticket = service.ticket_for(call, replace(progress, step=step), csrf)
    options: dict[str, Any] = {"csrf": csrf, "form_target": form_target(request.redirect_uri), "ticket": ticket}
    if step == "second_factor":
        return pages.second_factor(call, **options)
    if step == "new_password":
        return pages.new_password(call, **options)
    return pages.enrol(call, second_factor.begin(identity_of(call), progress.account), **options)


async def _after_password(
    call: Call, request: AuthorizationRequest, form: forms.Form, csrf: str, cookie: str | None
) -> Response | SignedIn:
    progress = await service.progress_of(call, form["ticket"], csrf)
    if progress.step == "go_on":
        return await _go_further(call, request, progress, csrf, cookie)
    take = {"second_factor": _code, "new_password": _new_password, "enrolment": _enrolment}[progress.step]
    return await take(call, request, progress, form, csrf, cookie)


async def _code(
    call: Call, request: AuthorizationRequest, progress: Progress, form: forms.Form, csrf: str, cookie: str | None
) -> Response | SignedIn:
    try:
        await service.check_code(call, progress.account, form.get("code", ""))
    except (problems.WrongCode, problems.SignInDelayed) as problem:
        if not wants_page(call):
            raise
        return pages.second_factor(
            call,
            csrf=csrf,
            form_target=form_target(request.redirect_uri),
            ticket=form["ticket"],
            trouble=_trouble(call, problem, "code"),
            status=problem.status,
            headers=problem.headers,
        )
    return await _go_further(call, request, replace(progress, with_second_factor=True), csrf, cookie)


def _trouble(call: Call, problem: Problem, field: str) -> Trouble:
    return Trouble(problem.document(language(call))["detail"], field)


async def _enrolment(
    call: Call, request: AuthorizationRequest, progress: Progress, form: forms.Form, csrf: str, cookie: str | None
) -> Response | SignedIn:
    enrolment = second_factor.begun(identity_of(call), progress.account, form.get("enrolment", ""))
    options: dict[str, Any] = {"csrf": csrf, "form_target": form_target(request.redirect_uri)}
    try:
        after, made = await service.enrol(call, progress, enrolment, form.get("code", ""))
    except problems.WrongCode as problem:
        if not wants_page(call):
            raise
        trouble = _trouble(call, problem, "code")
        return pages.enrol(call, enrolment, ticket=form["ticket"], trouble=trouble, status=problem.status, **options)
    return pages.recovery_codes(call, made, ticket=service.ticket_for(call, after, csrf), **options)


async def _new_password(
    call: Call, request: AuthorizationRequest, progress: Progress, form: forms.Form, csrf: str, cookie: str | None
) -> Response | SignedIn:
    account = progress.account
    chosen, lang = form.get("new_password", ""), language(call)
    fault = rules.fault_of(chosen, username=account["username"], full_name=account["full_name"])
    trouble: Trouble | None = None
    if fault is not None:
        trouble = Trouble(fault[2 if lang == "en" else 1], "new_password")
    elif chosen != form.get("new_password_again", ""):
        trouble = Trouble(say("not_equal", lang), "new_password_again")
    elif await identity_of(call).passwords.matches(chosen, account["password_hash"]):
        trouble = Trouble(say("same_password", lang), "new_password")
    if trouble is not None:
        return pages.new_password(
            call,
            csrf=csrf,
            form_target=form_target(request.redirect_uri),
            ticket=form["ticket"],
            trouble=trouble,
            status=422,
        )
    answer = await service.change_password(call, request, progress, chosen, cookie=cookie)
    return answer if isinstance(answer, SignedIn) else await _go_further(call, request, answer, csrf, cookie)


@router.operation(
    "GET",
    "/authorize",
    scopes=None,
    direct=_get,
    written_by=_show,
    any_query=True,
    response_class=HTMLResponse,
    responses=PAGE,
    summary="Show the sign-in page",
    problems=(problems.BadAuthorizationRequest,),
    openapi_extra=contract(PARAMETERS, 400),
)
async def show_sign_in(call: CurrentCall) -> Response:
    """Open this in a browser to sign a person in (authorization code with PKCE).

    The page is in Vietnamese or English and needs no script. Somebody who is signed in already goes straight back to
    an https address, and is asked to continue for any other. A request from an unknown app, or with an address that
    is not registered, is refused on the page and never redirected.
    """
    return await _get(call)


@router.operation(
    "POST",
    "/authorize",
    scopes=None,
    direct=_post,
    written_by=_submit,
    any_query=True,
    media_types=FORM,
    response_class=HTMLResponse,
    responses=PAGE,
    summary="Submit the sign-in form",
    openapi_extra=contract(PARAMETERS, 400, 403, 409, 415, 422, 429),
    problems=(
        problems.BadAuthorizationRequest,
        problems.InvalidRequest,
        problems.FormExpired,
        problems.SignInFailed,
        problems.SignInDelayed,
        problems.WrongCode,
        problems.EnrolmentExpired,
    ),
)
async def submit_sign_in(call: CurrentCall, form: Annotated[SignInForm, Form()]) -> Response:
    """What the page's form does; a program may follow it like a browser, with the cookie and the hidden fields.

    After the right password a further page may ask for a code of the person's authenticator app, for a password of the
    person's own, or to enrol an app.

    After failures the answer is `429` with `Retry-After`, for growing times. Refusals come as a page to a browser
    (`Accept: text/html`), else as a problem document.
    """
    return await _post(call)
