"""What programs look for at known addresses: through the gateway, and what the portal answers there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from services.gateway.config import PORTAL_PATHS
from services.gateway.main import create_app

ISSUER_PATHS = {
    "/.well-known/openid-configuration": "openid-configuration",
    "/.well-known/oauth-authorization-server": "oauth-authorization-server",
    "/.well-known/oauth-authorization-server/v1/identity": "oauth-authorization-server",
}


@pytest.mark.parametrize("path", ISSUER_PATHS)
def test_who_looks_for_the_authorization_server_gets_the_document_of_identity(
    stranger: httpx.Client, path: str
) -> None:
    answer = stranger.get(path).json()
    assert (answer["service"], answer["path"]) == ("identity", f"/v1/identity/.well-known/{ISSUER_PATHS[path]}")


@pytest.mark.parametrize("path", ["/", *PORTAL_PATHS, "/guide/adr/0001-x.md", "/docs/loans/2"])
def test_the_portal_answers_strangers_at_all_its_addresses(stranger: httpx.Client, path: str) -> None:
    assert stranger.get(path).json()["service"] == "portal"


@pytest.mark.parametrize("path", ISSUER_PATHS)
def test_identity_says_which_methods_its_documents_have(stranger: httpx.Client, path: str) -> None:
    answer = stranger.post(path).json()
    assert (answer["service"], answer["method"]) == ("identity", "POST"), "the stand-in answers any method"


@pytest.mark.parametrize("path", ["/.well-known/nothing", "/.well-known", "/guidebook", "/robots.txt2"])
def test_other_addresses_are_nobodys(stranger: httpx.Client, path: str) -> None:
    assert stranger.get(path).json()["code"] == "route_unknown"


async def _read(path: str) -> httpx.Response:
    app = create_app({"registry": 1, "funds": 2, "portal": 3})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://vca.test") as client:
        return await client.get(path)


async def test_security_txt_says_whom_to_tell_and_is_never_out_of_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VCA_PUBLIC_URL", raising=False)
    text = (await _read("/.well-known/security.txt")).text
    fields = dict(line.split(": ", 1) for line in text.splitlines())
    assert fields["Contact"] == fields["Policy"] == "https://vca.test/guide/security"
    assert fields["Canonical"] == "https://vca.test/.well-known/security.txt"
    left = datetime.fromisoformat(fields["Expires"]) - datetime.now(UTC)
    assert timedelta(days=100) < left < timedelta(days=365)
    monkeypatch.setenv("VCA_PUBLIC_URL", "https://api.example.vn/")
    monkeypatch.setenv("VCA_SECURITY_CONTACT", "mailto:an-toan@example.vn")
    set_up = (await _read("/.well-known/security.txt")).text
    assert "Contact: mailto:an-toan@example.vn\n" in set_up
    assert "Canonical: https://api.example.vn/.well-known/security.txt\n" in set_up


async def test_the_catalogue_names_each_api_and_where_it_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCA_PUBLIC_URL", "https://api.example.vn")
    answer = await _read("/.well-known/api-catalog")
    assert answer.headers["content-type"].startswith("application/linkset+json")
    catalogue, *apis = answer.json()["linkset"]
    assert [item["href"] for item in catalogue["item"]] == [api["anchor"] for api in apis]
    assert [api["anchor"] for api in apis] == ["https://api.example.vn/v1/registry", "https://api.example.vn/v1/funds"]
    for api in apis:
        assert api["service-desc"][0]["href"] == "https://api.example.vn/openapi.json"
        assert api["service-doc"][0]["href"] == "https://api.example.vn/docs"
        assert api["status"][0]["href"] == f"{api['anchor']}/health/ready"


async def test_robots_stay_away_from_the_api_and_browsers_get_an_icon() -> None:
    assert (await _read("/robots.txt")).text == "User-agent: *\nDisallow: /v1/\n"
    for path in ("/favicon.ico", "/favicon.svg"):
        assert (await _read(path)).headers["content-type"] == "image/svg+xml"
