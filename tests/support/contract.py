"""The contract a service generates, as a judge of every answer that a test receives."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import jsonschema_rs
import orjson
import yaml
from fastapi import FastAPI

from kernel.web.contract.sharing import unshared
from services.gateway.merge import merge
from tests.support.once_a_run import once_a_run
from vca import openapi
from vca.translations import translate

_METHODS = ("get", "post", "put", "patch", "delete")
_SCHEMA = re.compile(r"#/components/schemas/([\w.-]+)")


@dataclass(frozen=True)
class Operation:
    """One operation of the contract."""

    method: str
    path: str
    document: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.document["operationId"])

    @property
    def is_open(self) -> bool:
        """Whether it needs no token, as the contract has it."""
        return not self.document.get("security")

    @property
    def path_parameters(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def needs_if_match(self) -> bool:
        return any(p["name"] == "If-Match" and p.get("required") for p in self.document.get("parameters", []))

    @property
    def has_body(self) -> bool:
        return "requestBody" in self.document

    @property
    def media_type(self) -> str | None:
        """The media type of its body, or None without one."""
        return next(iter(self.document.get("requestBody", {}).get("content", {})), None)

    def body_schema(self) -> str | None:
        """Return the name of the schema of its body, or None without one."""
        if self.media_type is None:
            return None
        schema = self.document["requestBody"]["content"][self.media_type]["schema"]
        name: str | None = schema.get("$ref", "").rpartition("/")[2] or None
        return name

    def problem_codes(self, status: int) -> set[str]:
        """Return the codes that the contract names for `status`."""
        return set(self.document["responses"].get(str(status), {}).get("x-problems", ()))


def _nothing_required(node: Any) -> Any:
    if isinstance(node, list):
        return [_nothing_required(item) for item in node]
    if isinstance(node, dict):
        return {key: _nothing_required(value) for key, value in node.items() if key != "required"}
    return node


class Contract:
    """An OpenAPI document with its operations and the validators of its schemas.

    `document` is as it is published; in `operations` the parameters and answers that many share stand in their places.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        whole = unshared(document)
        self.operations = [
            Operation(method, path, operation)
            for path, item in whole["paths"].items()
            for method, operation in item.items()
            if method in _METHODS
        ]
        by_method: dict[str, list[tuple[re.Pattern[str], Operation]]] = {}
        for operation in sorted(self.operations, key=lambda o: "{" in o.path):
            # Fixed segments win over parameters, as in the service: /organizations/batch is no organization.
            pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(operation.path)) + "$")
            by_method.setdefault(operation.method, []).append((pattern, operation))
        self._by_method = by_method

    @functools.lru_cache(maxsize=2000)  # noqa: B019 (a contract lives as long as the process)
    def find(self, method: str, path: str) -> Operation | None:
        """Return the operation that answers `method` on `path`, or None."""
        for pattern, operation in self._by_method.get(method.lower(), []):
            if pattern.match(path):
                # A path that stands as it is (…/batch) is not also that of a record.
                return operation if operation.path == path or path not in self.document["paths"] else None
        return None

    def codes(self, schema: dict[str, Any]) -> list[str]:
        """Return the codes of a closed list that a schema of an input is, or refers to."""
        values: list[str] = self.resolved(schema)["enum"]
        return values

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return a schema, or the one that it refers to."""
        name = schema.get("$ref", "").rpartition("/")[2]
        named: dict[str, Any] = self.document["components"]["schemas"][name] if name else schema
        return named

    def schemas(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Return every named schema."""
        yield from self.document["components"]["schemas"].items()

    def reached(self, text: str) -> dict[str, dict[str, Any]]:
        """Return the schemas that a text names, and those that they name in turn."""
        schemas, found, waiting = dict(self.schemas()), {}, _SCHEMA.findall(text)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = schemas[name]
                waiting += _SCHEMA.findall(str(schemas[name]))
        return found

    @functools.lru_cache(maxsize=2000)  # noqa: B019
    def _validator(self, schema_text: str, in_part: bool) -> jsonschema_rs.Draft202012Validator:
        schemas = self.reached(schema_text)
        components = {"schemas": _nothing_required(schemas) if in_part else schemas}
        schema = {**json.loads(schema_text), "components": components}
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)

    def faults(self, schema: dict[str, Any], body: Any, *, in_part: bool = False) -> list[str]:
        """Return what in `body` does not fit `schema`; `in_part`: fields may be left out, as `fields=` asks."""
        validator = self._validator(json.dumps(schema, sort_keys=True), in_part)
        if validator.is_valid(body):
            return []
        return [f"{'/'.join(map(str, e.instance_path))}: {e.message}" for e in validator.iter_errors(body)]

    async def check(self, response: httpx.Response) -> None:
        """Fail unless the contract documents this answer: its status, media type, problem code and shape."""
        request = response.request
        operation = self.find(request.method, request.url.path)
        where = f"{request.method} {request.url.path} answered {response.status_code}"
        assert response.headers.get("x-request-id"), f"{where} without X-Request-Id"
        await response.aread()
        if operation is None:
            assert response.status_code in (404, 405), f"{where}; the contract has no such operation"
            return
        documented = operation.document["responses"].get(str(response.status_code))
        assert documented is not None, f"{where}, which {operation.id} does not document: {response.text[:2000]}"
        assert response.headers.get("cache-control"), f"{where} without Cache-Control"
        content = documented.get("content", {})
        if not content or response.status_code == 304:
            assert response.content == b"", f"{where} with a body"
            return
        media_type = response.headers["content-type"].partition(";")[0]
        assert media_type in content, f"{where} as {media_type}, documented are {sorted(content)}"
        if media_type not in ("application/json", "application/problem+json"):
            return
        body = response.json()
        in_part = response.is_success and "fields" in request.url.params
        errors = self.faults(content[media_type].get("schema", {}), body, in_part=in_part)
        assert not errors, f"{where}, not as documented: {errors[:5]} in {response.text[:2000]}"
        if media_type == "application/problem+json":
            codes = operation.problem_codes(response.status_code)
            assert body["code"] in codes, f"{where} with the problem {body['code']}, documented are {sorted(codes)}"


@functools.cache
def app_of(service: str) -> FastAPI:
    """Return the app of `service` that its contract is made of, made once a process and never started."""
    return openapi.application(service)


@functools.cache
def contract_of(service: str) -> Contract:
    """Return the contract that the code of `service` makes, in both languages as it is published, made once a run."""
    return Contract(once_a_run(f"contract-{service}", lambda: translate(app_of(service).openapi())))


@functools.cache
def merged_contract() -> dict[str, Any]:
    """Return the contract of all services that the code makes, made once a run."""
    return once_a_run("contract-merged", lambda: merge([contract_of(service).document for service in openapi.SERVICES]))


@functools.cache
def committed(name: str) -> dict[str, Any]:
    """Return a file of openapi/, read once a run: as YAML it takes seconds."""
    file = openapi.FOLDER / f"{name}.yaml"

    def as_json() -> dict[str, Any]:
        document: dict[str, Any] = orjson.loads(
            orjson.dumps(yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader), default=str)
        )
        return document

    return once_a_run(f"committed-{name}", as_json)
