"""The contract: what FastAPI generates, said the way api-style.md asks, one file a service."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from kernel.problems import CATALOGUE, FieldError, Invalid, Problem
from kernel.values.wording import title_of
from kernel.web.contract.answers import describe_answers, state_key_rule
from kernel.web.contract.bounds import bound
from kernel.web.contract.code_lists import name_code_lists
from kernel.web.contract.nodes import Json, operations, pascal
from kernel.web.contract.shapes import label_fields, plainly, restore_nulls
from kernel.web.contract.sharing import share
from kernel.web.contract.tags import common_tags
from kernel.web.schemas import ProblemDocument

SCOPES = {
    "registry.read": "Read the registry",
    "registry.write": "Write the registry",
    "funds.read": "Read the funds",
    "funds.write": "Prepare, disburse and book in the funds",
    "funds.approve": "Approve in the funds",
    "training.read": "Read classes and trade events",
    "training.write": "Write classes and trade events",
    "class.roll": "Call the roll of one class",
    "reports.read": "Read activities, figures and reports",
    "reports.write": "Write activities, figures and reports",
    "reports.approve": "Approve reports",
    "own.read": "Read one's own organization",
    "own.write": "Write one's own organization",
    "sync.read": "Follow feeds, take exports and read what is behind them",
    "sync.write": "Write in batches for an area",
    "references.read": "Count what names an organization: for the platform's own services",
    "names.read": "Know people and systems by name: for the platform's own services",
    "tokens.follow": "Learn whose access tokens are void: for the platform's own services",
    "requests.report": "Tell which calls came: for the platform's own gateway",
    "identity.admin": "Manage accounts and client systems of one's area",
}


def _header(description: str, **schema: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", **schema}}


HEADERS = {
    "ETag": _header(
        'Version of the record, `"<version>"`; where names of other records are embedded, weak and with a hash of these. '
        "Send it back as If-Match",
        maxLength=100,
        examples=['"3"', 'W/"3-9f2c41d07a"'],
    ),
    "Location": _header("Path of what was created", format="uri-reference"),
    "Link": _header('The next page, absolutely: `<…>; rel="next"`', maxLength=12_288),
    "Idempotency-Replayed": _header("The stored answer of the first request with this key", enum=["true"]),
}


def use_contract(app: FastAPI, service: str) -> None:
    """Make `app.openapi()` return the contract of `service` as it is committed."""

    def openapi() -> Json:
        if app.openapi_schema is None:
            app.openapi_schema = contract(app, service)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def contract(app: FastAPI, service: str) -> Json:
    """Return the OpenAPI 3.1 document of `app`. Its state holds the service's code lists and what its tags mean."""
    document: Json = plainly(_generated(app))
    schemas = document["components"]["schemas"]
    name_code_lists(document, app.state.code_lists, service)
    for schema in schemas.values():
        label_fields(schema)
    bound(document, service)
    for schema in schemas.values():
        for example in schema.get("examples", []):
            restore_nulls(example, schema, schemas)
    for operation in operations(document):
        describe_answers(operation, schemas)
        state_key_rule(operation, schemas)
    document["tags"] = _tags(document, {**app.state.tags, **common_tags(service)})
    document["x-problems"] = _problems(document)
    used = set(re.findall(r"#/components/headers/([\w-]+)", str(document["paths"])))
    document["components"]["headers"] = {name: HEADERS[name] for name in sorted(used)}
    share(document)
    return document


def _generated(app: FastAPI) -> Json:
    """Return what FastAPI generates, with our own problems, forms and sign-in in place of its own."""
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
    for operation in operations(document):
        _tidy_operation(operation)
    return document


def _name_forms(document: Json) -> None:
    """Give the bodies that FastAPI makes of form fields (Body_upload_file) a name and a description of their own."""
    schemas = document["components"]["schemas"]
    for operation in operations(document):
        form = f"Body_{operation['operationId']}"
        if form in schemas:
            name = pascal(operation["operationId"])
            schemas[name] = {**schemas.pop(form), "description": operation["summary"]}
            for content in operation["requestBody"]["content"].values():
                content["schema"] = {"$ref": f"#/components/schemas/{name}"}


_WITHOUT_OPERATION = ("not_found", "method_not_allowed")
"""What a path or a method gets that is no operation."""


def _problems(document: Json) -> list[Json]:
    """Return every problem that an operation can answer, with its words and an example, by code."""
    codes = {
        code
        for operation in operations(document)
        for answer in operation["responses"].values()
        for code in answer.get("x-problems", ())
    }
    return [
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


def _tags(document: Json, meanings: Mapping[str, str]) -> list[Json]:
    """Return the tags that are used, in the order in which the service tells of them."""
    used = {tag for operation in operations(document) for tag in operation["tags"]}
    unknown = sorted(used - meanings.keys())
    if unknown:
        raise KeyError(f"what do these tags mean: {', '.join(unknown)}")
    return [{"name": tag, "description": meaning} for tag, meaning in meanings.items() if tag in used]


def _tidy_operation(operation: Json) -> None:
    """FastAPI adds its own 422; ours is listed with the other problems already. Ids in paths say whose they are."""
    for parameter in operation.get("parameters", []):
        if not parameter.get("required"):
            parameter.pop("required", None)
        if parameter["in"] == "path":
            noun = title_of(parameter["name"].removesuffix("_id"))
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
