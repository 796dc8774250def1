"""Two copies of identity behind gateways: whatever takes several calls is done where each of them meets the other copy."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pyotp
import pytest

from kernel.database.connections import connect
from kernel.values.ids import new_id
from services.identity.bootstrap import create_admin
from tests.support.parts import Deployment
from tests.support.waiting import until
from vca.errors import Refusal
from vca.postgres import EmbeddedPostgres, free_port
from vca.tokens import signed_in

pytestmark = pytest.mark.platform

IDENTITY = "/v1/identity"
PASSWORD = "con trâu đi trước cái cày"
HALF_MINUTE = 30
NAMES = itertools.count(1)


class ByTurns(httpx.BaseTransport):
    """Sends each call through the gateway whose turn it is; each gateway knows one copy of identity."""

    def __init__(self, ports: list[int]) -> None:
        self._turns, self._http, self.met = itertools.cycle(ports), httpx.HTTPTransport(), list[int]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        port = next(self._turns)
        self.met.append(port)
        request.url = request.url.copy_with(port=port)
        return self._http.handle_request(request)

    def close(self) -> None:
        self._http.close()


class Office:
    """The deployment as people see it."""

    def __init__(self, deployment: Deployment, ports: list[int]) -> None:
        self.deployment, self.ports = deployment, ports

    def browser(self, token: str | None = None, *, first: int = 0) -> httpx.Client:
        """Return a client with cookies of its own, whose calls go to the copies by turns, from the `first` one on."""
        return self._client(self._by_turns(first), token)

    def _by_turns(self, first: int) -> ByTurns:
        return ByTurns([self.ports[first], self.ports[1 - first]])

    def _client(self, transport: ByTurns, token: str | None = None) -> httpx.Client:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.Client(
            transport=transport, base_url=f"http://127.0.0.1:{self.ports[0]}", headers=headers, timeout=60
        )

    def administrator(self) -> str:
        """Have one more administrator of the nation; return the name."""
        name = f"quan-tri-{next(NAMES)}"
        asyncio.run(create_admin(self.deployment.server.url("vca_identity"), name, PASSWORD, "VN"))
        return name

    def signed_in(self, name: str, *, first: int = 0, code: str | None = None) -> dict[str, str]:
        """Sign a person in, page by page at the other copy."""
        transport = self._by_turns(first)
        with self._client(transport) as browser:
            tokens = signed_in(browser, name, PASSWORD, None if code is None else lambda: code)
        assert {one != other for one, other in itertools.pairwise(transport.met)} == {True}
        return tokens


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("two-identities")
    with EmbeddedPostgres(folder / "server", quick=True) as server:
        deployment = Deployment(folder, server, f"file://{folder}/files")
        deployment.migrate()
        copies = [deployment.serve("identity"), deployment.serve("identity", copy=1)]
        parts = [each.wait() for each in (*copies, deployment.serve("portal"))]
        ports = [deployment.gateway_port, free_port()]
        gateways = []
        for number, copy in enumerate(copies):
            others = [each for each in deployment.upstreams if not each.startswith("identity=")]
            upstreams = [f"identity=127.0.0.1:{copy.port}", *others]
            gateways.append(deployment.gateway(copy=number, port=ports[number], upstreams=upstreams))
        for gateway in gateways:
            gateway.wait()
        assert len({each.port for each in parts}) == 3
        yield Office(deployment, ports)
        deployment.end()


def refreshed(browser: httpx.Client, token: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "vca-web"}
    return browser.post(f"{IDENTITY}/token", data=form)


def answered(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    document: dict[str, Any] = answer.json()
    return document


def status_at(office: Office, number: int, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"http://127.0.0.1:{office.ports[number]}{IDENTITY}/me", headers=headers, timeout=30).status_code


@pytest.mark.parametrize("first", [0, 1])
def test_a_person_signs_in_and_gets_new_tokens_at_whichever_copy(office: Office, first: int) -> None:
    tokens = office.signed_in(office.administrator(), first=first)
    assert [status_at(office, number, tokens["access_token"]) for number in (0, 1)] == [200, 200]
    with office.browser(first=first) as browser:
        old = tokens["refresh_token"]
        for _ in range(3):
            tokens = answered(refreshed(browser, tokens["refresh_token"]))
            assert [status_at(office, number, tokens["access_token"]) for number in (0, 1)] == [200, 200]
        # A stolen one that was used before ends the session, whichever copy meets it.
        assert answered(refreshed(browser, old), 400)["error"] == "invalid_grant"
        assert answered(refreshed(browser, tokens["refresh_token"]), 400)["error"] == "invalid_grant"


def test_a_second_factor_is_enrolled_asked_for_and_used_up_across_copies(office: Office) -> None:
    name = office.administrator()
    with office.browser(office.signed_in(name)["access_token"]) as person:
        begun = answered(person.post(f"{IDENTITY}/me/second-factor", json={"current_password": PASSWORD}), 201)
        app = pyotp.TOTP(begun["secret"])
        # The app's code of half a minute ago is taken as well, and leaves those of now and of the next to be used.
        now = time.time()
        body = {"enrolment": begun["enrolment"], "code": app.at(now - HALF_MINUTE)}
        recovery = answered(person.post(f"{IDENTITY}/me/second-factor/confirmation", json=body))["recovery_codes"]
    code = app.at(time.time())
    assert office.signed_in(name, first=1, code=code)["access_token"]
    for first in (0, 1):
        with pytest.raises(Refusal, match="wrong_code"):
            office.signed_in(name, first=first, code=code)
    assert office.signed_in(name, first=0, code=recovery[0])["access_token"]
    with pytest.raises(Refusal):
        office.signed_in(name, first=1, code=recovery[0])


def test_whose_account_is_disabled_at_one_copy_is_refused_at_the_other_and_cannot_sign_in(office: Office) -> None:
    name = office.administrator()
    tokens = office.signed_in(name)
    with office.browser(office.signed_in(office.administrator())["access_token"]) as other:
        (account,) = answered(other.get(f"{IDENTITY}/accounts", params={"q": name}))["items"]
        headers = {"If-Match": f'"{account["version"]}"'}
        path = f"{IDENTITY}/accounts/{account['id']}"
        answered(other.patch(path, json={"is_active": False, "reason": "Nghỉ hưu"}, headers=headers))
    until(lambda: [status_at(office, number, tokens["access_token"]) for number in (0, 1)] == [401, 401])
    for first in (0, 1):
        with office.browser(first=first) as browser:
            assert answered(refreshed(browser, tokens["refresh_token"]), 400)["error"] == "invalid_grant"
        with pytest.raises(Refusal):
            office.signed_in(name, first=first)


def test_rights_that_one_copy_was_told_of_are_confirmed_at_the_other_once(office: Office) -> None:
    one, two, three = (office.signed_in(office.administrator())["access_token"] for _ in range(3))
    body = {"username": f"duyet-{new_id()[-8:]}", "full_name": "Lý Thị Duyệt", "roles": ["fund_approver"], "area": "VN"}
    with office.browser(one) as entering, office.browser(two, first=1) as confirming, office.browser(three) as another:
        account = answered(entering.post(f"{IDENTITY}/accounts", json=body), 201)
        assert account["pending_roles"] == ["fund_approver"]
        path = f"{IDENTITY}/accounts/{account['id']}/confirmation"
        # The one who entered it, at the copy that did not hear of it.
        assert answered(entering.post(path, json={"decision": "confirm"}), 403)["code"] == "same_person"
        confirmed = answered(confirming.post(path, json={"decision": "confirm"}), 201)
        assert (confirmed["roles"], confirmed["pending_roles"]) == (["fund_approver"], None)
        assert answered(another.post(path, json={"decision": "confirm"}), 409)["code"] == "not_pending"


def test_a_system_entered_at_one_copy_gets_tokens_at_both_until_it_is_disabled(office: Office) -> None:
    administrator = office.signed_in(office.administrator())["access_token"]
    body = {"client_id": f"may-{new_id()[-8:]}", "name": "Hệ thống tỉnh", "kind": "system", "area": "VN"}
    grant = {"grant_type": "client_credentials"}
    with office.browser(administrator) as by, office.browser(first=1) as machine:
        made = answered(by.post(f"{IDENTITY}/clients", json={**body, "scopes": ["registry.read"]}), 201)
        own = (made["client_id"], made["client_secret"])
        tokens = [answered(machine.post(f"{IDENTITY}/token", data=grant, auth=own))["access_token"] for _ in range(2)]
        headers = {"If-Match": f'"{made["version"]}"'}
        change = {"is_active": False, "reason": "Máy bị mất"}
        answered(by.patch(f"{IDENTITY}/clients/{made['id']}", json=change, headers=headers))
        for _ in range(2):
            refused = machine.post(f"{IDENTITY}/token", data=grant, auth=own)
            assert refused.status_code in (400, 401), refused.text
        until(lambda: {status_at(office, at, token) for at in (0, 1) for token in tokens} == {401})


async def _counted(url: str) -> int:
    """Return how many failures stand against whoever failed most, of those that strangers have of their own."""
    connection = await connect(url)
    try:
        query = "SELECT failures FROM sign_in_throttle WHERE subject LIKE 'from:%' ORDER BY last_failed_at DESC LIMIT 1"
        return int(await connection.fetchval(query))
    finally:
        await connection.close()


def test_wrong_guesses_at_both_copies_are_counted_together(office: Office) -> None:
    name, delayed = office.administrator(), set[int]()
    copies = itertools.cycle((0, 1))

    def guessed() -> str:
        copy = next(copies)
        with office.browser(first=copy) as browser, pytest.raises(Refusal) as refused:
            signed_in(browser, name, "mật khẩu đoán mò")
        if "sign_in_delayed" in refused.value.en:
            delayed.add(copy)
        return refused.value.en

    assert ["sign_in_failed" in guessed() for _ in range(3)] == [True] * 3
    assert asyncio.run(_counted(office.deployment.server.url("vca_identity"))) == 3
    # From the fourth on each costs a wait that doubles: soon one comes within it, at either copy.
    until(lambda: guessed() and delayed == {0, 1})
