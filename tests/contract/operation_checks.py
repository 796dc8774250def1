"""Checks that hold for every operation of a service's contract; each goes through all of them and names those that fail.

A service's test class inherits these and brings its fixture as `service`. An operation that it has no body for fails.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from kernel.values.ids import new_id
from kernel.web.api_route import BODY_LIMIT_BYTES
from kernel.web.contract.document import SCOPES
from tests.contract.service_fixture import ELSEWHERE, NUMBERS, Body, ServiceFixture
from tests.support.answers import assert_problem, faults
from tests.support.contract import Operation
from tests.support.tokens import token

Check = Callable[[Operation], Awaitable[None]]


class Failures(dict[str, str]):
    """Operation → what was wrong with it."""

    @asynccontextmanager
    async def of(self, operation: Operation) -> AsyncIterator[None]:
        try:
            yield
        except (AssertionError, KeyError) as error:
            self[operation.id] = f"{type(error).__name__}: {error}"[:700]


async def each(service: ServiceFixture, wanted: Callable[[Operation], bool], check: Check) -> None:
    """Run `check` on every operation that is wanted; fail with all that failed, and if there was none to check."""
    failures, checked = Failures(), 0
    for operation in service.contract.operations:
        if wanted(operation):
            checked += 1
            async with failures.of(operation):
                await check(operation)
    assert checked, "no operation to check"
    assert not failures, "\n\n".join(f"{id_}: {what}" for id_, what in failures.items())


def scopes_of(operation: Operation) -> set[str]:
    return {scope for entry in operation.document["security"] for scope in entry["vca"]}


def takes_any_scope(operation: Operation) -> bool:
    return scopes_of(operation) >= set(SCOPES)


class OperationChecks:
    """Inherit as TestOperationChecks."""

    async def test_the_open_ones_are_those_that_were_opened_on_purpose(self, service: ServiceFixture) -> None:
        assert {operation.id for operation in service.contract.operations if operation.is_open} == service.open

    async def test_each_does_what_it_is_for(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            response = await service.call(operation)
            assert response.status_code < 400, response.text

        await each(service, lambda o: o.id not in service.unfit, check)

    async def test_no_token_is_401(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            client = await service.caller()
            path = operation.path.replace("{", "").replace("}", "")
            for authorization in ("", "Bearer", "Bearer x.y.z", "Basic eDp5", f"Bearer {token(stranger=True)}"):
                headers = {"Authorization": authorization}
                response = await client.request(operation.method.upper(), path, headers=headers, content=b"{")
                assert_problem(response, 401, "token_invalid")
                assert response.headers["www-authenticate"].startswith("Bearer")

        await each(service, lambda o: not o.is_open, check)

    async def test_wrong_scope_is_403_and_says_which_is_needed(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            wrong = next(scope for scope in SCOPES if scope not in scopes_of(operation) and "sync" not in scope)
            client = await service.caller(scope=wrong)
            path = operation.path.replace("{", "").replace("}", "")
            response = await client.request(operation.method.upper(), path, content=b"{")
            document = assert_problem(response, 403, "scope_missing")
            assert set(document["required_scope"].split(" | ")) == scopes_of(operation)

        await each(service, lambda o: not o.is_open and not takes_any_scope(o), check)

    async def test_reading_does_not_allow_to_write(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            reading = {scope for scope in scopes_of(operation) if scope.endswith(".read")}
            assert not reading or takes_any_scope(operation) or operation.id in READS_BY_POST

        await each(service, lambda o: not o.is_open and o.method != "get", check)

    async def test_a_record_of_another_area_is_404(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            client = await service.caller(area=ELSEWHERE)
            path = await service.refused_path(operation)
            response = await service.call(operation, client=client, path=path, body=Body(json={}), if_match='"1"')
            assert_problem(response, 404, "not_found")

        await each(service, lambda o: bool(o.path_parameters) and o.id not in service.common, check)

    async def test_a_record_that_is_not_there_is_404(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            client = await service.caller()
            for unknown in (new_id(), "khong-co"):
                path = operation.path.format(**dict.fromkeys(operation.path_parameters, unknown))
                response = await client.request(operation.method.upper(), path, content=b"{")
                assert_problem(response, 404, "not_found")

        await each(service, lambda o: bool(o.path_parameters) and not o.is_open, check)

    async def test_a_method_that_a_path_does_not_have_is_405_and_says_which_it_has(
        self, service: ServiceFixture
    ) -> None:
        methods: dict[str, set[str]] = {}
        for operation in service.contract.operations:
            methods.setdefault(operation.path, set()).add(operation.method.upper())
        client = await service.caller()
        for path, declared in methods.items():
            at = path.format(**dict.fromkeys(re.findall(r"\{(\w+)\}", path), new_id()))
            for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "QUERY", "PROPFIND"} - declared:
                response = await client.request(method, at)
                assert_problem(response, 405, "method_not_allowed")
                assert set(response.headers["allow"].split(", ")) == declared, f"{method} {path}"

    async def test_a_missing_version_is_428(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            path = await service.refused_path(operation)
            for headers in ({}, {"If-Match": ""}, {"If-Match": "  "}):
                response = await service.call(
                    operation, path=path, body=Body(content=b"{"), headers=headers, if_match=""
                )
                assert_problem(response, 428, "if_match_missing")

        await each(service, lambda o: o.needs_if_match, check)

    async def test_a_stale_version_is_412_with_what_stands(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            path = await service.refused_path(operation)
            for stale in ('"999"', "999", 'W/"999-0123456789"', "*"):
                client = await service.caller(
                    operation=operation, scope=" ".join(s for s in scopes_of(operation) if s != "sync.write")
                )
                response = await service.call(
                    operation, client=client, path=path, body=Body(content=b"{"), if_match=stale
                )
                document = assert_problem(response, 412, "stale")
                assert document["current"]["version"] >= 1

        await each(service, lambda o: o.needs_if_match, check)

    async def test_a_replayed_key_gives_the_same_answer_and_a_reused_one_is_422(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            client, path = await service.caller(operation=operation), await service.path(operation)
            body = await service.body(operation) if operation.has_body else Body()
            headers = {"Idempotency-Key": f"replay-{next(NUMBERS)}"}
            # A change is sent again as it was, though the record has another version by then, or is gone.
            version = await service.version(path) if operation.needs_if_match else None
            first, again = [
                await service.call(operation, client=client, path=path, body=body, headers=headers, if_match=version)
                for _ in range(2)
            ]
            assert first.status_code < 300, first.text
            assert (again.status_code, again.content) == (first.status_code, first.content)
            assert "idempotency-replayed" not in first.headers
            assert again.headers["idempotency-replayed"] == "true"
            other = path if operation.has_body else await service.path(operation)
            reused = await service.call(operation, client=client, path=other, headers=headers)
            assert_problem(reused, 422, "idempotency_key_reused")

        await each(service, _keyed(service), check)

    async def test_a_key_or_an_id_is_needed_exactly_where_the_contract_says_so(self, service: ServiceFixture) -> None:
        def needed(operation: Operation) -> bool:
            keys = [each for each in operation.document.get("parameters", ()) if each["name"] == "Idempotency-Key"]
            return any(each.get("required") or "key or `id`" in each["description"] for each in keys)

        async def check(operation: Operation) -> None:
            body = await service.body(operation) if operation.has_body else Body()
            headers = {name: value for name, value in body.headers.items() if name.lower() != "idempotency-key"}
            response = await service.call(operation, body=replace(body, json=_without_ids(body.json), headers=headers))
            if needed(operation):
                assert_problem(response, 400, "idempotency_key_missing")
            else:
                assert response.status_code < 300, response.text

        await each(service, _keyed(service), check)

    async def test_an_unknown_parameter_is_422(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            path = await service.refused_path(operation)
            response = await service.call(operation, path=path, query={"nonsense": "1"})
            assert ("nonsense", "unknown_parameter") in faults(response)

        await each(service, lambda o: not o.is_open, check)

    async def test_a_parameter_that_stands_once_is_422_when_it_stands_twice(self, service: ServiceFixture) -> None:
        # Lists read their own: tests/kernel/test_listing.py.
        def once(operation: Operation) -> list[str]:
            asked = [each for each in operation.document.get("parameters", ()) if each["in"] == "query"]
            if any(each["name"] in ("sort", "fields") for each in asked):
                return []
            return [
                each["name"] for each in asked if each["schema"].get("type") != "array" or not each.get("explode", True)
            ]

        async def check(operation: Operation) -> None:
            path = await service.refused_path(operation)
            for name in once(operation):
                response = await service.call(operation, path=path, query={name: f"1&{name}=1"})
                assert (name, "given_twice") in faults(response), name

        await each(service, lambda o: not o.is_open and bool(once(o)), check)

    @pytest.mark.thorough
    async def test_no_parameter_takes_what_no_text_may_hold(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            client = await service.caller(operation=operation)
            path = await service.refused_path(operation)
            for parameter in operation.document.get("parameters", ()):
                if parameter["in"] == "query":
                    for odd in ("%00", "a%00b", "%ED%A0%80", "9" * 40):
                        query = f"{'&' if '?' in path else '?'}{parameter['name']}={odd}"
                        response = await client.get(path + query)
                        assert response.status_code < 500, f"{query}: {response.text}"

        await each(service, lambda o: o.method == "get" and not o.is_open, check)

    async def test_malformed_json_is_400(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            path = await service.refused_path(operation)
            for wrong in (b'{"name": ', b"", b"{'a': 1}", b"\xff\xfe", b"[" * 5000):
                response = await _raw(service, operation, path, wrong)
                assert_problem(response, 400, "malformed")

        await each(service, _takes_json, check)

    async def test_a_body_of_another_shape_is_422(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            path = await service.refused_path(operation)
            for wrong in (b"[]", b'"text"', b"7", b"null", b'{"a_field_that_is_none": 1}', b'{"\\ud800": 1}'):
                response = await _raw(service, operation, path, wrong)
                assert_problem(response, 422, "invalid")

        await each(service, _takes_json, check)

    async def test_another_content_type_is_415(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            path = await service.refused_path(operation)
            body = await service.body(operation)
            for wrong in ("text/plain", "application/x-www-form-urlencoded", "application/xml", ""):
                if wrong == operation.media_type:
                    continue
                response = await _raw(service, operation, path, b'{"a": 1}', {**body.headers, "Content-Type": wrong})
                assert_problem(response, 415, "unsupported_media_type")

        await each(service, lambda o: o.has_body and not o.is_open, check)

    async def test_a_body_over_one_megabyte_is_413(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            path = await service.refused_path(operation)
            large = b'{"reason": "' + b"x" * BODY_LIMIT_BYTES + b'"}'
            response = await _raw(service, operation, path, large)
            assert_problem(response, 413, "body_too_large", limit_bytes=BODY_LIMIT_BYTES)

            async def trickle() -> AsyncIterator[bytes]:
                for start in range(0, len(large), 65_536):
                    yield large[start : start + 65_536]

            response = await _raw(service, operation, path, trickle())
            assert_problem(response, 413, "body_too_large", limit_bytes=BODY_LIMIT_BYTES)

        await each(service, _takes_json, check)

    async def test_the_first_kind_of_fault_answers(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            client = await service.caller(operation=operation)
            nowhere = operation.path.format(**dict.fromkeys(operation.path_parameters, new_id()))
            send = operation.method.upper()
            everything_wrong = {"content": b"{", "headers": {"Content-Type": "text/plain"}}
            response = await client.request(send, f"{nowhere}?nonsense=1", **everything_wrong)
            assert response.status_code == (404 if operation.path_parameters else 415), response.text
            path = await service.refused_path(operation)
            response = await client.request(send, f"{path}?nonsense=1", **everything_wrong)
            assert response.status_code == (428 if operation.needs_if_match else 415), response.text

        await each(service, lambda o: o.has_body and not o.is_open, check)

    async def test_a_record_that_is_not_there_comes_before_a_parameter_that_is_none(
        self, service: ServiceFixture
    ) -> None:
        async def check(operation: Operation) -> None:
            client = await service.caller(operation=operation)
            nowhere = operation.path.format(**dict.fromkeys(operation.path_parameters, new_id()))
            response = await client.request(operation.method.upper(), f"{nowhere}?nonsense=1")
            assert_problem(response, 404, "not_found")

        await each(service, lambda o: bool(o.path_parameters) and o.id not in service.common, check)

    async def test_a_refusal_speaks_vietnamese_first_and_english_on_request(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            client = await service.caller()
            path = operation.path.format(**dict.fromkeys(operation.path_parameters, new_id()))
            titles = {}
            for languages in ("", "fr", "en", "vi;q=0.2, en;q=0.9"):
                headers = {"Authorization": "", "Accept-Language": languages}
                response = await client.request(operation.method.upper(), path, headers=headers)
                document = assert_problem(response, 401, "token_invalid")
                assert "Accept-Language" in response.headers["vary"]
                titles[languages] = (response.headers["content-language"], document["title"])
            assert titles[""] == titles["fr"] == ("vi", "Chưa đăng nhập")
            assert titles["en"] == titles["vi;q=0.2, en;q=0.9"] == ("en", "Authentication required")

        await each(service, lambda o: not o.is_open, check)


READS_BY_POST = {
    "lookup_organizations",
    "quote_loan",
    "create_registry_export",
    "cancel_registry_job",
    "create_funds_export",
    "cancel_funds_job",
    "create_training_export",
    "cancel_training_job",
    "create_reporting_export",
    "cancel_reporting_job",
}
"""What reading allows although it is asked for by POST."""


def _without_ids(body: Any) -> Any:
    """Return a body in which neither it nor an item of it names its own id."""
    if not isinstance(body, dict):
        return body
    items = {"items": [_without_ids(item) for item in body["items"]]} if isinstance(body.get("items"), list) else {}
    return {key: value for key, value in body.items() if key != "id"} | items


def _keyed(service: ServiceFixture) -> Callable[[Operation], bool]:
    return lambda o: o.method != "get" and not o.is_open and o.id not in service.unfit


def _takes_json(operation: Operation) -> bool:
    return operation.media_type == "application/json" and not operation.is_open


async def _raw(
    service: ServiceFixture, operation: Operation, path: str, content: Any, headers: dict[str, str] | None = None
) -> httpx.Response:
    """Send bytes as the body, as JSON unless the headers say otherwise."""
    sent = {"Content-Type": "application/json", **(headers or {})}
    if operation.needs_if_match:
        sent["If-Match"] = await service.version(path)
    client = await service.caller(operation=operation)
    response: httpx.Response = await client.request(operation.method.upper(), path, headers=sent, content=content)
    return response
