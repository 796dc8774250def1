"""What the contract says of values: closed lists by name, bounds everywhere, what is shared once, and how large it is."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from kernel.records.evidence import EvidenceRow
from kernel.values.geography import communes
from kernel.web.contract.code_lists import component_name
from kernel.web.contract.nodes import DATA, operations, reached
from kernel.web.contract.sharing import unshared
from kernel.workbooks.limits import LIMIT_ROWS
from services.registry.imports.columns import COLUMNS
from services.registry.indicators import INDICATORS
from tests.support.contract import app_of, merged_contract
from vca.openapi import ROOT, SERVICES

Json = dict[str, Any]


@pytest.fixture(scope="module")
def merged() -> Json:
    """The merged contract as the code makes it."""
    return merged_contract()


@pytest.fixture(scope="module")
def inputs(merged: Json) -> set[str]:
    """The schemas of what callers send."""
    return reached(merged["components"]["schemas"], [each.get("requestBody") for each in operations(merged)])


@pytest.fixture(scope="module")
def answers(merged: Json) -> set[str]:
    """The schemas of what callers are shown."""
    return reached(merged["components"]["schemas"], [each["responses"] for each in operations(unshared(merged))])


def schemas_in(node: Any, path: str) -> Iterator[tuple[str, Json]]:
    """Return every schema with a type within a part of the document, with its path."""
    if isinstance(node, list):
        for at, item in enumerate(node):
            yield from schemas_in(item, f"{path}/{at}")
    elif isinstance(node, dict):
        if isinstance(node.get("type"), str | list):
            yield path, node
        for key, value in node.items():
            if key not in DATA:
                yield from schemas_in(value, f"{path}/{key}")


def types(schema: Json) -> set[str]:
    return {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])


def test_each_closed_list_stands_once_by_its_name_with_labels(merged: Json) -> None:
    lists = {name: schema for name, schema in merged["components"]["schemas"].items() if "x-enum-labels" in schema}
    for name, schema in lists.items():
        assert schema["enum"] == list(schema["x-enum-labels"]), name
        assert all(label["vi"] and label["en"] for label in schema["x-enum-labels"].values()), name
    contents = [json.dumps(schema["x-enum-labels"], sort_keys=True) for schema in lists.values()]
    assert sorted(contents) == sorted(set(contents)), "one list under two names"
    assert {"LegalStatus", "OrganizationType", "LoanState", "ClassKind", "BatchMode", "Role"} <= lists.keys()
    assert "x-extensible-enum" not in json.dumps(merged)
    within = [path for path, node in schemas_in(merged["paths"], "") if "x-enum-labels" in node]
    assert within == [], "a list that no component names"


def test_a_list_is_closed_where_it_is_sent_and_open_where_it_is_shown(
    merged: Json, inputs: set[str], answers: set[str]
) -> None:
    schemas = merged["components"]["schemas"]
    lists = {f"#/components/schemas/{name}" for name, schema in schemas.items() if "enum" in schema}
    for name, schema in schemas.items():
        for field, prop in schema.get("properties", {}).items():
            shape = prop.get("items", prop)
            open_to = [option for option in shape.get("anyOf", ()) if option.get("$ref") in lists]
            closed_to = shape.get("$ref") in lists or any(each.get("$ref") in lists for each in shape.get("oneOf", ()))
            assert not (open_to and name in inputs), f"{name}.{field} takes any text"
            assert not (closed_to and name in answers), f"{name}.{field} can never grow"
            if open_to:
                assert any("string" in each.get("type", ()) for each in shape["anyOf"]), f"{name}.{field}"


def test_every_list_of_a_service_is_named_after_itself() -> None:
    assert component_name("legal-statuses", "registry") == "LegalStatus"
    assert component_name("status-change-bases", "registry") == "StatusChangeBasis"
    assert component_name("trainee_states", "training") == "TraineeState"
    assert component_name("record-types", "funds") == "FundsRecordType"
    for service in SERVICES:
        names = [component_name(name, service) for name in app_of(service).state.code_lists]
        assert len(names) == len(set(names))


def test_every_text_number_and_list_has_its_bounds(merged: Json) -> None:
    unbounded = []
    for path, schema in (*schemas_in(merged["paths"], "paths"), *schemas_in(merged["components"], "")):
        if "/content/" in path and not re.search(r"/content/application/(problem\+)?json/", path):
            continue
        kinds, keys = types(schema), schema.keys()
        if "string" in kinds and not {"maxLength", "pattern", "format", "enum", "const", "contentMediaType"} & keys:
            unbounded.append(path)
        if {"integer", "number"} & kinds and not (
            {"minimum", "exclusiveMinimum"} & keys and {"maximum", "exclusiveMaximum"} & keys
        ):
            unbounded.append(path)
        if "array" in kinds and "maxItems" not in keys:
            unbounded.append(path)
    assert sorted(unbounded) == []


def test_a_list_that_comes_whole_holds_the_figures_of_every_commune_and_the_cells_of_a_workbook(merged: Json) -> None:
    schemas = merged["components"]["schemas"]
    by_commune = [one for one in INDICATORS.by_code.values() if "commune" in one.groups]
    assert schemas["IndicatorValues"]["properties"]["items"]["maxItems"] >= len(communes()) * len(by_commune)
    reports = {name: schema["properties"] for name, schema in schemas.items() if name.endswith("ImportReport")}
    assert len(reports) == 6
    for name, properties in reports.items():
        assert properties["errors"]["maxItems"] >= LIMIT_ROWS * len(COLUMNS), name


def test_what_has_a_default_may_be_left_out_and_what_is_shown_is_always_there(
    merged: Json, inputs: set[str], answers: set[str]
) -> None:
    schemas = merged["components"]["schemas"]
    for name in inputs:
        for field, prop in schemas[name].get("properties", {}).items():
            assert not ("default" in prop and field in schemas[name].get("required", ())), f"{name}.{field}"
    # A problem leaves out what does not apply, OAuth 2 what was not asked for (RFC 6749, 5.1), a record with parts those
    # that `include` did not name, and a list that is no evidence of a figure what its records add to one.
    for name in answers - {"Problem", "FaultDocument", "TokenAnswer"}:
        if not name.endswith("WithParts"):
            properties = set(schemas[name].get("properties", ()))
            if "contribution" in properties:
                properties -= set(EvidenceRow.model_fields)
            assert properties == set(schemas[name].get("required", ())), name


def test_what_many_operations_share_stands_once(merged: Json) -> None:
    seen: dict[str, int] = {}
    for operation in operations(merged):
        for each in (*operation.get("parameters", ()), *operation["responses"].values()):
            if "$ref" not in each:
                text = json.dumps(each, sort_keys=True)
                seen[text] = seen.get(text, 0) + 1
    assert [text for text, times in seen.items() if times > 1] == []
    for name in ("IfMatch", "IfNoneMatch", "IdempotencyKey", "Limit", "Cursor", "OrganizationId"):
        assert name in merged["components"]["parameters"]
    for name in ("Error401", "Error403", "Error404", "Error429", "Error503", "HistoryPage"):
        assert name in merged["components"]["responses"]


_NOT_COUNTED = frozenset(
    {"example", "examples", "x-label-vi", "x-enum-labels", "title_vi", "detail_vi", "maxLength", "minLength"}
    | {"x-summary-vi", "x-description-vi"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "maxItems", "minItems", "pattern"}
)


def test_the_merged_contract_is_small_enough_to_read_at_once(merged: Json) -> None:
    def counted(node: Any) -> Any:
        if isinstance(node, list):
            return [counted(item) for item in node]
        if isinstance(node, dict):
            return {key: counted(value) for key, value in node.items() if key not in _NOT_COUNTED}
        return node

    compact = json.dumps(counted(merged), ensure_ascii=False, separators=(",", ":")).encode()
    # What many share stands once: then an operation more adds its own words and little else.
    assert len(compact) <= 3_300 * len(list(operations(merged)))


def test_every_answer_says_what_it_holds(merged: Json) -> None:
    for operation in operations(merged):
        for status, answer in operation["responses"].items():
            shown = merged["components"]["responses"].get(answer.get("$ref", "").rpartition("/")[2], answer)
            assert shown["description"] not in ("", "Successful Response"), (operation["operationId"], status)


def test_two_services_share_no_tag_and_organizations_come_first(merged: Json) -> None:
    grouped = [tag for group in merged["x-tagGroups"] for tag in group["tags"]]
    assert len(grouped) == len(set(grouped))
    assert [tag["name"] for tag in merged["tags"]] == grouped
    assert grouped[0] == "organizations"
    assert all(len(tag["description"]) > 20 for tag in merged["tags"])
    used = {tag for operation in operations(merged) for tag in operation["tags"]}
    assert used == set(grouped)


def test_choices_separated_by_commas_are_lists_of_enums(merged: Json) -> None:
    kept = merged["components"]["parameters"]
    for operation in operations(merged):
        for each in operation.get("parameters", ()):
            parameter = kept.get(each.get("$ref", "").rpartition("/")[2], each)
            if parameter["in"] == "query" and parameter["name"] in (
                "sort",
                "fields",
                "facets",
                "include",
                "types",
                "indicators",
            ):
                where = f"{operation['operationId']}?{parameter['name']}"
                assert (parameter.get("style"), parameter.get("explode")) == ("form", False), where
                items = parameter["schema"]["items"]
                # Figures of all services take a code with its scope: those of the catalogue, too many to list.
                assert items.get("enum") or (where == "list_figures?indicators" and items["pattern"]), where


def _needs_by_class() -> Iterator[tuple[str, str, set[str]]]:
    """Return each body whose fields need one another: its class, its docstring, the fields that it then asks for."""
    for path in sorted([*(ROOT / "kernel").rglob("*.py"), *(ROOT / "services").rglob("*.py")]):
        for made in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(made, ast.ClassDef):
                needed = {name for function in made.body for name in _asked_for(function)}
                if needed:
                    yield made.name, ast.get_docstring(made) or "", needed


def _asked_for(function: ast.stmt) -> Iterator[str]:
    if not isinstance(function, ast.FunctionDef):
        return
    if not any("model_validator" in ast.unparse(decorator) for decorator in function.decorator_list):
        return
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "field_error":
            (code, *_), at = call.args, next((each.value for each in call.keywords if each.arg == "at"), None)
            if isinstance(code, ast.Constant) and code.value == "required" and at is not None:
                yield from (
                    each.value
                    for each in ast.walk(at)
                    if isinstance(each, ast.Constant) and isinstance(each.value, str) and "_" in each.value
                )


def test_fields_that_need_one_another_are_told_of_where_the_body_is_described() -> None:
    missing = [
        f"{name}: {field}"
        for name, docstring, needed in _needs_by_class()
        for field in needed
        if f"`{field}`" not in docstring
    ]
    assert missing == []


def test_no_object_holds_a_list_or_an_object_by_its_own_name(merged: Json) -> None:
    # openapi-python-client names a variable after each, and one variable then has both types (tools/contract/check-clients).
    held = {
        name
        for name, schema in merged["components"]["schemas"].items()
        if (field := schema.get("properties", {}).get(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()))
        and ("$ref" in field or {"array", "object"} & types(field))
    }
    assert not held
