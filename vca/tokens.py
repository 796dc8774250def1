"""A token for trying things: what an app does, done by a program."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from vca.errors import Refusal
from vca.settings import Place

_APP, _BACK = "vca-web", "http://127.0.0.1/callback"


def token_of(name: str, place: Place) -> str:
    """Return an access token of the demo's account or client system `name` of that run. Raises Refusal."""
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
                    return sign_in(client, account["username"], account["password"])
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
    """The sign-in form: where it goes and what it carries unseen."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self._within = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the form that asks for a password and its hidden fields."""
        attributes = dict(attrs)
        if tag == "form" and (attributes.get("method") or "").lower() == "post" and self.action is None:
            self.action, self._within = attributes.get("action") or "", True
        elif tag == "input" and self._within and attributes.get("name") and attributes.get("type") == "hidden":
            self.fields[str(attributes["name"])] = attributes.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        """Note the end of the form."""
        if tag == "form":
            self._within = False


def sign_in(client: httpx.Client, username: str, password: str) -> str:
    """Sign in and return the access token. Raises Refusal."""
    return signed_in(client, username, password)["access_token"]


def signed_in(client: httpx.Client, username: str, password: str) -> dict[str, str]:
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
    form = _Form()
    form.feed(page.text)
    if form.action is None:
        raise Refusal(f"Không thấy trang đăng nhập ({page.status_code}).", f"No sign-in page ({page.status_code}).")
    posted = client.post(
        urljoin(str(page.url), form.action), data={**form.fields, "username": username, "password": password}
    )
    code = parse_qs(urlsplit(posted.headers.get("location", "")).query).get("code")
    if not code:
        raise Refusal(f"Không đăng nhập được ({posted.status_code}).", f"Sign-in failed ({posted.status_code}).")
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
