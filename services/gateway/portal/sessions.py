"""Who looks at the portal: signed in on identity's own page, remembered in cookies that no script reads (docs/adr/0016).

The portal keeps nothing. The refresh token and the access token lie in the browser, so any copy of the portal answers.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.portal.upstreams import Upstreams

APP = "vca-portal"
SIGNED_IN_AT = "/signed-in"
_ISSUER, _TOKENS = "/v1/identity", "/v1/identity/token"
_REFRESH, _ACCESS, _BEGUN = "vca_portal", "vca_portal_access", "vca_portal_sign_in"
_BEGUN_SECONDS = 900
_SECOND_FACTOR = "second_factor"
# So long before its end an access token counts as ended: the calls made with it take time.
_EARLY_SECONDS = 30
_LONGEST_FORM = 20_000
_OWN_PATH = re.compile(r"/(\?|records\?|$)", re.ASCII)
_NOW = {"Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"}


Gone = Literal["ended", "down"]
"""Why a sign-in cannot be used: it is over, or identity does not answer."""


@dataclass(frozen=True)
class Person:
    """Whom a token is for, as it says itself: for the page's own words only. What it opens, each service decides."""

    name: str
    area: str
    scopes: frozenset[str]
    organization_id: str | None
    until: float
    has_second_factor: bool

    @property
    def is_own_user(self) -> bool:
        """Whether it is a cooperative's own user, who sees one organization and nothing of a province."""
        return bool(self.scopes) and all(scope.startswith("own.") for scope in self.scopes)


@dataclass(frozen=True)
class Session:
    """A sign-in that is good now. `fresh`: the tokens that were just given, which the answer must set."""

    token: str
    person: Person
    fresh: dict[str, Any] | None = None


def person_of(token: str) -> Person | None:
    """Return whom an access token is for; None for what is none. Its signature is not looked at."""
    try:
        body = token.split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return Person(
            str(claims.get("name") or claims["sub"]),
            str(claims["area"]),
            frozenset(str(claims.get("scope", "")).split()),
            claims.get("organization_id"),
            float(claims["exp"]),
            claims.get("acr") == _SECOND_FACTOR,
        )
    except (IndexError, KeyError, TypeError, ValueError, AttributeError):
        return None


def own_address(address: str) -> str:
    """Return where to go on after signing in: a page of the portal that needs it; anything else is the first page."""
    return address if _OWN_PATH.match(address) and address.isascii() and address.isprintable() else "/"


async def form_of(request: Request) -> list[tuple[str, str]]:
    """Return the fields of a posted form; none of one that is too long or is no form."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return []
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM:
            return []
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=200, errors="strict")
    except ValueError:
        return []


class Sessions:
    """Signs people in and out. `public_url` empty: the address at which the request came."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url.rstrip("/")

    def _at(self, request: Request) -> str:
        return self._public_url or str(request.base_url).rstrip("/")

    def sign_in_link(self, request: Request) -> str:
        """Return where signing in begins: at the platform's own address, where identity sends people back to."""
        return f"{self._at(request)}/sign-in"

    def is_ours(self, request: Request) -> bool:
        """Whether a posted form came from a page of ours: browsers say from where, and no page can say otherwise."""
        origin = request.headers.get("origin", "")
        host = request.headers.get("host", "")
        return origin == self._at(request) or (urlsplit(origin).netloc == host != "" and "//" in origin)

    def begin(self, request: Request, language: str, go_on: str, *, second_factor: bool = False) -> Response:
        """Send the browser to identity's page (authorization code with PKCE); who has no `second_factor` may enrol one there."""
        state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code",
            "client_id": APP,
            "redirect_uri": self._at(request) + SIGNED_IN_AT,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "ui_locales": language,
            **({"acr_values": _SECOND_FACTOR} if second_factor else {}),
        }
        answer = RedirectResponse(f"{_ISSUER}/authorize?{urlencode(asked)}", 303, _NOW)
        kept = base64.urlsafe_b64encode(own_address(go_on).encode()).decode()
        self._set(request, answer, _BEGUN, f"{state}.{verifier}.{kept}", _BEGUN_SECONDS)
        return answer

    async def finish(self, request: Request, upstreams: Upstreams) -> Response | str:
        """Exchange the code that identity gave and go on; or return why not: `not_begun`, `no_rights`, `refused`, `down`."""
        state, _, rest = self._get(request, _BEGUN).partition(".")
        verifier, _, kept = rest.partition(".")
        given = request.query_params
        if not state or not hmac.compare_digest(given.get("state", "").encode(), state.encode()):
            return "not_begun"
        if given.get("iss") != self._at(request) + _ISSUER:
            return "not_begun"
        if "code" not in given:
            return "no_rights" if given.get("error") == "access_denied" else "refused"
        form = {
            "grant_type": "authorization_code",
            "client_id": APP,
            "code": given["code"],
            "redirect_uri": self._at(request) + SIGNED_IN_AT,
            "code_verifier": verifier,
        }
        reply = await upstreams.ask("POST", _TOKENS, form=form)
        if not reply.is_good:
            return "refused" if 400 <= reply.status < 500 else "down"
        try:
            go_on = base64.urlsafe_b64decode(kept).decode()
        except ValueError:
            go_on = "/"
        answer = RedirectResponse(own_address(go_on), 303, _NOW)
        self.remember(request, answer, reply.document)
        self._forget(request, answer, _BEGUN)
        return answer

    async def current(self, request: Request, upstreams: Upstreams, *, anew: bool = False) -> Session | Gone | None:
        """Return the sign-in of a browser, with the next tokens where those it has have run out (or `anew`).

        None: nobody signed in; `ended`: the sign-in is over; `down`: identity does not answer.
        """
        token = self._get(request, _ACCESS)
        person = person_of(token)
        if person is not None and person.until - _EARLY_SECONDS > time.time() and not anew:
            return Session(token, person)
        refresh = self._get(request, _REFRESH)
        if not refresh:
            return None
        form = {"grant_type": "refresh_token", "client_id": APP, "refresh_token": refresh}
        reply = await upstreams.ask("POST", _TOKENS, form=form)
        if not reply.is_good:
            return "ended" if 400 <= reply.status < 500 and reply.status != 429 else "down"
        person = person_of(str(reply.document.get("access_token", "")))
        return "down" if person is None else Session(reply.document["access_token"], person, reply.document)

    async def end(self, request: Request, upstreams: Upstreams) -> Response:
        """End the sign-in, in the browser and at identity, and go to the first page."""
        refresh = self._get(request, _REFRESH)
        if refresh:
            await upstreams.ask("POST", f"{_ISSUER}/sign-out", form={"refresh_token": refresh})
        answer = RedirectResponse("/", 303, _NOW)
        self.forget(request, answer)
        return answer

    def remember(self, request: Request, answer: Response, tokens: dict[str, Any]) -> None:
        """Put the tokens into the browser."""
        # No age: it goes with the browser's session, and idles out at identity.
        self._set(request, answer, _REFRESH, str(tokens["refresh_token"]), None)
        self._set(request, answer, _ACCESS, str(tokens["access_token"]), int(tokens["expires_in"]))

    def forget(self, request: Request, answer: Response) -> None:
        """Take the tokens out of the browser."""
        for name in (_REFRESH, _ACCESS):
            self._forget(request, answer, name)

    def _is_secure(self, request: Request) -> bool:
        return self._at(request).startswith("https://")

    def _name(self, request: Request, name: str) -> str:
        # A browser takes a name with this prefix from this very host only, and over TLS only.
        return f"__Host-{name}" if self._is_secure(request) else name

    def _get(self, request: Request, name: str) -> str:
        return request.cookies.get(self._name(request, name), "")

    def _set(self, request: Request, answer: Response, name: str, value: str, seconds: int | None) -> None:
        answer.set_cookie(
            self._name(request, name),
            value,
            max_age=seconds,
            path="/",
            httponly=True,
            samesite="strict",
            secure=self._is_secure(request),
        )

    def _forget(self, request: Request, answer: Response, name: str) -> None:
        secure = self._is_secure(request)
        answer.delete_cookie(self._name(request, name), path="/", httponly=True, samesite="strict", secure=secure)
