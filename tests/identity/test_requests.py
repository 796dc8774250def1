"""One's own calls: told once by the gateway's log, read by whoever made them and nobody else, gone after a week."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from kernel.values.days import now
from kernel.web.http_client import Credentials, Tokens, Unavailable, Upstream, open_client
from services.gateway.access_log import read_line
from services.gateway.reporting_calls import Reporter, Routes
from services.identity.requests import records
from tests.identity.people import Identity, bearer
from tests.support.answers import assert_problem, every_item, faults, ok
from tests.support.contract import contract_of
from vca.log_rotation import Rotation

REQUESTS, BATCH = "/v1/identity/requests", "/v1/identity/requests/batch"
ORGANIZATION = "/v1/registry/organizations/0192c7e0-0000-7000-8000-000000000001"
CONTRACT: dict[str, Any] = {
    "paths": {
        "/v1/registry/organizations": {"get": {"operationId": "list_organizations"}},
        "/v1/registry/organizations/lookup": {"post": {"operationId": "look_up_organizations"}},
        "/v1/registry/organizations/{organization_id}": {"get": {"operationId": "read_organization"}},
    }
}


class Gateway:
    """The log of a gateway, and what tells identity of it."""

    def __init__(self, identity: Identity, folder: Path, client: httpx.AsyncClient, credentials: Credentials) -> None:
        self.log = folder / "access.log"
        self.log.touch()
        self.rotation = Rotation(1, 3)
        self.rotation.keep(self.log)
        self._upstream = Upstream(credentials.identity_url, client, Tokens(client, credentials))
        self.reporter = self.started()

    def started(self) -> Reporter:
        """Return a reporter that knows nothing yet."""
        return Reporter(self.log, "gateway-1", self._upstream, Routes(CONTRACT))

    def saw(
        self,
        caller: str,
        request_id: str,
        *,
        status: int = 200,
        operation: str = "read_organization",
        at: Any = None,
        more: str = "",
    ) -> None:
        """Write the line of one call, as Envoy does."""
        milliseconds = int((at or now()).timestamp() * 1000)
        with self.log.open("a") as log:
            log.write(f'[{milliseconds},{status},3,"{operation}","{caller}",{more}"{request_id}"]\n')

    async def tell(self) -> None:
        """Tell all there is."""
        while await self.reporter.step():
            pass


class Switch(httpx.AsyncBaseTransport):
    """The way to identity, which can be down."""

    def __init__(self, app: Any) -> None:
        self._way, self.is_down = httpx.ASGITransport(app), False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_down:
            raise httpx.ConnectError("refused", request=request)
        return await self._way.handle_async_request(request)


@pytest.fixture
def way(identity: Identity) -> Switch:
    return Switch(identity.app)


@pytest.fixture
async def gateway(identity: Identity, tmp_path: Path, way: Switch) -> Any:
    system = await identity.system("requests.report", area="VN", client_id="service-gateway")
    async with open_client(way) as client:
        yield Gateway(identity, tmp_path, client, Credentials("http://identity.internal", *system.basic))


@pytest.fixture
def as_system(identity: Identity) -> Callable[..., Any]:
    async def of(*scopes: str, **options: Any) -> tuple[str, httpx.AsyncClient]:
        system = await identity.system(*scopes, **options)
        tokens = ok(await identity.token(auth=system.basic, grant_type="client_credentials"))
        return system.client_id, identity.http_as(bearer(tokens["access_token"]))

    return of


def _ids(answer: httpx.Response) -> list[str]:
    return [item["request_id"] for item in ok(answer)["items"]]


async def test_a_system_reads_its_own_calls_and_nobody_elses(gateway: Gateway, as_system: Any) -> None:
    mine, caller = await as_system()
    other, another = await as_system(area="VN")
    gateway.saw(mine, "a")
    gateway.saw(other, "b")
    gateway.saw("-", "nobody's", status=401, operation="-")
    more = (
        '{"method":"GET","flags":"RL","attempts":"-","service":"registry","problem":"-","path":"' + ORGANIZATION + '"},'
    )
    gateway.saw(mine, "c", status=429, operation="-", more=more)
    refused = (
        '{"method":"GET","flags":"-","attempts":"1","service":"registry","problem":"not_found","path":"'
        + ORGANIZATION
        + '"},'
    )
    gateway.saw(mine, "d", status=404, more=refused)
    gateway.saw(mine, "e", status=200, operation="no_longer_there")
    await gateway.tell()

    items = ok(await caller.get(REQUESTS))["items"]
    assert [item["request_id"] for item in items] == ["e", "d", "c", "a"]
    nowhere, not_found, limited, served = items
    assert {name: served[name] for name in ("service", "method", "path", "status", "problem", "milliseconds")} == {
        "service": "registry",
        "method": "GET",
        "path": "/v1/registry/organizations/{organization_id}",
        "status": 200,
        "problem": None,
        "milliseconds": 3,
    }
    assert (limited["status"], limited["problem"], limited["path"]) == (429, "too_many_requests", served["path"])
    assert (not_found["status"], not_found["problem"]) == (404, "not_found")
    assert (nowhere["path"], nowhere["service"]) == (None, None)
    assert _ids(await another.get(REQUESTS)) == ["b"]
    # The id of somebody else's call opens nothing.
    assert _ids(await another.get(REQUESTS, params={"request_id": "a"})) == []


async def test_they_are_found_by_id_status_and_instant_and_paged(gateway: Gateway, as_system: Any) -> None:
    mine, caller = await as_system()
    began = now().replace(microsecond=0) - timedelta(hours=1)
    for number in range(5):
        gateway.saw(mine, f"r-{number}", status=200 + number % 2, at=began + timedelta(minutes=number))
    await gateway.tell()
    assert _ids(await caller.get(REQUESTS, params={"request_id": "r-3"})) == ["r-3"]
    assert _ids(await caller.get(REQUESTS, params={"status": 201})) == ["r-3", "r-1"]
    since = (began + timedelta(minutes=3)).isoformat()
    assert _ids(await caller.get(REQUESTS, params={"from": since})) == ["r-4", "r-3"]
    paged = await every_item(caller, REQUESTS, limit=2)
    assert [item["request_id"] for item in paged] == [f"r-{number}" for number in range(4, -1, -1)]
    answer = await caller.get(REQUESTS, params={"from": "yesterday", "status": "bad", "whose": "mine"})
    assert faults(answer) == {
        ("from", "not_an_instant"),
        ("status", "not_an_integer"),
        ("whose", "unknown_parameter"),
    }


async def test_a_person_reads_their_own_whatever_their_role(identity: Identity, gateway: Gateway) -> None:
    person = await identity.person("cooperative_user")
    caller = identity.http_as(bearer((await identity.signed_in(person))["access_token"]))
    gateway.saw(person.id, "a")
    await gateway.tell()
    assert _ids(await caller.get(REQUESTS)) == ["a"]


async def test_an_administrator_reads_those_of_a_system_of_its_area(
    identity: Identity, gateway: Gateway, as_system: Any
) -> None:
    here, system = await as_system(area="25-2025")
    there, _ = await as_system(area="40-2025")
    person = await identity.person()
    for caller in (here, there, person.id):
        gateway.saw(caller, f"of-{caller}")
    await gateway.tell()
    administrator = identity.http_as(await identity.admin("25-2025"))
    national = identity.http_as(await identity.admin("VN"))
    assert _ids(await administrator.get(REQUESTS, params={"client_id": here})) == [f"of-{here}"]
    assert _ids(await national.get(REQUESTS, params={"client_id": there})) == [f"of-{there}"]
    for others in (there, person.id, "nobody"):
        assert _ids(await administrator.get(REQUESTS, params={"client_id": others})) == []
    assert_problem(await system.get(REQUESTS, params={"client_id": there}), 403, "scope_missing")
    assert _ids(await system.get(REQUESTS, params={"client_id": here})) == [f"of-{here}"]


async def test_only_the_gateway_reports(as_system: Any) -> None:
    _, caller = await as_system("identity.admin", area="VN")
    report = {"source": "x", "behind": "", "position": "1", "dropped": 0, "items": []}
    assert_problem(await caller.post(BATCH, json=report), 403, "scope_missing")


async def test_each_call_is_told_once_whoever_is_started_anew(
    identity: Identity, gateway: Gateway, as_system: Any
) -> None:
    mine, caller = await as_system()
    gateway.saw(mine, "a")
    await gateway.tell()
    gateway.saw(mine, "b")
    # One that was started anew knows nothing of what was told.
    gateway.reporter = gateway.started()
    await gateway.tell()
    gateway.saw(mine, "c")
    await gateway.tell()
    # Half a line is none yet.
    with gateway.log.open("a") as log:
        log.write("[1796018445035,20")
    await gateway.tell()
    assert _ids(await caller.get(REQUESTS)) == ["c", "b", "a"]


async def test_identity_may_be_down_and_what_goes_meanwhile_is_counted(
    identity: Identity, gateway: Gateway, as_system: Any, way: Switch
) -> None:
    mine, caller = await as_system()
    gateway.saw(mine, "told")
    await gateway.tell()
    way.is_down = True
    for number in range(5):
        gateway.saw(mine, f"r-{number}")
        with pytest.raises(Unavailable):
            await gateway.reporter.step()
        gateway.rotation.rotate(gateway.log)
    way.is_down = False
    await gateway.tell()
    # Three files are kept, the empty one among them: the two newest of the calls.
    assert _ids(await caller.get(REQUESTS)) == ["r-4", "r-3", "told"]
    row = await identity.db.fetchrow("SELECT dropped FROM request_source")
    assert row is not None
    assert row["dropped"] == 3


async def test_the_log_may_be_put_aside_at_any_time(gateway: Gateway, as_system: Any) -> None:
    mine, caller = await as_system()
    for number in range(12):
        gateway.saw(mine, f"r-{number:02}")
        if number % 3 == 1:
            await gateway.tell()
        if number % 4 == 2:
            gateway.rotation.rotate(gateway.log)
    await gateway.tell()
    assert _ids(await caller.get(REQUESTS)) == [f"r-{number:02}" for number in range(11, -1, -1)]


async def test_they_are_gone_after_a_week(identity: Identity, gateway: Gateway, as_system: Any) -> None:
    mine, caller = await as_system()
    for days in (0, 6, 7, 8, 30):
        gateway.saw(mine, f"{days} days", at=now() - timedelta(days=days, minutes=1))
    await gateway.tell()
    assert _ids(await caller.get(REQUESTS)) == ["0 days", "6 days"]
    await records.purge(identity.db)
    rows = await identity.db.fetch("SELECT request_id FROM request ORDER BY at DESC")
    assert [row["request_id"] for row in rows] == ["0 days", "6 days"]


def test_every_operation_of_the_contract_has_its_route() -> None:
    routes = Routes(contract_of("registry").document)
    limited = read_line(
        b'[0,429,1,"-","x",{"method":"GET","flags":"RL","attempts":"-","service":"registry","problem":"-","path":"'
        + f"{ORGANIZATION}/history".encode()
        + b'"},"r"]'
    )
    served = read_line(b'[0,200,1,"read_organization","x","r"]')
    assert limited is not None
    assert served is not None
    assert routes.of(limited) == ("GET", "/v1/registry/organizations/{organization_id}/history")
    assert routes.of(served) == ("GET", "/v1/registry/organizations/{organization_id}")
