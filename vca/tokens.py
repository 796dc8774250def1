"""A token for trying things: what an app does, done by a program."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any, Self
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import typer

from vca.errors import Refusal
from vca.settings import Place

AskCode = Callable[[], str]
"""Gives the code of an authenticator app, of whoever is asked."""
_APP, _BACK = "vca-web", "http://127.0.0.1/callback"


def token_of(name: str, place: Place, ask_code: AskCode | None = None) -> str:
    """Return an access token of the demo's account or client system `name` of that run. Raises Refusal.

    `ask_code`: gives the code of an account with a second factor.
    """
    try:
        credentials: dict[str, Any] = json.loads(place.credentials.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refusal(
            f"Chưa có {place.credentials}; hãy chạy vca up, hoặc hỏi bản thử: vca sandbox token {name}.",
            f"There is no {place.credentials}; run vca up, or ask a sandbox: vca sandbox token {name}.",
        ) from None
    with httpx.Client(base_url=credentials["gateway"], timeout=15) as client:
        try:
            for system in credentials["clients"]:
                if system["client_id"] == name:
                    return _of_system(client, system["client_id"], system["client_secret"])
            for account in credentials["accounts"]:
                if account["username"] == name:
                    return sign_in(client, account["username"], account["password"], ask_code)
        except httpx.HTTPError as error:
            raise Refusal(
                f"Không gọi được {credentials['gateway']}: {error}.",
                f"{credentials['gateway']} cannot be reached: {error}.",
            ) from None
    names = [system["client_id"] for system in credentials["clients"]] + [
        a["username"] for a in credentials["accounts"]
    ]
    raise Refusal(f"Không có {name}; có: {', '.join(names)}.", f"There is no {name}; there are: {', '.join(names)}.")


def _tokens(answer: httpx.Response) -> dict[str, str]:
    if answer.status_code != 200:
        detail = answer.json().get("detail", answer.text) if answer.text.startswith("{") else answer.text[:200]
        raise Refusal(f"Không được cấp token: {detail}", f"No token was given: {detail}")
    tokens: dict[str, str] = answer.json()
    return tokens


def _of_system(client: httpx.Client, client_id: str, secret: str) -> str:
    answer = client.post("/v1/identity/token", data={"grant_type": "client_credentials"}, auth=(client_id, secret))
    return _tokens(answer)["access_token"]


class _Form(HTMLParser):
    """A form of the sign-in: where it goes, what it carries unseen, and what it asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self.asked: set[str] = set()
        self._within = False

    @classmethod
    def of(cls, page: httpx.Response) -> Self:
        """Return the form of a page; one that goes nowhere where it has none."""
        form = cls()
        form.feed(page.text)
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the first form that is posted, and its fields."""
        attributes = dict(attrs)
        if tag == "form" and (attributes.get("method") or "").lower() == "post" and self.action is None:
            self.action, self._within = attributes.get("action") or "", True
        elif tag == "input" and self._within and (name := attributes.get("name")):
            if attributes.get("type") == "hidden":
                self.fields[name] = attributes.get("value") or ""
            else:
                self.asked.add(name)

    def handle_endtag(self, tag: str) -> None:
        """Note the end of the form."""
        if tag == "form":
            self._within = False


def sign_in(client: httpx.Client, username: str, password: str, ask_code: AskCode | None = None) -> str:
    """Sign in and return the access token. Raises Refusal."""
    return signed_in(client, username, password, ask_code)["access_token"]


def signed_in(client: httpx.Client, username: str, password: str, ask_code: AskCode | None = None) -> dict[str, str]:
    """Sign in by authorization code with PKCE, as a web app does; return what identity answers. Raises Refusal."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    page = client.get(
        "/v1/identity/authorize",
        params={
            "response_type": "code",
            "client_id": _APP,
            "redirect_uri": _BACK,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "state": secrets.token_urlsafe(8),
            "scope": "openid offline_access",
        },
    )
    if _Form.of(page).action is None:
        raise Refusal(f"Không thấy trang đăng nhập ({page.status_code}).", f"No sign-in page ({page.status_code}).")
    posted = _post(client, page, username=username, password=password)
    if "location" not in posted.headers:
        posted = _post(client, posted, code=_code(username, _Form.of(posted), posted, ask_code))
    code = parse_qs(urlsplit(posted.headers.get("location", "")).query).get("code")
    if not code:
        raise _failed(posted)
    return _tokens(
        client.post(
            "/v1/identity/token",
            data={
                "grant_type": "authorization_code",
                "code": code[0],
                "redirect_uri": _BACK,
                "client_id": _APP,
                "code_verifier": verifier,
            },
        )
    )


def _post(client: httpx.Client, page: httpx.Response, **given: str) -> httpx.Response:
    form = _Form.of(page)
    return client.post(urljoin(str(page.url), form.action or ""), data={**form.fields, **given})


def _code(username: str, form: _Form, posted: httpx.Response, ask_code: AskCode | None) -> str:
    """Return the code that the page after the password asks for. Raises Refusal where it asks for something else."""
    if "enrolment" in form.fields or "new_password" in form.asked:
        page = posted.url.copy_with(path="/", query=None)
        raise Refusal(
            f"{username} phải đăng nhập một lần ở {page} trước, để đổi mật khẩu hoặc bật yếu tố thứ hai.",
            f"{username} has to sign in at {page} once, to choose a password or turn on a second factor.",
        )
    if "code" not in form.asked:
        raise _failed(posted)
    if ask_code is None:
        raise Refusal(
            f"{username} có yếu tố thứ hai; hãy thêm --code và mã sáu chữ số của ứng dụng, hoặc một mã khôi phục.",
            f"{username} has a second factor; add --code and the six digits of the app, or a recovery code.",
        )
    return ask_code().strip()


def asking_code(given: str | None) -> AskCode | None:
    """Return how a code is got: as `given`, else of who sits at the terminal, else not at all."""
    if given is not None:
        return lambda: given
    if not sys.stdin.isatty():
        return None

    # Not among what is printed: that is the token.
    def ask() -> str:
        code: str = typer.prompt("Mã xác thực / code of the authenticator app", err=True)
        return code

    return ask


def _failed(posted: httpx.Response) -> Refusal:
    document = posted.json() if posted.text.startswith("{") else {}
    # In the language of the request, which names none: Vietnamese.
    detail = f" {document['detail']}" if "detail" in document else ""
    code = f". {document['code']}" if "code" in document else ""
    return Refusal(
        f"Không đăng nhập được ({posted.status_code}).{detail}", f"Sign-in failed ({posted.status_code}){code}."
    )
