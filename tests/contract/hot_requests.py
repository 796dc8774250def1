"""What a hot operation is sent: the request that it is meant for, and one with each kind of fault."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from kernel.values.ids import new_id
from kernel.web.contract.document import SCOPES
from tests.contract.operation_checks import scopes_of
from tests.contract.service_fixture import ELSEWHERE, Body, ServiceFixture
from tests.contract.two_ways import Request
from tests.support.contract import Operation

# As long as an id, and two segments of a path.
_SLASH_IN_ID = "a" * 17 + "/" + "b" * 18

Named = tuple[str, Request]
"""What is wrong with a request, and the request."""


@dataclass(frozen=True)
class Requests:
    """The requests of one operation, on records made for it."""

    operation: Operation
    path: str
    headers: dict[str, str]
    body: Body
    content: bytes
    properties: frozenset[str]
    """The fields of its body, as the contract has them."""
    strangers: dict[str, str]
    """Who may not call it, or not here → its Authorization."""

    @classmethod
    async def of(cls, service: ServiceFixture, operation: Operation) -> Requests:
        """Make what a valid call needs, and read the rest off the contract."""
        path = await service.path(operation)
        body = await service.body(operation) if operation.has_body else Body()
        headers = {name.lower(): value for name, value in body.headers.items()}
        content, strangers = body.content or b"", {}
        if body.json is not None:
            content, headers["content-type"] = _dumps(body.json), "application/json"
        elif body.form is not None:
            content, headers["content-type"] = urlencode(body.form).encode(), "application/x-www-form-urlencoded"
        if not operation.is_open:
            headers["authorization"] = (await service.caller(operation=operation)).headers["authorization"]
            elsewhere = await service.caller(operation=operation, area=ELSEWHERE)
            strangers["of another area"] = elsewhere.headers["authorization"]
            if wrong := [scope for scope in SCOPES if scope not in scopes_of(operation) and "sync" not in scope]:
                strangers["without the scope"] = (await service.caller(scope=wrong[0])).headers["authorization"]
        if operation.needs_if_match:
            headers["if-match"] = await service.version(path)
        schema = service.contract.document["components"]["schemas"].get(operation.body_schema() or "", {})
        properties = frozenset(schema.get("properties", ()))
        return cls(operation, path, headers, body, content, properties, strangers)

    def first_of_its_id(self, key: str) -> Requests:
        """Return the same requests with an id minted by the client and an Idempotency-Key."""
        body = Body(json={**self.body.json, "id": new_id()})
        return replace(self, body=body, content=_dumps(body.json), headers={**self.headers, "idempotency-key": key})

    @property
    def shape(self) -> tuple[str, bool, bool, bool]:
        """What of an operation the way to it depends on."""
        operation = self.operation
        return operation.method, bool(operation.path_parameters), operation.needs_if_match, self.body.json is not None

    def valid(self, **replaced: Any) -> Request:
        """Return the request as it is meant, but for `path`, `content` and headers (None: left out)."""
        path, content = replaced.pop("path", self.path), replaced.pop("content", self.content)
        headers = {**self.headers, **{name.replace("_", "-"): value for name, value in replaced.items()}}
        sent = {name: value for name, value in headers.items() if value is not None}
        return Request(self.operation.method.upper(), path, sent, content)

    def faulty(self) -> Iterator[Named]:
        """Yield each kind of fault that the operation can meet."""
        yield "a parameter that is none, twice", self.valid(path=_and(self.path, "nonsense=1&nonsense=2"))
        if not self.operation.is_open:
            yield "no token", self.valid(authorization=None)
            yield "a broken token", self.valid(authorization="Bearer x.y.z")
        for who, authorization in self.strangers.items():
            yield f"a caller {who}", self.valid(authorization=authorization)
        if self.operation.path_parameters:
            yield "an id that is none", self.valid(path=self._at("khong-co"))
            yield "an id of nothing", self.valid(path=self._at(new_id()))
            yield "an id in capitals", self.valid(path=self._in_capitals())
        if self.operation.needs_if_match:
            yield "no If-Match", self.valid(if_match=None)
            yield "a stale If-Match", self.valid(if_match='"999"')
        yield from self._queries()
        if self.body.json is not None:
            yield from self._bodies(self.body.json)
        elif self.content:
            yield "a form of nothing", self.valid(content=b"nonsense=1")
            yield "a form called JSON", self.valid(content_type="application/json")

    def _at(self, id_: str) -> str:
        return self.operation.path.format(**dict.fromkeys(self.operation.path_parameters, id_))

    def _in_capitals(self) -> str:
        path, pattern = self.path, re.sub(r"\{\w+\}", "([^/?]+)", self.operation.path)
        for id_ in re.findall(pattern, path):
            path = path.replace(id_, id_.upper())
        return path

    def _queries(self) -> Iterator[Named]:
        names = [each["name"] for each in self.operation.document.get("parameters", ()) if each.get("in") == "query"]
        if "limit" in names:
            yield "a page of one, counted", self.valid(path=_and(self.path, "limit=1&count=exact"))
        for what, query in (("wrong", "{0}=kh%C3%B4ng"), ("empty", "{0}="), ("twice", "{0}=1&{0}=2")):
            if names:
                all_of_them = "&".join(query.format(quote(name)) for name in names)
                yield f"every parameter {what}", self.valid(path=_and(self.path, all_of_them))

    def _bodies(self, document: dict[str, Any]) -> Iterator[Named]:
        yield "what only looks like JSON", self.valid(content_type="text/x+json")
        for content in (b"{", b"{}"):
            yield f"the body {content!r}", self.valid(content=content)
        yield "an unknown field", self.valid(content=_dumps({**document, "nonsense": 1}))
        yield "every field null", self.valid(content=_dumps(dict.fromkeys(self.properties)))
        yield "every field of another type", self.valid(content=_dumps({name: [[]] for name in self.properties}))

    def again(self) -> Iterator[Named]:
        """Yield what may come once a request with this id and key was answered."""
        yield "the same key and body", self.valid()
        yield "the same key, another body", self.valid(content=_dumps({**self.body.json, "id": new_id()}))
        yield "the same id and content", self.valid(idempotency_key="another")
        yield (
            "the same id, other content",
            self.valid(content=_dumps({**self.body.json, "reason": "khác"}), idempotency_key="another"),
        )

    def fields(self) -> Iterator[Named]:
        """Yield the body with each field in turn missing, null, or nearly right."""
        document = self.body.json
        for turn, (name, value) in enumerate(document.items()):
            others = {key: kept for key, kept in document.items() if key != name}
            nearly = _lookalikes(value)
            at = turn % (len(nearly) + 1)
            if at == len(nearly):
                yield f"without {name}", self.valid(content=_dumps(others))
            else:
                yield f"{name} = {nearly[at]!r}", self.valid(content=_dumps({**others, name: nearly[at]}))

    def odd(self) -> Iterator[Named]:
        """Yield what depends on the way to an operation only, and not on what it does."""
        yield "no token, in English", self.valid(authorization=None, accept_language="en")
        yield "another scheme", self.valid(authorization="Basic eDp5")
        yield "a slash more", self.valid(path=urlsplit(self.path).path + "/")
        yield "all wrong", self.valid(path=_and(self.path, "nonsense=1"), content=b"{", content_type="text/plain")
        if self.operation.path_parameters:
            for wrong in (_SLASH_IN_ID, "x" * 36, ""):
                yield f"the id {wrong!r}", self.valid(path=self._at(wrong))
                yield f"the id {wrong!r}, and no token", self.valid(path=self._at(wrong), authorization=None)
        if self.operation.needs_if_match:
            for version in ("*", "1", 'W/"1"'):
                yield f"If-Match: {version}", self.valid(if_match=version)
        if self.body.json is None:
            return
        for content_type in (
            None,
            "text/plain",
            "application/merge-patch+json",
            "APPLICATION/JSON; charset=UTF-8",
            "application/json; charset=utf-16",
        ):
            yield f"content type {content_type}", self.valid(content_type=content_type)
        for content in (b"", b"[]", b"null", b"7", b'"text"', b"NaN", b"\xef\xbb\xbf" + self.content, b"[" * 5000):
            yield f"the body {content[:20]!r}", self.valid(content=content)
        yield "in UTF-16", self.valid(content=self.content.decode().encode("utf-16"))
        yield "a key with marks", self.valid(idempotency_key="kh\xf3a")
        yield "a body that is too large", self.valid(content=self.content + b" " * 1_100_000)


def _dumps(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def _and(path: str, query: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{query}"


def _lookalikes(value: Any) -> list[Any]:
    """Return what JSON might hold where `value` should be."""
    match value:
        case bool():
            return ["true", 1, None]
        case int():
            return [str(value), float(value), value + 0.5, 10**20, None]
        case str():
            return [7, f" {value} ", "e\u0301", None, [value], ""]
        case list():
            return [None, {}, [], [None], value * 2]
        case dict():
            return [None, {}, [value], "text"]
    return [7]
