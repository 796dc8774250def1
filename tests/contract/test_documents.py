"""The contract files themselves: as the code makes them, complete, and in one style."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from kernel.problems import CATALOGUE
from kernel.web.contract.sharing import OF_PAGES
from tests.support.contract import Contract, Operation, contract_of, merged_contract
from vca import openapi

SERVICES = openapi.SERVICES
SNAKE = re.compile(r"[a-z][a-z0-9_]*")
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*|\{[a-z0-9_]+\}|\.well-known")
# OAuth 2 and JOSE name these; we do not.
FOREIGN_HEADERS = {"If-Match", "If-None-Match", "Idempotency-Key"}

DELIVERED = {"deliver_organization_statistic"}
"""Takes the whole record as a system delivers it again and again: what it sends is what is to stand."""

every_service = pytest.mark.parametrize("service", SERVICES)


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    """Every contract as the code makes it."""
    by_service = {service: contract_of(service) for service in SERVICES}
    return by_service | {"gateway": Contract(merged_contract())}


def nodes(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Return every object of a document with the path that leads to it; examples are data and left out."""
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            if key not in ("example", "examples", "x-problems", "default", "const", "enum", "value"):
                yield from nodes(value, f"{path}/{key}")
    elif isinstance(node, list):
        for at, value in enumerate(node):
            yield from nodes(value, f"{path}/{at}")


def test_the_committed_files_are_what_the_code_makes(contracts: dict[str, Contract]) -> None:
    assert sorted(path.stem for path in openapi.FOLDER.glob("*.yaml")) == sorted(contracts)
    differing = openapi.stale({name: contract.document for name, contract in contracts.items()})
    assert differing == [], f"run `vca openapi`: {differing}"


def test_operation_ids_are_unique_over_the_merged_file_and_good_as_method_names(
    contracts: dict[str, Contract],
) -> None:
    merged = [operation.id for operation in contracts["gateway"].operations]
    assert len(merged) == len(set(merged))
    assert [id_ for id_ in merged if not SNAKE.fullmatch(id_)] == []
    single = [operation.id for service in SERVICES for operation in contracts[service].operations]
    assert sorted(single) == sorted(merged)


@every_service
def test_paths_are_kebab_case_below_the_service(contracts: dict[str, Contract], service: str) -> None:
    for path in contracts[service].document["paths"]:
        assert path.startswith(f"/v1/{service}/"), path
        assert not path.endswith("/")
        assert [part for part in path.strip("/").split("/") if not KEBAB.fullmatch(part)] == [], path


@every_service
def test_every_operation_says_what_it_does_for_whom_and_how_it_refuses(
    contracts: dict[str, Contract], service: str
) -> None:
    for operation in contracts[service].operations:
        document = operation.document
        summary = document["summary"]
        assert summary, operation.id
        assert "\n" not in summary, operation.id
        assert not summary.endswith("."), operation.id
        assert document["description"].strip(), operation.id
        assert len(document["tags"]) == 1, operation.id
        assert "security" in document, operation.id
        if not operation.is_open:
            assert {"401", "403", "429", "500", "503"} <= set(document["responses"]), operation.id
        assert any(status.startswith(("2", "3")) for status in document["responses"]), operation.id


@every_service
def test_every_refusal_is_a_problem_document_with_known_codes_and_an_example_each(
    contracts: dict[str, Contract], service: str
) -> None:
    contract = contracts[service]
    examples = {problem["code"]: problem["example"] for problem in contract.document["x-problems"]}
    for operation in contract.operations:
        for status, response in operation.document["responses"].items():
            if not status.startswith(("4", "5")) or "application/problem+json" not in response.get("content", {}):
                assert not status.startswith("4") or "text/html" in response.get("content", {}), (operation.id, status)
                continue
            codes = operation.problem_codes(int(status))
            assert codes, (operation.id, status)
            for code in codes:
                assert CATALOGUE[code].status == int(status), (operation.id, code)
                assert f"`{code}`" in response["description"]
                assert examples[code]["code"] == code
                assert contract.faults({"$ref": "#/components/schemas/Problem"}, examples[code]) == []


@every_service
def test_every_problem_is_listed_with_words_in_both_languages(contracts: dict[str, Contract], service: str) -> None:
    listed = {problem["code"]: problem for problem in contracts[service].document["x-problems"]}
    used = {
        code
        for operation in contracts[service].operations
        for status in operation.document["responses"]
        if status.isdigit()
        for code in operation.problem_codes(int(status))
    }
    assert used <= set(listed)
    for code, problem in listed.items():
        assert problem["type"] == "/problems/" + code.replace("_", "-")
        assert all(problem[name] for name in ("title_vi", "title_en")), code
        assert problem["title_vi"] != problem["title_en"], code


@every_service
def test_every_field_says_what_it_is(contracts: dict[str, Contract], service: str) -> None:
    schemas = dict(contracts[service].schemas())
    for name, schema in schemas.items():
        assert schema.get("description"), name
        for field, shape in schema.get("properties", {}).items():
            where = f"{name}.{field}"
            # What all pages hold says so where it stands once.
            of_pages = shape.get("$ref") == f"#/components/schemas/{OF_PAGES.get(field)}"
            said = schemas[OF_PAGES[field]] if of_pages else shape
            assert said.get("description"), where
            assert {"type", "$ref", "oneOf", "anyOf", "const"} & set(shape), where
            assert SNAKE.fullmatch(field), where
            if field.endswith("_vnd"):
                assert (shape["format"], "integer" in shape["type"]) == ("int64", True), where
            if field.endswith("_on"):
                assert shape["format"] == "date", where
            if field.endswith("_at"):
                assert shape["format"] == "date-time", where


@every_service
def test_outputs_have_every_field_and_inputs_refuse_what_they_do_not_know(
    contracts: dict[str, Contract], service: str
) -> None:
    contract = contracts[service]
    schemas = dict(contract.schemas())
    inputs = {operation.body_schema() for operation in contract.operations} - {None}
    forms = {o.body_schema() for o in contract.operations if o.media_type not in (None, "application/json")}
    within = _reached(schemas, inputs)
    for name, schema in schemas.items():
        if name in inputs:
            # OAuth 2 wants unknown fields of a form ignored (RFC 6749, 3.2).
            assert name in forms or schema.get("additionalProperties") is False, name
        elif "properties" in schema and name not in within | {"Problem", "FaultDocument"}:
            # An answer of OAuth 2 leaves out what was not asked for (RFC 6749, 5.1), a single record what was not included,
            # a list that is no evidence of a figure what its records add to one.
            always = {
                each
                for each, field in schema["properties"].items()
                if not field.get("description", "").startswith(("With `include=", "With `counted_in`"))
            }
            assert name == "TokenAnswer" or always == set(schema.get("required", [])), name


def _reached(schemas: dict[str, Any], names: Any) -> set[str]:
    """Return the schemas that these refer to, themselves included."""
    reached: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += re.findall(r"#/components/schemas/(\w+)", str(schemas.get(name, "")))
    return reached


@every_service
def test_a_nullable_field_is_a_type_with_null(contracts: dict[str, Contract], service: str) -> None:
    for path, node in nodes(contracts[service].document):
        options = node.get("anyOf")
        assert not (isinstance(options, list) and {"type": "null"} in options), path
        assert "nullable" not in node, path


@every_service
def test_no_object_is_without_a_name(contracts: dict[str, Contract], service: str) -> None:
    for name, schema in contracts[service].schemas():
        for path, node in nodes(schema.get("properties", {}), name):
            assert "properties" not in node or path == name, f"{path} is an object without a name"


@every_service
def test_every_parameter_is_described_and_snake_case(contracts: dict[str, Contract], service: str) -> None:
    for operation in contracts[service].operations:
        names = [(p["in"], p["name"]) for p in operation.document.get("parameters", [])]
        assert len(names) == len(set(names)), operation.id
        for parameter in operation.document.get("parameters", []):
            where = (operation.id, parameter["name"])
            assert parameter.get("description"), where
            assert parameter["schema"], where
            if parameter["in"] == "header":
                assert parameter["name"] in FOREIGN_HEADERS, where
            else:
                assert SNAKE.fullmatch(parameter["name"]), where


@every_service
def test_every_write_can_be_repeated_or_is_guarded_by_a_version(contracts: dict[str, Contract], service: str) -> None:
    for operation in contracts[service].operations:
        if operation.is_open:
            continue
        headers = {p["name"] for p in operation.document.get("parameters", []) if p["in"] == "header"}
        match operation.method:
            case "post":
                assert "Idempotency-Key" in headers, operation.id
            case "put" if operation.id in DELIVERED:
                assert "Idempotency-Key" in headers, operation.id
            case "put" | "patch" | "delete":
                assert operation.needs_if_match, operation.id
                assert {"412", "428"} <= set(operation.document["responses"]), operation.id
            case _:
                assert headers <= {"If-None-Match"}, operation.id


def test_the_merged_file_has_no_component_that_nobody_uses(contracts: dict[str, Contract]) -> None:
    document = contracts["gateway"].document
    used = set(re.findall(r"#/components/(\w+/[\w.-]+)", str(document)))
    for kind, named in document["components"].items():
        if kind != "securitySchemes":
            assert [name for name in named if f"{kind}/{name}" not in used] == [], kind


@every_service
def test_who_administers_reads_the_code_lists_of_every_service(service: str) -> None:
    for operation in contract_of(service).operations:
        if "/code-lists" in operation.path:
            assert {"vca": ["identity.admin"]} in operation.document["security"], operation.id


@every_service
def test_every_list_whose_items_have_an_id_takes_ids(service: str) -> None:
    contract, without = contract_of(service), set()
    for operation in contract.operations:
        parameters = {p["name"]: p for p in operation.document.get("parameters", ())}
        if "sort" in parameters and "id" in items_of(contract, operation):
            if (picked := parameters.get("id")) is None:
                without.add(operation.id)
            else:
                assert picked["schema"]["maxItems"] == 200
    assert without == set()


def items_of(contract: Contract, operation: Operation) -> set[str]:
    """Return the names of the fields of the items of a list's page."""
    schemas = contract.document["components"]["schemas"]
    page = operation.document["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    item = schemas[page]["properties"]["items"]["items"]["$ref"].rpartition("/")[2]
    return set(schemas[item]["properties"])
