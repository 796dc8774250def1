"""The portal: the contract, its pages, and how the services are; in process, with small services beside it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from kernel.storage.last_backup import LastBackup, record
from services.gateway.health import Health
from services.gateway.main import create_app
from services.gateway.merge import merge
from services.gateway.portal import landing
from services.gateway.portal.pages import STATIC
from services.gateway.replies import REPLIES
from tests.gateway.edge import Upstream
from tests.gateway.html import Html
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


PAGES = (
    "/",
    "/docs",
    "/docs/registry",
    "/guide",
    "/guide/api",
    "/changelog",
    "/problems",
    "/problems/stale",
    "/status?lang=en",
)


@pytest.mark.parametrize("path", [*PAGES, "/openapi.json", "/static/docs.js", "/nothing"])
async def test_every_answer_forbids_what_is_not_from_this_host(portal: httpx.AsyncClient, path: str) -> None:
    answer = await portal.get(path)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert {source for allowed in policy.values() for source in allowed.split()} <= {"'self'", "'none'"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert path.startswith("/static/") or answer.headers["cache-control"]


async def test_the_pages_load_only_files_that_exist_and_that_a_browser_may_keep(portal: httpx.AsyncClient) -> None:
    for path in PAGES:
        page = Html((await portal.get(path)).text)
        assert "/favicon.svg" in page.assets
        assert page.inline == []
        for asset in page.assets:
            answer = await portal.get(asset)
            assert answer.status_code == 200
            if asset != "/favicon.svg":
                assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_the_first_page_says_what_is_down_and_through_which_day_the_data_goes(portal: httpx.AsyncClient) -> None:
    answer = await portal.get("/?lang=en")
    assert answer.headers["cache-control"] == "no-store"
    assert "Not every service is well." in answer.text
    assert re.search(r"registry</th>.*?well</td><td>31/08/2023", answer.text)
    assert re.search(r"funds</th>.*?does not answer</td><td>–", answer.text)
    assert "Có dịch vụ đang gặp sự cố." in (await portal.get("/")).text


async def test_the_first_page_waits_for_no_service_that_hangs(
    portal: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hanging(Health):
        async def summary(self) -> dict[str, Any]:
            await asyncio.Event().wait()
            return {}

    monkeypatch.setattr(landing, "_PATIENCE_SECONDS", 0.01)
    assert await landing.standing(Hanging(portal, {})) == {"state": "unknown", "services": []}


async def test_the_language_that_a_link_chose_is_kept_by_the_links_of_the_page(portal: httpx.AsyncClient) -> None:
    chosen = Html((await portal.get("/guide/api?lang=en")).text)
    assert {"/docs?lang=en", "/guide/funds?lang=en", "/problems?lang=en"} <= set(chosen.links)
    assert "/docs" in Html((await portal.get("/guide/api")).text).links


async def test_the_page_that_was_there_before_leads_to_the_one_that_is(portal: httpx.AsyncClient) -> None:
    for path, there in (
        ("/redoc", "/docs"),
        ("/docs/", "/docs"),
        ("/guide/", "/guide"),
        ("/guide/funds/?lang=en", "/guide/funds?lang=en"),
        ("//elsewhere.example/", "/elsewhere.example"),
    ):
        moved = await portal.get(f"http://vca.test{path}", headers={"Host": "elsewhere.example"})
        assert (moved.status_code, moved.headers["location"]) == (308, there), path


async def test_the_contract_is_read_when_it_is_first_asked_for_and_once(
    contract: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def noted(path: Path) -> bytes:
        read.append(path.name)
        return path.open("rb").read()

    monkeypatch.setattr(Path, "read_bytes", noted)
    app = create_app({}, contract)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://vca.test") as client:
        assert (await client.get("/guide")).status_code == 200
        assert contract.name not in read
        paths = ("/docs", "/openapi.json", "/problems", "/docs/search.json", "/docs/registry")
        answers = await asyncio.gather(*(client.get(path) for path in paths))
    assert [answer.status_code for answer in answers] == [200] * len(paths)
    assert read.count(contract.name) == 1


async def test_the_contract_is_served_as_json_and_only_sent_when_it_changed(
    portal: httpx.AsyncClient, contract: Path
) -> None:
    first = await portal.get("/openapi.json")
    assert first.json() == yaml.load(contract.read_text(), yaml.CSafeLoader)
    tag = first.headers["etag"]
    for kept in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = await portal.get("/openapi.json", headers={"If-None-Match": kept})
        assert (again.status_code, again.content) == (304, b""), kept
    assert (await portal.get("/openapi.json", headers={"If-None-Match": '"other"'})).status_code == 200


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


async def test_the_contract_has_its_examples_in_it_when_asked(contract: Path) -> None:
    (contract.parent / "examples").mkdir()
    document = yaml.load(contract.read_text(), yaml.CSafeLoader)
    operation = document["paths"]["/v1/registry/things"]["get"]
    operation["responses"]["200"] = {"description": "Things", "content": {"application/json": {"schema": {}}}}
    contract.write_text(yaml.safe_dump(document, allow_unicode=True))
    recorded: dict[str, Any] = {"request": {}, "responses": {"200": {"body": {"items": []}}}}
    (contract.parent / "examples" / "list_registry_things.json").write_text(json.dumps(recorded))
    app = create_app({}, contract)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://vca.test") as client:
        plain, shown = [await client.get(f"/openapi.json?examples={asked}") for asked in ("false", "true")]
        again = await client.get("/openapi.json?examples=true", headers={"If-None-Match": shown.headers["etag"]})
    assert plain.json() == document
    operation["responses"]["200"]["content"]["application/json"]["examples"] = {
        "list_registry_things": {"value": {"items": []}}
    }
    assert shown.json() == document
    assert (again.status_code, plain.headers["etag"] != shown.headers["etag"]) == (304, True)


async def test_an_example_is_served_whole_and_each_body_by_itself_as_it_is_then(contract: Path) -> None:
    folder = contract.parent / "examples"
    folder.mkdir()
    app = create_app({}, contract)
    recorded: dict[str, Any] = {
        "request": {"body": {"name": "Chè"}},
        "responses": {"201": {"headers": {}, "body": [1]}, "204": {}},
    }
    # Written after the start: a file is read when it is asked for.
    (folder / "create_thing.json").write_text(json.dumps(recorded), encoding="utf-8")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://vca.test") as client:
        whole = await client.get("/openapi/examples/create_thing.json")
        bodies = [await client.get(f"/openapi/examples/create_thing/{name}.json") for name in ("request", "201")]
        tag = bodies[0].headers["etag"]
        again = await client.get("/openapi/examples/create_thing/request.json", headers={"If-None-Match": tag})
        paths = ("remove_thing.json", "create_thing/204.json", "create_thing/headers.json", "%2e%2e%2fgateway.json")
        unknown = [await client.get(f"/openapi/examples/{path}") for path in paths]
    assert (whole.status_code, whole.headers["content-type"], whole.json()) == (200, "application/json", recorded)
    assert [body.json() for body in bodies] == [{"name": "Chè"}, [1]]
    assert whole.headers["cache-control"] == "public, max-age=600"
    assert (again.status_code, again.content) == (304, b"")
    assert [(answer.status_code, answer.json()["code"]) for answer in unknown] == [(404, "not_found")] * 4


async def test_a_problem_is_explained_in_the_language_asked_for(portal: httpx.AsyncClient) -> None:
    vietnamese = await portal.get("/problems/stale")
    english = await portal.get("/problems/stale", headers={"Accept-Language": "en"})
    chosen = await portal.get("/problems/stale?lang=vi", headers={"Accept-Language": "en"})
    assert vietnamese.headers["content-language"] == "vi"
    assert "<h1>Cũ</h1>" in vietnamese.text
    assert '<html lang="en">' in english.text
    assert "Read &lt;it&gt; again." in english.text
    assert chosen.text.replace("?lang=vi", "") == vietnamese.text.replace("?lang=vi", "")
    assert english.headers["vary"] == "Accept-Language"


async def test_every_refusal_of_the_gateway_has_its_page(portal: httpx.AsyncClient) -> None:
    listed = (await portal.get("/problems")).text
    for reply in REPLIES:
        assert f'href="{reply.type_path}"' in listed
        page = await portal.get(reply.type_path)
        assert page.status_code == 200
        assert reply.title[0] in page.text


async def test_what_the_portal_does_not_have(portal: httpx.AsyncClient) -> None:
    for path, back in (
        ("/nothing", "/"),
        ("/docs/nothing", "/docs"),
        ("/docs/registry/99", "/docs"),
        ("/guide/nothing", "/guide"),
        ("/guide/nothing.md", "/guide"),
        ("/problems/unheard-of", "/problems"),
        ("/static/nothing.js", "/"),
        ("/openapi/nothing.json", "/"),
    ):
        page = await portal.get(f"{path}?lang=en", headers={"Accept": "text/html,*/*;q=0.8"})
        assert (page.status_code, page.headers["cache-control"]) == (404, "no-store"), path
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "No such page" in page.text
        assert f"{back}?lang=en" in Html(page.text).links
        program = await portal.get(path, headers={"Accept": "*/*"})
        assert (program.status_code, program.headers["content-type"]) == (404, "application/problem+json"), path
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
    assert answer["last_backup_at"] is None


@pytest.mark.parametrize(
    ("language", "down", "newest"), [("vi", "không trả lời", "Bản mới nhất"), ("en", "does not answer", "newest")]
)
async def test_people_are_shown_each_part_the_day_and_the_last_backup(
    contract: Path,
    upstreams: dict[str, Upstream],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    down: str,
    newest: str,
) -> None:
    monkeypatch.setenv("VCA_HOME", str(tmp_path))
    app = create_app({"registry": upstreams["registry"].port, "funds": free_port(), "portal": 1}, contract)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://vca.test") as client,
    ):
        before = await client.get("/status", headers={"Accept": "text/html", "Accept-Language": language})
        assert newest not in before.text
        made_at = datetime(2026, 3, 1, 18, 5, tzinfo=UTC)
        record(tmp_path, LastBackup(made_at=made_at, bytes=1, is_encrypted=True, has_keys=False))
        page = await client.get("/status", headers={"Accept": "text/html", "Accept-Language": language})
        by_link = await client.get(f"/status?lang={language}")
        program = await client.get("/status", headers={"Accept": "*/*"})
    assert (page.status_code, page.headers["content-language"], page.headers["cache-control"]) == (
        200,
        language,
        "no-store",
    )
    assert f'<html lang="{language}">' in page.text
    assert by_link.headers["content-type"] == page.headers["content-type"] == "text/html; charset=utf-8"
    for words in ("registry", "31/08/2023", "funds", down, newest, "02/03/2026 01:05"):
        assert words in page.text, words
    assert "set-cookie" not in page.headers
    assert program.json()["last_backup_at"] == "2026-03-01T18:05:00+00:00"


def test_every_script_of_the_portal_is_its_own_and_described() -> None:
    readme = (STATIC / "README.md").read_text()
    for script in STATIC.glob("*.js"):
        assert f"`{script.name}`" in readme
        assert len(script.read_text().splitlines()) <= 250


async def test_the_committed_contract_is_what_is_shown() -> None:
    app = create_app({})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://vca.test") as client:
        shown = (await client.get("/openapi.json")).json()
        of_services = [(await client.get(f"/openapi/{service}.json")).json() for service in SERVICES]
    assert "/v1/registry/organizations" in shown["paths"]
    assert {path for document in of_services for path in document["paths"]} == set(shown["paths"])
    assert {reply.code for reply in REPLIES} <= {problem["code"] for problem in shown["x-problems"]}
