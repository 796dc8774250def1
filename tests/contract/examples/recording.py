"""Sends one valid request to every operation, and what else its other answers take; keeps both as an example.

Reads are of the demo's records, of those with the most in them; writes are the requests of the fixtures, in words of the field.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx

from kernel.values.ids import new_id
from tests.contract.examples.deployment import Deployment
from tests.contract.examples.normalising import normalised
from tests.contract.examples.wording import Wording, speaking
from tests.contract.funds_fixture import FundsFixture
from tests.contract.identity_fixture import IdentityFixture
from tests.contract.registry_fixture import RegistryFixture
from tests.contract.reporting_fixture import ReportingFixture
from tests.contract.service_fixture import Body, ServiceFixture
from tests.contract.training_fixture import TrainingFixture
from tests.funds.builders import BORROWERS
from tests.funds.builders import Make as FundsMake
from tests.registry.builders import ORGANIZATIONS
from tests.registry.builders import Make as RegistryMake
from tests.reporting.builders import Make as ReportingMake
from tests.support.answers import every_item
from tests.support.contract import Operation
from tests.training.builders import Make as TrainingMake

Json = dict[str, Any]
MOST_ITEMS = 2
_CANDIDATES, _OF_ONE_LIST = 25, 4
_HEADERS = ("ETag", "Location", "Link", "Content-Disposition")
_PLAIN = re.compile(r'filename="([^"]*)"\r\n(?:Content-Type: ([^\r]*)\r\n)?\r\n(.*?)\r\n--edge', re.DOTALL)


async def recorded(running: Deployment) -> AsyncIterator[tuple[str, Json]]:
    """Yield the id and the example of every operation of every service."""
    organizations = await every_item(running.client("registry", "registry.read"), ORGANIZATIONS, limit=200)
    borrowers = await every_item(running.client("funds", "funds.read"), BORROWERS, limit=200)
    taken = {borrower["organization_id"] for borrower in borrowers}
    beside, alone = (Wording(organizations, taken, with_registry=each) for each in (True, False))
    clients = {
        service: running.client(service, _scope(service), speaking(wording, running.people))
        for service, wording in {"registry": alone, "funds": beside, "training": beside, "reporting": beside}.items()
    }
    registry, funds, training, reporting = (clients[name] for name in ("registry", "funds", "training", "reporting"))
    fixtures: dict[ServiceFixture, Wording] = {
        IdentityFixture(running.people): alone,
        RegistryFixture(registry, RegistryMake(registry.as_(area="VN", sub="builder")), {}): alone,
        FundsFixture(funds, FundsMake.anywhere(funds), {}): beside,
        TrainingFixture(training, TrainingMake(training.as_(area="VN", sub="builder")), {}): beside,
        ReportingFixture(reporting, ReportingMake(reporting.as_(area="VN", sub="builder")), {}): beside,
    }
    for fixture, wording in fixtures.items():
        async for id_, example in Recorder(fixture, wording, running.jobs_run).record():
            yield id_, normalised(example)


def _scope(service: str) -> str:
    prefix = "reports" if service == "reporting" else service
    return f"{prefix}.read {prefix}.write"


class NotRecorded(Exception):
    """An operation did not answer as it should."""


@dataclass
class Recorder:
    """One service, of which every operation is recorded. `ids`: parameter → the ids that records of lists have there."""

    service: ServiceFixture
    wording: Wording
    jobs_run: asyncio.Event
    ids: dict[str, list[str]] = field(default_factory=dict)

    async def record(self) -> AsyncIterator[tuple[str, Json]]:
        """Yield the id and the example of every operation: reads first, while the demo's records are alone."""
        operations = self.service.contract.operations
        await self._look_for_records(operations)
        reads = [operation for operation in operations if operation.method == "get"]
        again: list[Operation] = []
        # Fixtures make records for reads of one: lists come before.
        for operation in sorted(reads, key=lambda o: bool(o.path_parameters)):
            example = await self._read(operation)
            if _is_empty(example):
                again.append(operation)
            else:
                yield operation.id, example
        for operation in operations:
            if operation.method != "get":
                if operation.path_parameters == ["job_id"]:
                    self.jobs_run.clear()  # One that is cancelled has not ended before.
                yield operation.id, await self._write(operation)
                self.jobs_run.set()
        # Lists of what the demo has none of: by now the writes have left some.
        await self._look_for_records(operations)
        for operation in again:
            yield operation.id, await self._read(operation)

    async def _look_for_records(self, operations: list[Operation]) -> None:
        """Learn which records there are, those first that others name: there is more to read of them."""
        named: dict[str, list[list[str]]] = {}
        own: dict[str, list[str]] = {}
        parameters = {name for operation in operations for name in operation.path_parameters if name.endswith("_id")}
        parameters.add("organization_id")
        parameter_of = {o.path.partition("/{")[0]: o.path_parameters[0] for o in operations if o.path_parameters}
        for operation in operations:
            if operation.method != "get" or operation.path_parameters or not _takes(operation, "limit"):
                continue
            page = await (await self._caller(operation)).get(f"{operation.path}?limit={_CANDIDATES}")
            items = page.json().get("items", ()) if page.is_success else ()
            for parameter in parameters:
                of_list = list(dict.fromkeys(item[parameter] for item in items if item.get(parameter)))
                named.setdefault(parameter, []).append(of_list[:_OF_ONE_LIST])
            for item in items:
                if "id" in item and operation.path in parameter_of:
                    own.setdefault(parameter_of[operation.path], []).append(item["id"])
        for parameter in named | own:
            # The first of each list, then the second: of what is rare too.
            in_turn = itertools.chain.from_iterable(itertools.zip_longest(*named.get(parameter, ())))
            found = [*filter(None, in_turn), *own.get(parameter, ())]
            self.ids[parameter] = list(dict.fromkeys(found))

    def _candidates(self, operation: Operation) -> list[str]:
        """Return the paths of records that the operation may have more to say of."""
        if len(operation.path_parameters) != 1:
            return []
        (parameter,) = operation.path_parameters
        return [operation.path.format(**{parameter: id_}) for id_ in self.ids.get(parameter, ())[:_CANDIDATES]]

    async def _caller(self, operation: Operation) -> httpx.AsyncClient:
        if operation.is_open:
            return await self.service.stranger()
        client: httpx.AsyncClient = await self.service.caller(operation=operation)
        return client

    async def _read(self, operation: Operation) -> Json:
        client, path = await self._caller(operation), await self.service.path(operation)
        _, _, query = path.partition("?")
        if _takes(operation, "limit") and "limit=" not in query:
            query += f"{'&' if query else ''}limit={MOST_ITEMS}"
        if "organization_id=" in query and (named := self.ids.get("organization_id")):
            query = f"organization_id={named[0]}"
        best: Json = {}
        # That of the fixture for certain: what the demo has may be in another state.
        for candidate in [*self._candidates(operation), path.partition("?")[0]]:
            response = await client.get(f"{candidate}?{query}" if query else candidate)
            if response.status_code < 400:
                example = self._example(operation, response)
                if not best or _leaves(example) > _leaves(best):
                    best = example
        if not best:
            raise NotRecorded(f"{operation.id}: {response.status_code} {response.text[:500]}")
        return best

    async def _write(self, operation: Operation) -> Json:
        client, path = await self._caller(operation), await self.service.path(operation)
        body = await self._body(operation)
        sent = dict(body.headers)
        if operation.needs_if_match:
            sent["If-Match"] = await self.service.version(path)

        async def send(body: Body, query: str = "") -> httpx.Response:
            return await client.request(operation.method.upper(), path + query, headers=sent, **body.options())

        statuses = {status for status in operation.document["responses"] if status in ("200", "201", "207")}
        foreseen = await send(body, "?dry_run=true") if "200" in statuses and _takes(operation, "dry_run") else None
        response = await send(body)
        if response.status_code >= 400:
            raise NotRecorded(
                f"{operation.id}: {response.status_code} {response.text[:600]}\n   sent {path} {str(body)[:800]}"
            )
        example = self._example(operation, response)
        if foreseen is not None and body.json is not None:
            self._add(example, operation, foreseen)
        is_sent_again = operation.method == "put" or "id" in self._properties(operation)
        if "200" in statuses - example["responses"].keys() and is_sent_again:
            self._add(example, operation, await send(body))
        if "207" in statuses - example["responses"].keys():
            each = await self._body(operation)
            if each.content is None:
                each.json |= {"mode": "each", "items": _with_a_faulty_item(each.json["items"])}
                self._add(example, operation, await send(each))
            else:
                each.content = _with_a_faulty_row(each.content)
                self._add(example, operation, await send(each, "?dry_run=false&mode=each"))
        example["responses"] = dict(sorted(example["responses"].items()))
        return example

    async def _body(self, operation: Operation) -> Body:
        """Return a body in words of the field, with ids of the caller's own wherever it may have some."""
        if not operation.has_body:
            return Body()
        body = await self.service.body(operation)
        if body.content is not None:
            body.content = self.wording.file(body.content.decode()).encode()
        if body.json is None:
            return body
        properties = self._properties(operation)
        if "id" in properties and operation.method == "post":
            body.json = {"id": new_id(), **body.json}
            body.headers.pop("Idempotency-Key", None)
        if "mode" in properties:
            with_ids = "id" in self._properties_of_items(operation)
            items = [{"id": new_id(), **item} if with_ids else item for item in body.json["items"]]
            body.json |= {"mode": "atomic", "items": items}
            body.headers.pop("Idempotency-Key", None)
        body.json = self.wording.of(body.json, operation.id)
        return body

    def _add(self, example: Json, operation: Operation, response: httpx.Response) -> None:
        other = self._example(operation, response)
        for status, answer in other["responses"].items():
            if status in example["responses"]:
                raise NotRecorded(f"{operation.id}: {status} again, {response.text[:300]}")
            if other["request"] != example["request"]:
                answer = {"request": other["request"], **answer}
            example["responses"][status] = answer

    def _properties(self, operation: Operation) -> Json:
        schema = operation.body_schema()
        if schema is None:
            return {}
        properties: Json = self.service.contract.document["components"]["schemas"][schema].get("properties", {})
        return properties

    def _properties_of_items(self, operation: Operation) -> Json:
        items = self._properties(operation)["items"]["items"]
        properties: Json = self.service.contract.resolved(items).get("properties", {})
        return properties

    def _example(self, operation: Operation, response: httpx.Response) -> Json:
        answer: Json = {}
        headers = {name: response.headers[name] for name in _HEADERS if name in response.headers}
        media_type = response.headers.get("content-type", "").partition(";")[0]
        if response.content and media_type != "application/json":
            headers["Content-Type"] = response.headers["content-type"]
        if headers:
            answer["headers"] = headers
        if media_type == "application/json":
            whole = response.json()
            answer["body"] = _cut(whole)
            if answer["body"] != whole:
                answer["shortened"] = True
        return {"request": self._request(operation, response.request), "responses": {str(response.status_code): answer}}

    def _request(self, operation: Operation, request: httpx.Request) -> Json:
        parts: Json = {}
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(operation.path))
        matched = re.fullmatch(pattern, request.url.path)
        assert matched is not None
        parts["path"] = matched.groupdict()
        parts["query"] = dict(_query(operation, request.url.query.decode()))
        declared = [p["name"] for p in operation.document.get("parameters", ()) if p["in"] == "header"]
        parts["headers"] = {name: request.headers[name] for name in declared if name in request.headers}
        if content := request.content:
            media_type = request.headers["content-type"].partition(";")[0]
            if media_type == "application/json":
                parts["body"] = json.loads(content)
            elif media_type == "application/x-www-form-urlencoded":
                parts["body"] = dict(parse_qsl(content.decode()))
            else:
                parts["body"] = dict(_files(content))
        return {name: part for name, part in parts.items() if part or name == "body"}


def _files(content: bytes) -> Iterator[tuple[str, Json]]:
    found = _PLAIN.search(content.decode())
    assert found is not None, content[:300]
    yield "file", {"filename": found[1], "content": found[3]}


def _query(operation: Operation, query: str) -> Iterator[tuple[str, Any]]:
    types = {p["name"]: p["schema"].get("type") for p in operation.document.get("parameters", ()) if p["in"] == "query"}
    for name, value in parse_qsl(query):
        match types.get(name):
            case "integer":
                yield name, int(value)
            case "boolean":
                yield name, value == "true"
            case "array":
                yield name, value.split(",")
            case _:
                yield name, value


def _takes(operation: Operation, name: str) -> bool:
    return any(each["name"] == name for each in operation.document.get("parameters", ()))


def _with_a_faulty_item(items: list[Json]) -> list[Json]:
    """Return items with the last one once more, which is refused: it names what is not there, lies too far, or is there."""
    faulty = {**items[-1], **({"id": new_id()} if "id" in items[-1] else {})}
    named = sorted(name for name in faulty if name.endswith("_id"))
    if named:
        # The organization last: one that the registry has not is put right by the wording.
        faulty[min(named, key=lambda name: name == "organization_id")] = new_id()
    elif "province" in faulty:
        faulty["province"] = "40-2008"
    return [*items, faulty]


def _with_a_faulty_row(content: bytes) -> bytes:
    """Return a file with its last row once more, in a commune or at an event that there is not."""
    before, _, after = content.rstrip().rpartition(b"\r\n--edge--")
    row = before.rstrip().rpartition(b"\n")[2]
    faulty = re.sub(rb"07900|(?<=^)[^,]+(?=,2023-05-10)", b"99999", row)
    return before.rstrip() + b"\r\n" + faulty + b"\r\n--edge--\r\n" + after


def _is_empty(example: Json) -> bool:
    (answer,) = example["responses"].values()
    body = answer.get("body")
    return isinstance(body, dict) and body.get("items") == []


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cut(inner) for name, inner in value.items()}
    return [_cut(inner) for inner in value[:MOST_ITEMS]] if isinstance(value, list) else value


def _leaves(value: Any) -> int:
    """Return how many values there are that say something."""
    if isinstance(value, dict):
        return sum(map(_leaves, value.values()))
    if isinstance(value, list):
        return sum(map(_leaves, value))
    return value not in (None, "", 0, False)
