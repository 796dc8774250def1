"""What an app asks of the sign-in page, checked before anybody sees it; and how it is answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from kernel.web.calls import Call
from services.identity import problems
from services.identity.clients import redirects
from services.identity.clients.records import by_client_id
from services.identity.clients.service import OFFLINE_IDLE_SECONDS
from services.identity.rows import ClientRow
from services.identity.runtime import identity_of
from services.identity.tokens.forms import Form, fields, read_scope
from services.identity.tokens.schemas import SECOND_FACTOR

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class SendBack(Exception):
    """The app is told, at its own registered address, why it gets no code."""

    def __init__(self, location: str) -> None:
        super().__init__()
        self.location = location


@dataclass(frozen=True)
class AuthorizationRequest:
    """A request whose app and address are known (RFC 6749, 4.1.1; PKCE is not optional)."""

    client: ClientRow
    redirect_uri: str
    state: str | None
    scopes: tuple[str, ...] | None
    with_id: bool
    challenge: str
    nonce: str | None
    prompts: frozenset[str]
    login_hint: str
    asks_second_factor: bool
    issuer: str

    @property
    def stays_in_browser(self) -> bool:
        """Say whether its sign-in belongs to the browser, and may serve the next app there; a phone's does not."""
        idle_seconds = self.client["session_idle_seconds"]
        return idle_seconds is not None and idle_seconds <= OFFLINE_IDLE_SECONDS

    @property
    def is_safe_to_skip(self) -> bool:
        """Say whether a code may be sent without a word to the person: only https proves who receives it (RFC 8252)."""
        return self.redirect_uri.startswith("https://")

    def success(self, code: str) -> str:
        """Return where to go with a code."""
        return self._location(code=code)

    def failure(self, error: str, description: str) -> SendBack:
        """Return the exception that sends the person back without a code."""
        return SendBack(self._location(error=error, error_description=description))

    def _location(self, **parameters: str) -> str:
        if self.state is not None:
            parameters["state"] = self.state
        # RFC 9207: the app sees who answers, so that one server's code is never shown to another.
        parameters["iss"] = self.issuer
        return with_parameters(self.redirect_uri, parameters)


def with_parameters(uri: str, parameters: dict[str, str]) -> str:
    """Return a registered `uri` with `parameters` added to its query."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(parameters)}"


def query_fields(call: Call) -> Form:
    """Return the query's fields. Raises BadAuthorizationRequest."""
    try:
        return fields(call.request.scope["query_string"])
    except problems.InvalidRequest:
        raise problems.BadAuthorizationRequest() from None


async def read_request(call: Call) -> AuthorizationRequest:
    """Return the checked request. Raises BadAuthorizationRequest, or SendBack once the app's address is certain."""
    form = query_fields(call)
    client = await by_client_id(call.db, form.get("client_id", ""))
    redirect_uri = form.get("redirect_uri", "")
    if client is None or client["kind"] != "public" or not client["is_active"]:
        raise problems.BadAuthorizationRequest()
    if not redirects.allowed(redirect_uri, client["redirect_uris"], loopback=client["allows_loopback"]):
        raise problems.BadAuthorizationRequest()
    request = AuthorizationRequest(
        client=client,
        redirect_uri=redirect_uri,
        state=form.get("state"),
        scopes=None,
        with_id="openid" in form.get("scope", "").split(),
        challenge=form.get("code_challenge", ""),
        nonce=form.get("nonce"),
        prompts=frozenset(form.get("prompt", "").split()),
        login_hint=form.get("login_hint", "")[:64],
        asks_second_factor=SECOND_FACTOR in form.get("acr_values", "").split(),
        issuer=identity_of(call).settings.issuer,
    )
    if "request" in form or "request_uri" in form:
        raise request.failure("request_not_supported", "Request objects are not offered.")
    if form.get("response_type") != "code":
        raise request.failure("unsupported_response_type", "Use response_type=code.")
    if form.get("response_mode", "query") != "query":
        raise request.failure("invalid_request", "Use response_mode=query.")
    if form.get("code_challenge_method") != "S256" or _CHALLENGE.fullmatch(request.challenge) is None:
        raise request.failure("invalid_request", "PKCE with code_challenge_method=S256 is required.")
    try:
        scopes = read_scope(form.get("scope"))
    except problems.InvalidScope:
        raise request.failure("invalid_scope", "The scope names something that does not exist.") from None
    return AuthorizationRequest(**{**request.__dict__, "scopes": scopes})
