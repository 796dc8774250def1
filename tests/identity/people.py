"""People, systems, apps and browsers for the tests of identity."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pyotp
from fastapi import FastAPI

from kernel.database.connections import Database
from services.identity.accounts import service as accounts
from services.identity.accounts.schemas import AccountCreate
from services.identity.api import SYSTEM
from services.identity.clients import service as clients
from services.identity.clients.schemas import ClientCreate
from services.identity.security.passwords import Passwords
from services.identity.security.sealing import new_token
from tests.support.contract import Contract
from tests.support.tokens import PUBLIC_URL

PASSWORD = "con trâu đi trước cái cày"
CALLBACK = "http://localhost:5173/callback"
VERIFIER = "invented-verifier-of-the-tests-0123456789-0123456789"
ORGANIZATION = "0192c7e0-0000-7000-8000-000000000777"
_NUMBERS = itertools.count(1)
_HASHES: dict[str, str] = {}


def challenge(verifier: str = VERIFIER) -> str:
    """Return the S256 challenge of a PKCE verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def claims(token: str) -> dict[str, Any]:
    """Return what a token says, unchecked."""
    part = token.split(".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return decoded


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@dataclass
class Person:
    id: str
    username: str
    password: str
    area: str
    full_name: str = ""


@dataclass
class Administrator:
    """A person who administers, signed in."""

    person: Person
    name: str
    http: httpx.AsyncClient

    @property
    def id(self) -> str:
        return self.person.id


@dataclass
class System:
    id: str
    client_id: str
    secret: str

    @property
    def basic(self) -> tuple[str, str]:
        return (self.client_id, self.secret)


class _Forms(HTMLParser):
    """Reads the one form of a page: where it goes and which fields it has."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.method = ""
        self.fields: dict[str, str] = {}
        self.types: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action, self.method = attributes["action"], attributes["method"]
        elif tag == "input":
            self.fields[attributes["name"]] = attributes.get("value", "")
            self.types[attributes["name"]] = attributes["type"]


@dataclass
class Form:
    action: str
    fields: dict[str, str]
    types: dict[str, str]


def form_of(page: httpx.Response) -> Form:
    """Return the form on a page."""
    reader = _Forms()
    reader.feed(page.text)
    assert reader.method == "post", page.text
    return Form(reader.action, reader.fields, reader.types)


@dataclass
class Browser:
    """One browser with its cookies, and the app in it that signs people in."""

    http: httpx.AsyncClient
    client_id: str = "vca-web"
    redirect_uri: str = CALLBACK
    accept: str = "text/html"
    extra: dict[str, str] = field(default_factory=dict)

    def address(self, **replaced: str | None) -> str:
        query: dict[str, str | None] = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "code_challenge": challenge(),
            "code_challenge_method": "S256",
            "state": "invented state",
            **self.extra,
            **replaced,
        }
        return "/v1/identity/authorize?" + urlencode({name: v for name, v in query.items() if v is not None})

    async def open(self, **replaced: str | None) -> httpx.Response:
        return await self.http.get(self.address(**replaced), headers={"Accept": self.accept})

    async def submit(self, page: httpx.Response, **filled: str) -> httpx.Response:
        """Fill in the page's form and send it, as a browser would."""
        form = form_of(page)
        return await self.http.post(form.action, data={**form.fields, **filled}, headers={"Accept": self.accept})

    async def sign_in(self, person: Person, **replaced: str | None) -> httpx.Response:
        page = await self.open(**replaced)
        return await self.submit(page, username=person.username, password=person.password)

    async def code(self, person: Person, **replaced: str | None) -> str:
        return sent_back(await self.sign_in(person, **replaced))["code"]


def sent_back(response: httpx.Response) -> dict[str, str]:
    """Return what the app is told at its own address."""
    assert response.status_code == 303, response.text
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))


class Identity:
    """The service under test."""

    def __init__(self, app: FastAPI, contract: Contract) -> None:
        self.app, self.contract = app, contract
        self.http = self.client()

    def client(self, address: str = "127.0.0.1") -> httpx.AsyncClient:
        """Return a caller at `address` without cookies, whose every answer is checked against the contract."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, client=(address, 1234)),
            base_url=PUBLIC_URL,
            event_hooks={"response": [self.contract.check]},
        )

    @property
    def db(self) -> Database:
        db: Database = self.app.state.db
        return db

    async def person(
        self,
        *roles: str,
        area: str = "25-2025",
        username: str | None = None,
        full_name: str | None = None,
        must_change: bool = False,
    ) -> Person:
        """Make an account, as an administrator would have."""
        roles = roles or ("viewer",)
        name = username or f"person-{next(_NUMBERS)}"
        if PASSWORD not in _HASHES:
            _HASHES[PASSWORD] = await Passwords().hash(PASSWORD)
        body = AccountCreate(
            username=name,
            full_name=full_name or f"Nguyễn Văn {name}",
            roles=list(roles),
            area=area,
            organization_id=ORGANIZATION if "cooperative_user" in roles else None,
        )
        async with self.db.transaction() as tx:
            row, _ = await accounts.create(
                tx, body, password_hash=_HASHES[PASSWORD], must_change=must_change, by=SYSTEM
            )
        return Person(row["id"], name, PASSWORD, area, row["full_name"])

    async def system(
        self, *scopes: str, area: str = "25-2025", client_id: str | None = None, name: str = "Hệ thống thử"
    ) -> System:
        """Make a client system, as an administrator would have."""
        secret = new_token()
        body = ClientCreate(
            client_id=client_id or f"system-{next(_NUMBERS)}",
            name=name,
            area=area,
            scopes=list(scopes or ("registry.read",)),
        )
        async with self.db.transaction() as tx:
            row, _ = await clients.create(tx, body, secret=secret, by=SYSTEM)
        return System(row["id"], row["client_id"], secret)

    def browser(self, address: str = "127.0.0.1", **options: Any) -> Browser:
        """Return a browser that has never been here."""
        return Browser(self.client(address), **options)

    async def post_token(self, form: dict[str, str], auth: tuple[str, str] | None = None) -> httpx.Response:
        return await self.http.post("/v1/identity/token", data=form, auth=auth or httpx.USE_CLIENT_DEFAULT)

    async def token(self, auth: tuple[str, str] | None = None, **form: str) -> httpx.Response:
        return await self.post_token(form, auth)

    async def exchange(self, code: str, **replaced: str) -> httpx.Response:
        """Exchange a code as the app would."""
        form = {
            "grant_type": "authorization_code",
            "client_id": "vca-web",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        return await self.post_token({**form, **replaced})

    async def signed_in(self, person: Person, *, browser: Browser | None = None, **query: str) -> dict[str, Any]:
        """Sign a person in with the web app; return its tokens."""
        browser = browser or self.browser()
        code = await browser.code(person, **query)
        response = await self.exchange(code, client_id=browser.client_id, redirect_uri=browser.redirect_uri)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def begun(self, person: Person) -> dict[str, Any]:
        """Have a person ask for a secret for an authenticator app; return the answer."""
        caller = self.http_as(bearer((await self.signed_in(person))["access_token"]))
        response = await caller.post("/v1/identity/me/second-factor", json={"current_password": person.password})
        assert response.status_code == 201, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def enrolled(self, person: Person) -> tuple[str, list[str]]:
        """Have a person enrol an authenticator app; return its secret and the recovery codes."""
        caller = self.http_as(bearer((await self.signed_in(person))["access_token"]))
        begun = await self.begun(person)
        body = {"enrolment": begun["enrolment"], "code": pyotp.TOTP(begun["secret"]).now()}
        response = await caller.post("/v1/identity/me/second-factor/confirmation", json=body)
        assert response.status_code == 200, response.text
        return begun["secret"], response.json()["recovery_codes"]

    async def refresh(self, token: str, client_id: str = "vca-web", **more: str) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": client_id, **more}
        return await self.post_token(form)

    async def administrator(self, area: str = "25-2025") -> Administrator:
        """Sign in a new administrator of `area`."""
        person = await self.person("administrator", area=area)
        token = (await self.signed_in(person))["access_token"]
        return Administrator(person, person.full_name, self.http_as(bearer(token)))

    async def admin(self, area: str = "25-2025") -> dict[str, str]:
        """Return the headers of an administrator of `area`."""
        system = await self.system("identity.admin", area=area)
        answer = await self.token(auth=system.basic, grant_type="client_credentials")
        return bearer(answer.json()["access_token"])

    def http_as(self, headers: dict[str, str]) -> httpx.AsyncClient:
        """Return a caller that sends these headers with every request."""
        caller = self.client()
        caller.headers.update(headers)
        return caller

    async def audited(self, action: str) -> list[dict[str, Any]]:
        """Return the audit's entries of one action, oldest first."""
        rows = await self.db.fetch("SELECT * FROM audit WHERE action = $1 ORDER BY id", action)
        return [{**row, "detail": json.loads(row["detail"])} for row in rows]
