"""The portal: the contract, its pages, and how the services are; in process, with small services beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import yaml

from services.gateway.main import STATIC, create_app
from services.gateway.merge import merge
from services.gateway.replies import REPLIES
from tests.gateway.edge import Upstream
from tests.gateway.test_merge import a_contract
from vca.openapi import SERVICES
from vca.postgres import free_port


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """A small merged contract."""
    words = {"title_en": "Stale", "detail_vi": "Đọc lại.", "detail_en": "Read <it> again."}
    path = tmp_path / "gateway.yaml"
    path.write_text(yaml.safe_dump(merge([a_contract("registry", **words)]), allow_unicode=True))
    return path


@pytest.fixture
async def portal(contract: Path, upstreams: dict[str, Upstream]) -> AsyncIterator[httpx.AsyncClient]:
    """The portal before two services, of which funds is down."""
    app = create_app({"registry": upstreams["registry"].port, "funds": free_port(), "portal": 1}, contract)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://vca.test") as client,
    ):
        yield client


@pytest.mark.parametrize("path", ["/", "/docs", "/redoc", "/openapi.json", "/problems", "/problems/stale", "/nothing"])
async def test_every_answer_forbids_what_is_not_from_this_host(portal: httpx.AsyncClient, path: str) -> None:
    answer = await portal.get(path)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    sources = {source for allowed in policy.values() for source in allowed.split()}
    assert sources <= {"'self'", "'none'", "'unsafe-inline'", "data:", "blob:"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"]


async def test_the_pages_load_only_files_that_exist_and_that_a_browser_may_keep(portal: httpx.AsyncClient) -> None:
    for page in ("/docs", "/redoc", "/", "/problems"):
        text = (await portal.get(page)).text
        assets = [part.split('"')[0] for part in text.split('"/static/')[1:]]
        assert assets, page
        assert "//" not in text.replace("<!doctype html>", "").replace('hreflang="', "")
        for asset in assets:
            answer = await portal.get(f"/static/{asset}")
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_the_contract_is_served_as_json_and_only_sent_when_it_changed(
    portal: httpx.AsyncClient, contract: Path
) -> None:
    first = await portal.get("/openapi.json")
    assert first.json() == yaml.load(contract.read_text(), yaml.CSafeLoader)
    again = await portal.get("/openapi.json", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_contract_of_one_service_stands_beside_the_merged_one(
    portal: httpx.AsyncClient, contract: Path
) -> None:
    own = a_contract("registry")
    (contract.parent / "registry.yaml").write_text(yaml.safe_dump(own, allow_unicode=True))
    app = create_app({}, contract)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://vca.test") as client:
        first = await client.get("/openapi/registry.json")
        again = await client.get("/openapi/registry.json", headers={"If-None-Match": first.headers["etag"]})
        unknown = [await client.get(f"/openapi/{name}.json") for name in ("weather", "gateway")]
    assert (first.status_code, first.headers["content-type"], first.json()) == (200, "application/json", own)
    assert (again.status_code, again.content) == (304, b"")
    assert [(answer.status_code, answer.json()["code"]) for answer in unknown] == [(404, "not_found")] * 2


async def test_a_problem_is_explained_in_the_language_asked_for(portal: httpx.AsyncClient) -> None:
    vietnamese = await portal.get("/problems/stale")
    english = await portal.get("/problems/stale", headers={"Accept-Language": "en"})
    chosen = await portal.get("/problems/stale?lang=vi", headers={"Accept-Language": "en"})
    assert vietnamese.headers["content-language"] == "vi"
    assert "<h1>Cũ</h1>" in vietnamese.text
    assert '<html lang="en">' in english.text
    assert "Read &lt;it&gt; again." in english.text
    assert chosen.text == vietnamese.text
    assert english.headers["vary"] == "Accept-Language"


async def test_every_refusal_of_the_gateway_has_its_page(portal: httpx.AsyncClient) -> None:
    listed = (await portal.get("/problems")).text
    for reply in REPLIES:
        assert f'href="{reply.type_path}"' in listed
        page = await portal.get(reply.type_path)
        assert page.status_code == 200
        assert reply.title[0] in page.text


async def test_what_the_portal_does_not_have(portal: httpx.AsyncClient) -> None:
    assert (await portal.get("/problems/unheard-of")).status_code == 404
    refused = await portal.get("/static/nothing.js", headers={"X-Request-Id": "abc"})
    assert (refused.status_code, refused.json()["code"], refused.json()["request_id"]) == (404, "not_found", "abc")
    assert (await portal.post("/docs")).json()["code"] == "method_not_allowed"
    assert (await portal.head("/docs")).status_code == 200


async def test_health_names_the_service_that_is_down(portal: httpx.AsyncClient) -> None:
    answer = await portal.get("/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == "failing"
    assert answer.json()["services"]["registry"]["status"] == "ok"
    assert answer.json()["services"]["funds"]["status"] == "down"
    assert answer.json()["services"]["funds"]["checks"] == {"reached": "ConnectError"}


async def test_status_shows_the_head_of_each_feed_and_how_far_the_data_of_each_province_goes(
    portal: httpx.AsyncClient,
) -> None:
    answer = (await portal.get("/status")).json()
    assert answer["feeds"] == {"registry": "7", "funds": None}
    assert answer["data"] == {"registry": {"25-2008": "2023-08-31"}, "funds": None}


def test_the_shipped_scripts_carry_their_licenses() -> None:
    shipped = {file.name for file in STATIC.glob("*.js")} - {"docs.js", "redoc-page.js"}
    readme = (STATIC / "README.md").read_text()
    assert shipped == {"scalar.js", "redoc.js"}
    for name in shipped:
        assert f"`{name}`" in readme
        assert "Permission is hereby granted" in (STATIC / "licenses" / name.replace(".js", ".txt")).read_text()


async def test_the_committed_contract_is_what_is_shown() -> None:
    app = create_app({})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://vca.test") as client:
        shown = (await client.get("/openapi.json")).json()
        of_services = [(await client.get(f"/openapi/{service}.json")).json() for service in SERVICES]
    assert "/v1/registry/organizations" in shown["paths"]
    assert {path for document in of_services for path in document["paths"]} == set(shown["paths"])
    assert {reply.code for reply in REPLIES} <= {problem["code"] for problem in shown["x-problems"]}
