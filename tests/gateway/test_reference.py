"""The pages of the reference: light enough for a phone, and nothing of the contract is missing from them."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator
from html import escape
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from services.gateway.config import CONTRACT
from services.gateway.main import create_app
from services.gateway.portal.examples import Examples
from services.gateway.portal.fields import Contract
from services.gateway.portal.reference import Reference, slug_of
from services.gateway.portal.search import search_index
from tests.gateway.html import Html
from tests.support.contract import committed

MOST_BYTES = 300_000
MOST_ELEMENTS = 5_000


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The committed contract."""
    return copy.deepcopy(committed("gateway"))


@pytest.fixture(scope="module")
def reference(document: dict[str, Any]) -> Reference:
    """Its pages."""
    return Reference(document, Examples(CONTRACT.parent / "examples"))


@pytest.fixture(scope="module")
async def portal() -> AsyncIterator[httpx.AsyncClient]:
    """The portal with the committed contract."""
    app = create_app({})
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://vca.test", timeout=60) as client,
    ):
        yield client


@pytest.fixture(scope="module")
async def texts(portal: httpx.AsyncClient, reference: Reference) -> dict[str, str]:
    """What each page says in English, which several look at."""
    return {path: (await portal.get(path, headers={"Accept-Language": "en"})).text for path in reference.pages}


def _operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    methods = ("get", "post", "put", "patch", "delete")
    return {
        operation["operationId"]: operation
        for item in document["paths"].values()
        for method, operation in item.items()
        if method in methods
    }


@pytest.mark.thorough
@pytest.mark.parametrize("language", ["vi", "en"])
async def test_every_page_is_light_and_its_links_within_the_reference_lead_somewhere(
    portal: httpx.AsyncClient, reference: Reference, language: str
) -> None:
    paths = ["/docs", *reference.pages]
    pages = {path: Html((await portal.get(path, headers={"Accept-Language": language})).text) for path in paths}
    sizes = {}
    for path in paths:
        loaded = [(await portal.get(asset)).content for asset in pages[path].assets]
        sizes[path] = len((await portal.get(path)).content) + sum(map(len, loaded))
    assert {path: size for path, size in sizes.items() if size > MOST_BYTES} == {}
    assert {path: page.elements for path, page in pages.items() if page.elements > MOST_ELEMENTS} == {}
    for path, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), path
        for link in page.links:
            to, _, anchor = link.partition("#")
            if to.startswith("/docs") or not to:
                assert (to or path) in pages, f"{path}: {link}"
                assert not anchor or anchor in pages[to or path].ids, f"{path}: {link}"


def test_every_operation_field_value_and_problem_of_the_contract_is_on_a_page(
    texts: dict[str, str], document: dict[str, Any], reference: Reference
) -> None:
    operations = _operations(document)
    assert {one.id for page in reference.pages.values() for one in page.operations} == set(operations)
    for path, page in reference.pages.items():
        text = texts[path]
        for operation in page.operations:
            assert f'id="{operation.id}"' in text
            assert escape(operation.path) in text
            assert escape(operations[operation.id]["summary"], quote=False) in text.replace("&#39;", "'")
            for answer in operation.answers:
                for code, address in answer.problems:
                    assert f'<a href="{address}"><code>{code}</code></a>' in text, (operation.id, code)
            for parameter in operation.parameters:
                assert f'data-in="{parameter.place}" data-name="{parameter.name}"' in text
        for fields in page.records.values():
            for field in fields:
                assert f'data-name="{field.name}"' in text
                assert " · ".join(value.code for value in field.shape.values) in text


def test_a_closed_list_is_read_wherever_the_contract_puts_it() -> None:
    labels = {"open": {"vi": "Mở", "en": "Open"}, "closed": {"vi": "Đóng", "en": "Closed"}}
    listed = {"type": "string", "enum": ["open", "closed"], "x-enum-labels": labels}
    contract = Contract({"components": {"schemas": {"State": listed}}})
    named = {"$ref": "#/components/schemas/State"}
    for schema in (listed, named, {"anyOf": [named, {"type": "string"}]}, {"oneOf": [named, {"type": "null"}]}):
        shape = contract.shape(schema)
        assert [(value.code, value.labels["vi"]) for value in shape.values] == [("open", "Mở"), ("closed", "Đóng")]
        assert shape.closed_list == (None if schema is listed else "State")
    assert contract.shape({"anyOf": [named, {"type": "string"}]}).open
    assert contract.shape({"oneOf": [named, {"type": "null"}]}).nullable
    many = contract.shape({"type": "array", "items": named, "maxItems": 3})
    assert (many.lists, many.closed_list, many.bounds) == (1, "State", (("≤ 3 phần tử", "≤ 3 items"),))


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({"minimum": -9_999_999_999_999_999, "maximum": 9_999_999_999_999_999}, "-9999999999999999–9999999999999999"),
        ({"minimum": 1, "maximum": 1_234_567}, "1–1234567"),
        ({"minimum": 0.0, "maximum": 10_000_000.0}, "0–10000000"),
        ({"minimum": 0.5, "maximum": 9007199254740991}, "≥ 0.5"),
        ({"exclusiveMinimum": 0, "maximum": 9007199254740991}, "> 0"),
        ({"minimum": -9007199254740991, "maximum": 9007199254740991}, None),
    ],
)
def test_bounds_stand_there_with_all_their_digits(bounds: dict[str, float], said: str | None) -> None:
    shape = Contract({}).shape({"type": "integer", **bounds})
    assert shape.bounds == (() if said is None else ((said, said),))


def test_no_page_writes_a_number_as_powers_of_ten(texts: dict[str, str]) -> None:
    assert [path for path, text in texts.items() if "e+1" in text] == []


def test_shared_answers_and_parameters_are_followed(document: dict[str, Any]) -> None:
    shared = copy.deepcopy(document)
    operation = shared["paths"]["/v1/registry/organizations"]["get"]
    shared["components"].setdefault("responses", {})["RefusedOnce"] = operation["responses"]["403"]
    shared["components"].setdefault("parameters", {})["FirstOnce"] = operation["parameters"][0]
    operation["responses"]["403"] = {"$ref": "#/components/responses/RefusedOnce"}
    operation["parameters"][0] = {"$ref": "#/components/parameters/FirstOnce"}
    before = {one.id: one for one in Reference(document).operations}
    after = {one.id: one for one in Reference(shared).operations}
    assert after["list_organizations"] == before["list_organizations"]


def test_every_operation_with_a_body_or_an_answer_shows_its_recorded_example(
    texts: dict[str, str], reference: Reference
) -> None:
    shown, recorded = 0, Examples(CONTRACT.parent / "examples")
    for path, page in reference.pages.items():
        html = texts[path]
        for operation in page.operations:
            contents = {"request": operation.bodies} | {
                answer.status: answer.contents for answer in operation.answers if answer.status.startswith("2")
            }
            for name, (content, *_) in {name: found for name, found in contents.items() if found}.items():
                if content.media_type == "application/json":
                    body = recorded.body(operation.id, name)
                    assert body is not None, f"{operation.id} {name}"
                    first = content.example.split("\n")[:6]
                    assert json.loads(content.example).keys() == body.keys()
                    assert escape("\n".join(first)).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in html
                    shown += 1
    assert shown > len(reference.operations)


async def test_recorded_examples_are_shown_and_long_lists_in_them_shortened(
    document: dict[str, Any], tmp_path: Path
) -> None:
    answer = {"items": [{"name": f"HTX số {number}", "note": "x" * 300} for number in range(30)]}
    recorded = {"request": {"body": {"name": "HTX Đồng Tâm"}}, "responses": {"201": {"body": answer}}}
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "create_organization.json").write_text(json.dumps(recorded))
    (tmp_path / "gateway.yaml").write_text(json.dumps(document))
    app = create_app({}, tmp_path / "gateway.yaml")
    page = next(
        p for p in Reference(document).pages.values() if any(o.id == "create_organization" for o in p.operations)
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://vca.test") as client:
        text = (await client.get(page.path)).text
    assert "HTX Đồng Tâm" in text
    assert "HTX số 1&#34;" in text
    assert "HTX số 2&#34;" not in text
    assert "Danh sách trong ví dụ đã được rút ngắn." in text


def test_the_search_knows_every_operation_and_every_field(document: dict[str, Any], reference: Reference) -> None:
    index = json.loads(orjson.dumps(search_index(reference)))
    assert {operation[1] for operation in index["operations"]} == set(_operations(document))
    names = {field[0] for field in index["fields"]}
    for name, schema in document["components"]["schemas"].items():
        if any(name in page.records for page in reference.pages.values()):
            assert set(schema.get("properties", {})) <= names
    for _, _, places in index["fields"]:
        for place in places:
            page, anchor = index["places"][place]
            shown = reference.pages[index["pages"][page]]
            assert anchor in shown.records or anchor in {one.id for one in shown.operations}


def test_tags_of_any_language_have_an_address() -> None:
    assert slug_of("Sổ đăng ký · Registry") == "so-dang-ky-registry"
    assert slug_of("loan-applications") == "loan-applications"
