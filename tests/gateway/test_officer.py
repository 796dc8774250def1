"""The pages of a signed-in officer: in process, before services that answer what a test says."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
import yaml

from kernel.values.ids import new_id
from services.gateway.config import PROXY_HEADER
from services.gateway.main import create_app
from services.gateway.merge import merge
from services.gateway.portal.amounts import day, number, percent, unit
from services.gateway.portal.fields import Contract
from services.gateway.portal.overview import bar_of
from services.gateway.portal.records import back_to, counted_in, fields_of, heading_of, readable, table_of
from services.gateway.portal.sessions import own_address, person_of
from services.gateway.portal.upstreams import Upstreams
from tests.gateway.html import Html
from tests.gateway.test_merge import a_contract
from tests.gateway.years import A_YEAR, a_measure
from tests.support.tokens import token

HERE = "http://vca.test"
OFFICER = ("reports.read", "reports.write", "training.write")
Answer = Callable[[httpx.Request], httpx.Response]


def access(*scopes: str, area: str = "25-2025", seconds: int = 600, **claims: Any) -> str:
    """Return an access token of an officer."""
    claims = {"acr": "second_factor", **claims}
    return token(" ".join(scopes), area, name="Nguyễn Thị Lan", exp=int(time.time()) + seconds, **claims)


def tokens(access_token: str, refresh: str = "refresh-2") -> httpx.Response:
    """Return what identity gives."""
    return httpx.Response(200, json={"access_token": access_token, "refresh_token": refresh, "expires_in": 600})


class Services:
    """The services behind the portal: what they were asked, and what they answer by path."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answers: dict[str, httpx.Response | Answer] = {"/v1/reporting/overview": httpx.Response(200, json=A_YEAR)}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer as a test said; 404 where it said nothing."""
        self.asked.append(request)
        found = self.answers.get(request.url.path, httpx.Response(404, json={"detail": "Không có."}))
        if isinstance(found, httpx.Response):
            return httpx.Response(found.status_code, content=found.content, headers=found.headers)
        return found(request)

    @property
    def paths(self) -> list[str]:
        """What was asked, in order."""
        return [f"{request.method} {request.url.path}" for request in self.asked]


@pytest.fixture
def services() -> Services:
    """Services that answer with a year of Phú Thọ."""
    return Services()


@pytest.fixture
async def portal(
    tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """The portal before them, at an address without TLS, as on a laptop."""
    async with running(tmp_path, services, monkeypatch, HERE) as client:
        yield client


@asynccontextmanager
async def running(
    folder: Path, services: Services, monkeypatch: pytest.MonkeyPatch, public_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    """Run the portal at an address of its own, before services."""
    monkeypatch.setenv("VCA_PUBLIC_URL", public_url)
    path = folder / "gateway.yaml"
    words = {"title_en": "Stale", "detail_vi": "Đọc lại.", "detail_en": "Read again."}
    path.write_text(yaml.safe_dump(merge([a_contract("registry", **words)]), allow_unicode=True))
    app = create_app({}, path)
    ports: dict[str, int | str] = dict.fromkeys(("identity", "registry", "funds", "training", "reporting"), 1)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.MockTransport(services)) as behind,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=public_url) as client,
    ):
        app.state.upstreams = Upstreams(behind, ports)
        yield client


def sign_in(portal: httpx.AsyncClient, *scopes: str, refresh: str = "refresh-1", **claims: Any) -> None:
    """Put into the browser what signing in leaves there."""
    portal.cookies.set("vca_portal", refresh, domain="vca.test", path="/")
    portal.cookies.set("vca_portal_access", access(*(scopes or OFFICER), **claims), domain="vca.test", path="/")


def cookies_of(answer: httpx.Response) -> dict[str, str]:
    """Return what an answer sets: name → the whole line."""
    return {line.partition("=")[0]: line for line in answer.headers.get_list("set-cookie")}


async def test_who_is_not_signed_in_sees_what_the_platform_is_and_where_to_sign_in(
    portal: httpx.AsyncClient, services: Services
) -> None:
    answer = await portal.get("/")
    assert answer.status_code == 200
    assert f"{HERE}/sign-in" in Html(answer.text).links
    assert services.asked == []


async def test_signing_in_goes_by_identitys_own_page_and_comes_back_to_what_was_asked(
    portal: httpx.AsyncClient, services: Services
) -> None:
    wanted = "/records?of=%2Fv1%2Fregistry%2Fthings"
    begun = await portal.get(wanted)
    there = urlsplit(begun.headers["location"])
    asked = {name: values[0] for name, values in parse_qs(there.query).items()}
    assert (begun.status_code, there.netloc, there.path) == (303, "", "/v1/identity/authorize")
    assert (asked["client_id"], asked["redirect_uri"]) == ("vca-portal", f"{HERE}/signed-in")
    assert (asked["code_challenge_method"], asked["ui_locales"]) == ("S256", "vi")

    services.answers["/v1/identity/token"] = tokens(access(*OFFICER))
    given = {"code": "a-code", "state": asked["state"], "iss": f"{HERE}/v1/identity"}
    back = await portal.get(f"/signed-in?{urlencode(given)}")
    assert (back.status_code, back.headers["location"]) == (303, wanted)
    form = {name: values[0] for name, values in parse_qs(services.asked[0].content.decode()).items()}
    challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
    assert (form["code"], challenge) == ("a-code", asked["code_challenge"])
    set_ = cookies_of(back)
    for name in ("vca_portal", "vca_portal_access"):
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(set_[name].split("; ")), "no script may read it"
    assert "Max-Age" not in set_["vca_portal"]
    # The page that it leads to is there at once, without another call to identity.
    assert (await portal.get("/")).status_code == 200
    assert services.paths == ["POST /v1/identity/token", "GET /v1/reporting/overview"]


async def test_over_tls_the_cookies_are_for_this_host_and_tls_alone(
    tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path, services, monkeypatch, "https://vca.test") as portal:
        (name, line), *more = cookies_of(await portal.get("/sign-in")).items()
        assert more == []
        assert name == "__Host-vca_portal_sign_in"
        assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= set(line.split("; "))
        assert "Domain" not in line


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"state": "another"}, 400, "không bắt đầu ở đây"),
        ({"iss": "https://elsewhere.example"}, 400, "không bắt đầu ở đây"),
        ({"code": None, "error": "access_denied"}, 400, "chưa có quyền nào"),
        ({"code": None, "error": "server_error"}, 400, "không thành công"),
        ({}, 503, "chưa trả lời"),
    ],
)
async def test_a_sign_in_that_does_not_end_well_is_told_in_words(
    portal: httpx.AsyncClient, services: Services, changed: dict[str, str | None], status: int, words: str
) -> None:
    services.answers["/v1/identity/token"] = httpx.Response(503, json={})
    begun = await portal.get("/sign-in")
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    given = {"code": "a-code", "state": state, "iss": f"{HERE}/v1/identity"} | changed
    answer = await portal.get(f"/signed-in?{urlencode({name: value for name, value in given.items() if value})}")
    assert (answer.status_code, words in answer.text) == (status, True)
    assert "vca_portal" not in cookies_of(answer)
    assert len(services.asked) == (1 if status == 503 else 0)


@pytest.mark.parametrize(
    "address", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "/sign-out", "/records"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(address: str) -> None:
    assert own_address(address) == "/"
    assert own_address("/?year=2025&lang=en") == "/?year=2025&lang=en"


async def test_the_page_shows_the_numbers_of_the_api_each_with_its_records(
    portal: httpx.AsyncClient, services: Services
) -> None:
    sign_in(portal)
    answer = await portal.get("/?year=2025")
    page = Html(answer.text)
    assert (answer.status_code, answer.headers["cache-control"], page.inline) == (200, "no-store", [])
    assert dict(services.asked[0].url.params) == {"province": "25-2025", "year": "2025"}
    assert services.asked[0].headers["authorization"].startswith("Bearer ")
    for measure in A_YEAR["measures"]:
        assert measure["indicator_label"] in answer.text
        if measure["value"] is not None:
            assert f">{number(measure['value'], 'vi')}</a>" in answer.text
            assert f"Đạt {percent(measure['plan']['percent'], 'vi')}" in answer.text
        assert f"/ {number(measure['plan']['value'], 'vi')} " in answer.text
    for path in [one["evidence"] for one in A_YEAR["measures"]] + [one["path"] for one in A_YEAR["waiting"]]:
        assert path is None or f"/records?{urlencode({'of': path})}" in page.links
    # Words, not colours alone.
    for words in ("Vượt kế hoạch", "Đạt kế hoạch", "Đạt một phần", "Không đạt", "Chậm tiến độ", "Kịp tiến độ"):
        assert words in answer.text
    assert "Mua máy &lt;sấy&gt;" in answer.text
    assert "vượt 75 %" in answer.text
    assert "mới có số liệu của 812/878 tổ chức" in answer.text
    assert "quá 1.510 ngày" in answer.text


async def test_the_page_is_in_english_for_who_asks_and_keeps_what_was_chosen(portal: httpx.AsyncClient) -> None:
    sign_in(portal)
    answer = await portal.get("/?year=2025&lang=en")
    assert answer.headers["content-language"] == "en"
    assert "175%" in answer.text
    assert "13,200.5" in answer.text
    assert "/?year=2025&lang=vi" in Html(answer.text).links


async def test_a_year_that_nobody_declared_says_what_to_declare_to_who_may(portal: httpx.AsyncClient) -> None:
    sign_in(portal)
    text = (await portal.get("/")).text
    assert "Chưa khai báo dữ liệu đầy đủ" in text
    assert 'value="participations"' in text
    sign_in(portal, "reports.read")
    text = (await portal.get("/")).text
    assert "Lượt HTX tham gia xúc tiến thương mại" in text
    assert 'action="/coverage"' not in text


async def test_what_is_ticked_is_declared_through_the_api(portal: httpx.AsyncClient, services: Services) -> None:
    sign_in(portal)
    services.answers["/v1/training/coverages"] = httpx.Response(201, json={})
    id_ = new_id()
    form = [
        ("id", id_),
        ("service", "training"),
        ("province", "25-2025"),
        ("year", "2025"),
        ("covered_province", "25-2025"),
        ("covered_from", "2025-01-01"),
        ("covered_to", "2025-10-31"),
        ("record_types", "classes"),
        ("record_types", "participations"),
    ]
    answer = await _post(portal, "/coverage", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?province=25-2025&year=2025#coverage")
    assert json.loads(services.asked[0].content) == {
        "id": id_,
        "province": "25-2025",
        "record_types": ["classes", "participations"],
        "covered_from": "2025-01-01",
        "covered_to": "2025-10-31",
    }
    refusal = {"detail": "Dữ liệu chưa hợp lệ.", "errors": [{"detail": "Hãy chọn ít nhất một loại."}]}
    services.answers["/v1/training/coverages"] = httpx.Response(422, json=refusal)
    answer = await _post(portal, "/coverage", [each for each in form if each[0] != "record_types"])
    assert answer.status_code == 422
    assert "Dữ liệu chưa hợp lệ. Hãy chọn ít nhất một loại." in answer.text
    assert "Phú Thọ" in answer.text
    assert (await _post(portal, "/coverage", [("service", "identity")])).status_code == 303
    assert services.paths.count("POST /v1/training/coverages") == 2


async def _post(
    portal: httpx.AsyncClient, path: str, form: list[tuple[str, str]], origin: str | None = HERE
) -> httpx.Response:
    headers = {"Content-Type": "application/x-www-form-urlencoded"} | ({} if origin is None else {"Origin": origin})
    return await portal.post(path, content=urlencode(form), headers=headers)


@pytest.mark.parametrize(
    "origin", [None, "null", "https://elsewhere.example", "http://vca.test.elsewhere.example", "http://"]
)
@pytest.mark.parametrize("path", ["/coverage", "/sign-out"])
async def test_a_form_of_another_site_does_nothing(
    portal: httpx.AsyncClient, services: Services, path: str, origin: str | None
) -> None:
    sign_in(portal)
    answer = await _post(portal, path, [("service", "training")], origin)
    assert answer.status_code == 403
    assert "không đến từ trang của nền tảng" in answer.text
    assert services.asked == []


async def test_signing_out_ends_the_sign_in_at_identity_and_in_the_browser(
    portal: httpx.AsyncClient, services: Services
) -> None:
    sign_in(portal)
    answer = await _post(portal, "/sign-out", [])
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert services.paths == ["POST /v1/identity/sign-out"]
    assert services.asked[0].content == b"refresh_token=refresh-1"
    assert dict(portal.cookies) == {}
    assert f"{HERE}/sign-in" in Html((await portal.get("/")).text).links


async def test_an_access_token_that_ran_out_is_followed_by_the_next_one(
    portal: httpx.AsyncClient, services: Services
) -> None:
    sign_in(portal, seconds=20)
    services.answers["/v1/identity/token"] = tokens(access(*OFFICER))
    answer = await portal.get("/")
    assert "Chương trình hành động năm 2025" in answer.text
    assert services.asked[0].content == b"grant_type=refresh_token&client_id=vca-portal&refresh_token=refresh-1"
    assert portal.cookies["vca_portal"] == "refresh-2"
    assert {"HttpOnly", "SameSite=strict"} <= set(cookies_of(answer)["vca_portal"].split("; "))


async def test_a_token_that_was_revoked_is_renewed_once(portal: httpx.AsyncClient, services: Services) -> None:
    sign_in(portal)
    old = portal.cookies["vca_portal_access"]

    def year(request: httpx.Request) -> httpx.Response:
        good = request.headers["authorization"] != f"Bearer {old}"
        return httpx.Response(200, json=A_YEAR) if good else httpx.Response(401, json={"code": "token_revoked"})

    services.answers["/v1/reporting/overview"] = year
    services.answers["/v1/identity/token"] = tokens(access(*OFFICER, seconds=500))
    assert (await portal.get("/")).status_code == 200
    assert services.paths == ["GET /v1/reporting/overview", "POST /v1/identity/token", "GET /v1/reporting/overview"]


@pytest.mark.parametrize("path", ["/", "/records?of=/v1/registry/organizations"])
async def test_a_sign_in_that_is_over_says_so_and_is_forgotten(
    portal: httpx.AsyncClient, services: Services, path: str
) -> None:
    sign_in(portal, seconds=-5)
    services.answers["/v1/identity/token"] = httpx.Response(400, json={"error": "invalid_grant"})
    answer = await portal.get(path)
    assert "Phiên đăng nhập đã hết" in answer.text
    assert dict(portal.cookies) == {}


async def test_while_identity_is_down_nobody_is_signed_out(portal: httpx.AsyncClient, services: Services) -> None:
    sign_in(portal, seconds=-5)
    services.answers["/v1/identity/token"] = httpx.Response(503, json={})
    answer = await portal.get("/")
    assert (answer.status_code, "chưa trả lời" in answer.text) == (503, True)
    assert portal.cookies["vca_portal"] == "refresh-1"


async def test_a_cookie_that_is_no_token_is_no_sign_in(portal: httpx.AsyncClient, services: Services) -> None:
    for text in ("", "x", "a.b.c", "a.e30.c", f"a.{'9' * 3000}.c"):
        assert person_of(text) is None
        portal.cookies.set("vca_portal_access", text, domain="vca.test", path="/")
        assert f"{HERE}/sign-in" in Html((await portal.get("/")).text).links
    assert services.asked == []


async def test_a_province_of_others_is_refused_in_words(portal: httpx.AsyncClient, services: Services) -> None:
    sign_in(portal)
    services.answers["/v1/reporting/overview"] = httpx.Response(
        422, json={"detail": "Yêu cầu chưa hợp lệ.", "errors": [{"detail": "Tỉnh này ngoài địa bàn của bạn."}]}
    )
    answer = await portal.get("/?province=01-2025")
    assert (answer.status_code, "Tỉnh này ngoài địa bàn của bạn." in answer.text) == (422, True)


@pytest.mark.parametrize("document", [b"[]", b"<html>", b""])
async def test_reporting_that_is_down_is_said_so(
    portal: httpx.AsyncClient, services: Services, document: bytes
) -> None:
    sign_in(portal)
    services.answers["/v1/reporting/overview"] = httpx.Response(502, content=document)
    answer = await portal.get("/")
    assert (answer.status_code, "Dịch vụ chưa trả lời" in answer.text) == (503, True)


async def test_who_may_not_read_plans_is_told_so_and_sees_what_waits(
    portal: httpx.AsyncClient, services: Services
) -> None:
    sign_in(portal, "registry.read", "funds.read", "funds.approve")
    gap = {**A_YEAR["unavailable"][0], "service": "reporting", "code": "not_permitted"}
    own = {**A_YEAR, "plans": [], "measures": [], "unavailable": [gap], "coverage": []}
    services.answers["/v1/reporting/overview"] = httpx.Response(200, json=own)
    text = (await portal.get("/")).text
    assert "tài khoản này không có quyền xem" in text
    assert "HS-12/2025" in text
    assert "Có phần chưa xem được" not in text


async def test_a_cooperatives_own_user_reads_what_the_account_can_do(
    portal: httpx.AsyncClient, services: Services
) -> None:
    sign_in(portal, "own.read", "own.write", organization_id=new_id())
    answer = await portal.get("/")
    assert "Tài khoản này là của một tổ chức" in answer.text
    sign_in(portal, "identity.admin")
    assert "Bạn là quản trị viên" in (await portal.get("/")).text
    assert services.asked == []


async def test_the_records_of_a_number_are_a_table_with_the_contracts_words(
    portal: httpx.AsyncClient, services: Services
) -> None:
    sign_in(portal)
    id_ = new_id()
    things = [
        {"id": id_, "version": 1, "name": f"HTX <{n}>", "founded_on": f"2025-03-0{n}", "members": 1200 + n}
        for n in (1, 2)
    ]
    further = "/v1/registry/things?cursor=abc"
    services.answers["/v1/registry/things"] = httpx.Response(
        200, json={"items": things, "next": further, "count": 1311}
    )
    catalogue = {"items": [{"code": "cooperatives_new", "label": "HTX thành lập mới"}]}
    services.answers["/v1/reporting/indicators"] = httpx.Response(200, json=catalogue)
    address = "/v1/registry/things?counted_in=cooperatives_new&from=2025-01-01&to=2025-10-31"
    answer = await portal.get("/records", params={"of": address})
    assert str(services.asked[0].url).endswith(address)
    assert "<h1>HTX thành lập mới</h1>" in answer.text
    for words in ("HTX &lt;1&gt;", "01/03/2025", "1.201", "1.311 bản ghi", "01/01/2025 – 31/10/2025"):
        assert words in answer.text, words
    assert f"/records?{urlencode({'of': f'/v1/registry/things/{id_}'})}" in Html(answer.text).links
    assert f"/records?{urlencode({'of': further})}" in Html(answer.text).links
    services.answers[f"/v1/registry/things/{id_}"] = httpx.Response(200, json=things[0])
    assert "HTX &lt;1&gt;" in (await portal.get("/records", params={"of": f"/v1/registry/things/{id_}"})).text
    services.answers["/v1/registry/things"] = httpx.Response(403, json={"detail": "Tài khoản chưa có quyền này."})
    refused = await portal.get("/records", params={"of": address})
    assert (refused.status_code, "Tài khoản chưa có quyền này." in refused.text) == (403, True)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/v1/identity/accounts",
        "/v1/registry",
        "/v1/registry/../identity/accounts",
        "/v1/registry/%2e%2e/identity/accounts",
        "//elsewhere.example/v1/registry/organizations",
        "http://elsewhere.example/v1/registry/organizations",
        "/v1/registry@elsewhere.example/organizations",
        "/v1/registry/organizations#x",
        "/v1/registry/organizations\r\nHost: x",
        "/V1/registry/organizations",
        "/v1/registry/organizations?q=" + "x" * 5000,
    ],
)
async def test_no_other_address_is_read(portal: httpx.AsyncClient, services: Services, address: str) -> None:
    assert not readable(address)
    sign_in(portal)
    assert (await portal.get("/records", params={"of": address})).status_code == 404
    assert services.asked == []


def test_a_table_of_records_is_for_people() -> None:
    statistic = {"properties": {"workers": {"type": "integer", "x-label-vi": "Lao động"}}}
    page = {"properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Statistic"}}}}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}}
    operation = {
        "summary": "List",
        "x-summary-vi": "Liệt kê số liệu",
        "responses": {"200": {"$ref": "#/components/responses/Page"}},
    }
    components = {"schemas": {"Statistic": statistic, "Page": page}, "responses": {"Page": {"content": content}}}
    contract = Contract({"paths": {"/v1/registry/things": {"get": operation}}, "components": components})
    address = "/v1/registry/things?counted_in=x&from=2023-01-01&to=2023-08-31"
    items = [
        {"workers": n, "steps": [{"step": "a"}], "province": "17-2008", "organization": {"name": f"HTX {n}"}}
        for n in (1, 2)
    ]
    table = table_of({"items": items}, address, fields_of(contract, address), "vi")
    # Whose record it is stands first, provinces have their names, and what would only be "…" is left out.
    assert [each.label for each in table.columns] == ["Organization", "Lao động", "Province"]
    assert [row.cells for row in table.rows] == [("HTX 1", "1", "Hòa Bình"), ("HTX 2", "2", "Hòa Bình")]
    assert heading_of(contract, {"items": items}, address, "vi") == "Số liệu"
    assert heading_of(contract, {"title": "Kế hoạch"}, "/v1/registry/other", "vi") == "Kế hoạch"
    assert back_to(counted_in(address)) == "/?year=2023&on=2023-08-31"
    assert back_to(counted_in("/v1/registry/things")) == "/"


async def test_a_day_is_chosen_on_the_page_and_what_was_chosen_is_kept(
    portal: httpx.AsyncClient, services: Services
) -> None:
    sign_in(portal)
    answer = await portal.get("/?year=2025&on=2025-10-31&lang=en")
    assert dict(services.asked[0].url.params)["on"] == "2025-10-31"
    assert 'name="on" value="2025-10-31"' in answer.text
    assert '<input type="hidden" name="lang" value="en">' in answer.text
    # A day of the year that was shown before says nothing of the year chosen now.
    await portal.get("/?year=2025&on=2024-08-31")
    assert "on" not in dict(services.asked[-1].url.params)


def test_numbers_are_written_as_people_write_them() -> None:
    assert [number(value, "vi") for value in (13200, 0.125, -0.001, 1e6, None, "x", "NaN")] == [
        "13.200",
        "0,13",
        "0",
        "1.000.000",
        "–",
        "–",
        "–",
    ]
    assert (percent(75.65, "vi"), percent(75.65, "en")) == ("75,7 %", "75.7%")
    assert (day("2025-10-31"), day("2025-10-20T20:00:00Z"), day(None), day("x")) == (
        "31/10/2025",
        "21/10/2025",
        "–",
        "x",
    )


def test_a_unit_stands_behind_its_number_as_people_write_it() -> None:
    labels = ["Hợp tác xã", "Triệu đồng", "Million VND", "VND", "%", "HTX"]
    assert [unit(each) for each in labels] == ["hợp tác xã", "triệu đồng", "million VND", "VND", "%", "HTX"]


def test_a_bar_is_as_long_as_the_value_and_keeps_room_for_the_plan() -> None:
    half = bar_of(a_measure("", 20, 40, "running", percent=50.0, expected_by_now=30))
    assert half is not None
    assert (half.fill, half.plan, half.expected) == ("50.00", "100.00", "75.00")
    beyond = bar_of(a_measure("", 70, 40, "exceeded", percent=175.0))
    assert beyond is not None
    assert (beyond.fill, beyond.plan, beyond.expected) == ("100.00", "62.50", None)
    assert bar_of(a_measure("", 3, 0, None)) is None
    assert bar_of({"plan": None}) is None


def test_the_pages_have_words_for_every_verdict_of_the_contract() -> None:
    from services.reporting.code_lists import PACES, VERDICTS  # The test alone looks at both.

    macros = (Path(__file__).parents[2] / "services/gateway/templates/officer_macros.html").read_text()
    for code in (*VERDICTS, *PACES):
        assert re.search(rf'"{code}"', macros), code


@pytest.mark.parametrize(("language", "words"), [("vi", "chung một giới hạn"), ("en", "shares one limit")])
async def test_of_a_proxy_that_is_not_counted_status_tells_administrators_and_nobody_else(
    portal: httpx.AsyncClient, services: Services, language: str, words: str
) -> None:
    seen = {"Accept": "text/html", "Accept-Language": language, PROXY_HEADER: "unknown"}
    stranger = await portal.get("/status", headers=seen)
    sign_in(portal, "identity.admin")
    services.answers["/v1/identity/me"] = httpx.Response(401, json={"detail": "Token giả."})
    forged = await portal.get("/status", headers=seen)
    services.answers["/v1/identity/me"] = httpx.Response(200, json={"scopes": ["reports.read"]})
    officer = await portal.get("/status", headers=seen)
    services.answers["/v1/identity/me"] = httpx.Response(200, json={"scopes": ["identity.admin"]})
    administrator = await portal.get("/status", headers=seen)
    program = await portal.get("/status", headers={**seen, "Accept": "*/*"})
    counted = await portal.get("/status", headers={"Accept": "text/html"})
    assert words in administrator.text
    for other in (stranger, forged, officer, program, counted):
        assert other.status_code == 200
        assert words not in other.text


async def test_status_keeps_the_tokens_that_it_was_given_anew(portal: httpx.AsyncClient, services: Services) -> None:
    sign_in(portal, "identity.admin", seconds=5)
    services.answers["/v1/identity/token"] = tokens(access("identity.admin"))
    services.answers["/v1/identity/me"] = httpx.Response(200, json={"scopes": ["identity.admin"]})
    answer = await portal.get("/status", headers={"Accept": "text/html", PROXY_HEADER: "unknown"})
    assert "chung một giới hạn" in answer.text
    assert "vca_portal=refresh-2" in cookies_of(answer)["vca_portal"]


OWN_FACTOR = "/v1/identity/me/second-factor"
NO_FACTOR = {"offered": True, "required": False, "enrolled_at": None, "recovery_codes_left": 0}


@pytest.mark.parametrize("scopes", [OFFICER, ("identity.admin",), ("own.read",)])
@pytest.mark.parametrize(("language", "words"), [("vi", "Bật yếu tố thứ hai"), ("en", "Turn on a second factor")])
async def test_who_has_no_second_factor_is_led_to_enrolling_one(
    portal: httpx.AsyncClient, services: Services, scopes: tuple[str, ...], language: str, words: str
) -> None:
    services.answers[OWN_FACTOR] = httpx.Response(200, json=NO_FACTOR)
    sign_in(portal, *scopes, acr="password")
    page = await portal.get("/", headers={"Accept-Language": language})
    assert words in page.text
    (link,) = [each for each in Html(page.text).links if "second_factor" in each]
    there = urlsplit((await portal.get(link)).headers["location"])
    assert there.path == "/v1/identity/authorize"
    assert parse_qs(there.query)["acr_values"] == ["second_factor"]
    plain = urlsplit((await portal.get("/sign-in")).headers["location"])
    assert "acr_values" not in parse_qs(plain.query)


@pytest.mark.parametrize(
    ("acr", "answer"),
    [
        ("second_factor", httpx.Response(200, json=NO_FACTOR)),
        ("password", httpx.Response(200, json={**NO_FACTOR, "offered": False})),
        ("password", httpx.Response(503, json={"detail": "Bận."})),
    ],
)
async def test_nobody_else_is_led_there(
    portal: httpx.AsyncClient, services: Services, acr: str, answer: httpx.Response
) -> None:
    services.answers[OWN_FACTOR] = answer
    sign_in(portal, acr=acr)
    page = await portal.get("/")
    assert page.status_code == 200
    assert "second_factor" not in page.text
