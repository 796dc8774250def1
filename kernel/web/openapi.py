"""The contract: what FastAPI generates, said the way api-style.md asks, one file a service."""

from __future__ import annotations

import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from kernel.problems import CATALOGUE, FieldError, Invalid, Problem
from kernel.problems.field_labels import description, label_vi
from kernel.web.schemas import ProblemDocument

SCOPES = {
    "registry.read": "Read the registry",
    "registry.write": "Write the registry",
    "funds.read": "Read the funds",
    "funds.write": "Prepare, disburse and book in the funds",
    "funds.approve": "Approve in the funds",
    "training.read": "Read classes and trade events",
    "training.write": "Write classes and trade events",
    "reports.read": "Read reports and figures",
    "reports.write": "Write reports",
    "reports.approve": "Approve reports",
    "own.read": "Read one's own organization",
    "own.write": "Write one's own organization",
    "sync.read": "Follow feeds, take exports and read what is behind them",
    "sync.write": "Write in batches for an area",
    "references.read": "Count what names an organization: for the platform's own services",
    "names.read": "Know people and systems by name: for the platform's own services",
    "tokens.follow": "Learn whose access tokens are void: for the platform's own services",
    "identity.admin": "Manage accounts and client systems of one's area",
}


def _header(description: str, **schema: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", **schema}}


HEADERS = {
    "ETag": _header(
        'Version of the record, `"<version>"`; where names of other records are embedded, weak and with a hash of these. '
        "Send it back as If-Match",
        examples=['"3"', 'W/"3-9f2c41d07a"'],
    ),
    "Location": _header("Path of what was created", format="uri-reference"),
    "Link": _header('The next page, absolutely: `<…>; rel="next"`'),
    "Idempotency-Replayed": _header("The stored answer of the first request with this key", enum=["true"]),
}


def use_contract(app: FastAPI) -> None:
    """Make `app.openapi()` return the contract as it is committed."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = contract(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def contract(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of `app`."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=app.description,
        routes=app.routes,
        servers=[{"url": "/", "description": "The gateway that serves this document"}],
    )
    document["info"].update(
        {
            "contact": {"name": "Cooperative Alliance platform", "url": "https://example.org/vca"},
            "license": {"name": "Proprietary", "identifier": "LicenseRef-Proprietary"},
            "x-audience": "public",
            "x-changelog": "CHANGELOG.md",
        }
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _, problem = models_json_schema([(ProblemDocument, "serialization")], ref_template="#/components/schemas/{model}")
    schemas.update(problem["$defs"])
    schemas["Problem"] = schemas.pop("ProblemDocument")
    components["securitySchemes"] = {
        "vca": {
            "type": "oauth2",
            "description": "Access tokens live 10 minutes.",
            "flows": {
                "clientCredentials": {"tokenUrl": "/v1/identity/token", "scopes": SCOPES},
                "authorizationCode": {
                    "authorizationUrl": "/v1/identity/authorize",
                    "tokenUrl": "/v1/identity/token",
                    "refreshUrl": "/v1/identity/token",
                    "scopes": SCOPES,
                },
            },
        }
    }
    _name_forms(document)
    document["tags"] = _tags(document)
    for path in document["paths"].values():
        for operation in path.values():
            _tidy_operation(operation)
    codes = set(re.findall(r"#/components/examples/(\w+)", str(document["paths"])))
    document["x-problems"] = [
        {
            "code": code,
            "type": cls.type_path(),
            "status": cls.status,
            "title_vi": cls.title[0],
            "title_en": cls.title[1],
            "detail_vi": cls.detail[0],
            "detail_en": cls.detail[1],
            "example": _example(cls),
        }
        for code, cls in sorted(CATALOGUE.items())
        if code in codes or code in _WITHOUT_OPERATION
    ]
    components["examples"] = {
        code: {"summary": CATALOGUE[code].title[1], "value": _example(CATALOGUE[code])} for code in sorted(codes)
    }
    used = set(re.findall(r"#/components/headers/([\w-]+)", str(document["paths"])))
    components["headers"] = {name: HEADERS[name] for name in sorted(used)}
    finished: dict[str, Any] = _walk(document)
    named_schemas = finished["components"]["schemas"]
    for name, schema in named_schemas.items():
        _label(name, schema)
        for example in schema.get("examples", []):
            _restore_nulls(example, schema, named_schemas)
    return finished


def _name_forms(document: dict[str, Any]) -> None:
    """Give the bodies that FastAPI makes of form fields (Body_upload_file) a name and a description of their own."""
    schemas = document["components"]["schemas"]
    for path in document["paths"].values():
        for operation in path.values():
            form = f"Body_{operation['operationId']}"
            if form in schemas:
                name = operation["operationId"].title().replace("_", "")
                schemas[name] = {**schemas.pop(form), "description": operation["summary"]}
                for content in operation["requestBody"]["content"].values():
                    content["schema"] = {"$ref": f"#/components/schemas/{name}"}


_WITHOUT_OPERATION = ("not_found", "method_not_allowed")
"""What a path or a method gets that is no operation."""


def _example(cls: type[Problem]) -> dict[str, Any]:
    problem = Invalid(_a_fault()) if cls is Invalid else cls(**cls.example)
    if "errors" in problem.members:
        problem.members["errors"] = [_a_fault()]
    return problem.document(
        "vi", instance="/v1/registry/organizations", request_id="0192c7e0-0000-7000-8000-000000000000"
    )


def _a_fault() -> FieldError:
    fault = FieldError(
        "not_an_integer", ("Hãy ghi một số nguyên.", "Give a whole number."), pointer="/charter_capital_vnd"
    )
    fault.label = ("Vốn điều lệ", "Charter capital")
    return fault


def _tags(document: dict[str, Any]) -> list[dict[str, str]]:
    used = {tag for path in document["paths"].values() for operation in path.values() for tag in operation["tags"]}
    return [{"name": tag, "description": f"Operations on {tag.replace('-', ' ')}"} for tag in sorted(used)]


def _tidy_operation(operation: dict[str, Any]) -> None:
    """FastAPI adds its own 422; ours is listed with the other problems already. Ids in paths say whose they are."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            noun = parameter["name"].removesuffix("_id").replace("_", " ")
            parameter.setdefault("description", f"Id of the {noun}" if noun != parameter["name"] else f"The {noun}")
    for status, response in list(operation.get("responses", {}).items()):
        content = response.get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        if schema.get("$ref", "").endswith("/HTTPValidationError"):
            content.pop("application/json")
            if not content:
                operation["responses"].pop(status)
        elif status >= "4" and "application/problem+json" in content and schema in ({}, {"type": "object"}):
            content.pop("application/json", None)


_DATA = frozenset({"example", "examples", "default", "const", "x-problems"})
"""Keys whose values are data, not schemas."""


def _walk(node: Any) -> Any:
    """Say nullable as type: [T, "null"] and leave out the titles that repeat a field's name."""
    if isinstance(node, list):
        return [_walk(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("$ref") == "#/components/schemas/ProblemDocument":
        node = {**node, "$ref": "#/components/schemas/Problem"}
    walked = {
        key: value if key in _DATA or (key == "value" and "summary" in node) else _walk(value)
        for key, value in node.items()
        if not (key == "title" and _is_schema(node))
    }
    options = walked.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        rest = [option for option in options if option != {"type": "null"}]
        if len(rest) == 1 and isinstance(rest[0].get("type"), str):
            walked.pop("anyOf")
            merged = {**rest[0], **walked}
            merged["type"] = [rest[0]["type"], "null"]
            if "enum" in merged and None not in merged["enum"]:
                merged["enum"] = [*merged["enum"], None]
            return merged
        if len(rest) == 1:
            walked.pop("anyOf")
            walked["oneOf"] = [rest[0], {"type": "null"}]
    return walked


def _is_schema(node: dict[str, Any]) -> bool:
    return (
        isinstance(node.get("title"), str)
        and bool({"type", "anyOf", "$ref", "allOf", "properties", "oneOf"} & node.keys() or len(node) == 1)
        and "version" not in node
    )


def _restore_nulls(example: Any, schema: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Put back what FastAPI drops from examples: every null. A required field that is missing was one."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if isinstance(example, list):
        for item in example:
            _restore_nulls(item, schema.get("items", {}), schemas)
    elif isinstance(example, dict):
        for name in schema.get("required", []):
            example.setdefault(name, None)
        for name, value in example.items():
            _restore_nulls(value, schema.get("properties", {}).get(name, {}), schemas)


def _label(schema_name: str, schema: dict[str, Any]) -> None:
    for name, prop in schema.get("properties", {}).items():
        label, meaning = label_vi(name), description(name)
        lifted = [option.pop("x-label-vi") for option in prop.get("oneOf", ()) if "x-label-vi" in option]
        if lifted or label:
            prop.setdefault("x-label-vi", lifted[0] if lifted else label)
        if meaning:
            prop.setdefault("description", meaning)
