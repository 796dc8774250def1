"""The recorded examples, held against the contract: an example that is stale says what is no longer true.

`make examples` records them (tests/contract/examples); test_examples_sent.py sends them.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kernel.web.contract.nodes import operations
from kernel.web.contract.sharing import unshared
from services.gateway.portal.examples import Examples
from tests.support.contract import Contract, Operation, contract_of
from vca import openapi
from vca.openapi import EXAMPLES, SERVICES

Json = dict[str, Any]
RECORDED = Examples(EXAMPLES)
MOST_ITEMS = 2
_COUNTED = re.compile(r'"lần \d+|Văn A\b|Minh Khai \d')
"""What fixtures write, and nobody in an office."""
_PAGES = {"submit_sign_in": {"200"}, "show_sign_out": {"200"}, "sign_out": {"200"}}
"""Operation → what it answers with a page, where another answer of it is recorded."""

every_service = pytest.mark.parametrize("service", SERVICES)


def closed(node: Any) -> Any:
    """Return schemas that know every field: what an answer has beside them is no field of it any more."""
    if isinstance(node, list):
        return [closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    inner = {key: closed(value) for key, value in node.items()}
    return {"additionalProperties": False, **inner} if isinstance(node.get("properties"), dict) else inner


def judges(service: str) -> Contract:
    """Return the contract of a service with every schema closed."""
    document = contract_of(service).document
    schemas = {name: closed(schema) for name, schema in document["components"]["schemas"].items()}
    return Contract({**document, "components": {**document["components"], "schemas": schemas}})


def stale(contract: Contract, operation: Operation, example: Json) -> list[str]:
    """Return what of an example the contract does not say."""
    found = [*_of_request(contract, operation, example["request"])]
    for status, answer in example["responses"].items():
        if (declared := operation.document["responses"].get(status)) is None:
            found.append(f"no answer {status}")
            continue
        found += _of_request(contract, operation, answer.get("request", example["request"]))
        if "body" in answer:
            schema = declared["content"]["application/json"]["schema"]
            found += [f"{status}: {fault}" for fault in contract.faults(schema, answer["body"])]
    return found


def _of_request(contract: Contract, operation: Operation, request: Json) -> Iterator[str]:
    places = {"path": "path", "query": "query", "header": "headers"}
    declared = {(places[p["in"]], p["name"]): p for p in operation.document.get("parameters", ())}
    given = {(place, name): value for place in places.values() for name, value in request.get(place, {}).items()}
    for where in given.keys() - declared.keys():
        yield f"no parameter {where}"
    for where, parameter in declared.items():
        if where in given:
            yield from (f"{where}: {fault}" for fault in contract.faults(parameter["schema"], given[where]))
        elif parameter.get("required"):
            yield f"{where} is missing"
    if operation.has_body != ("body" in request):
        yield "a body too many, or none"
    elif operation.media_type == "application/json":
        schema = operation.document["requestBody"]["content"]["application/json"]["schema"]
        yield from (f"body: {fault}" for fault in contract.faults(schema, request["body"]))


def every_example() -> Iterator[tuple[Operation, Json]]:
    for service in SERVICES:
        for operation in contract_of(service).operations:
            yield operation, RECORDED.of(operation.id)


def test_every_operation_has_an_example_and_no_other_has_one() -> None:
    recorded = {path.stem for path in EXAMPLES.glob("*.json")}
    declared = {operation.id for operation, _ in every_example()}
    assert (declared - recorded, recorded - declared) == (set(), set()), "run `make examples`"


@every_service
def test_every_request_and_every_answer_is_as_the_contract_has_it(service: str) -> None:
    contract = judges(service)
    found = {
        operation.id: faults
        for operation in contract.operations
        if (faults := stale(contract, operation, RECORDED.of(operation.id)))
    }
    assert found == {}, "run `make examples`"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda e: e["request"]["body"].update(contract_no=e["request"]["body"].pop("contract_number")), "body: "),
        (lambda e: e["responses"]["201"]["body"].pop("principal_vnd"), "201: : "),
        (lambda e: e["responses"]["201"]["body"].update(signed_at="2023-03-02"), "201: : "),
        (lambda e: e["responses"]["201"]["body"]["terms"].update(method=7), "201: terms/method: "),
        (lambda e: e["responses"].update({"202": {}}), "no answer 202"),
        (lambda e: e["request"].update(query={"draft": True}), "no parameter ('query', 'draft')"),
    ],
    ids=["field renamed", "field new", "field gone", "type changed", "status gone", "parameter gone"],
)
def test_an_example_that_the_contract_has_outgrown_is_found(change: Any, told: str) -> None:
    contract = judges("funds")
    operation = next(each for each in contract.operations if each.id == "create_loan")
    example = copy.deepcopy(RECORDED.of("create_loan"))
    assert stale(contract, operation, example) == []
    change(example)
    assert any(fault.startswith(told) for fault in stale(contract, operation, example))


def test_every_success_with_content_is_recorded() -> None:
    missing = {
        operation.id: statuses
        for operation, example in every_example()
        if (statuses := _successes(operation) - example["responses"].keys() - _PAGES.get(operation.id, set()))
    }
    assert missing == {}


def _successes(operation: Operation) -> set[str]:
    return {
        status for status, answer in operation.document["responses"].items() if status < "3" and answer.get("content")
    }


@every_service
def test_the_contract_shows_each_body_that_is_recorded_where_it_belongs(service: str) -> None:
    document = copy.deepcopy(contract_of(service).document)
    RECORDED.put_into(document)
    for operation in operations(unshared(document)):
        of = operation["operationId"]
        contents = {"request": operation.get("requestBody", {}), **operation["responses"]}
        for name, holder in contents.items():
            content = holder.get("content", {}).get("application/json")
            if content is not None and (name == "request" or name < "3"):
                body = RECORDED.body(of, name)
                assert body is not None, f"{of} {name}"
                assert content["examples"][of] == {"value": body}
    # Nothing else of it is another for that, nor is the document that was made of the code.
    assert _without_examples(document) == contract_of(service).document


def test_the_contract_is_written_with_its_examples_for_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi, "documents", lambda: {"funds": copy.deepcopy(contract_of("funds").document)})
    (path,) = openapi.write_with_examples(tmp_path / "new")
    content = json.loads(path.read_bytes())["paths"]["/v1/funds/loans"]["post"]["requestBody"]["content"]
    assert content["application/json"]["examples"]["create_loan"]["value"] == RECORDED.body("create_loan", "request")


def _without_examples(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_examples(each) for each in node]
    if isinstance(node, dict):
        kept = {key: value for key, value in node.items() if key != "examples" or "schema" not in node}
        return {key: _without_examples(value) for key, value in kept.items()}
    return node


def test_an_example_is_short_and_in_words_of_the_field() -> None:
    def lists(node: Any) -> Iterator[list[Any]]:
        if isinstance(node, list):
            yield node
        for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            yield from lists(inner)

    for operation, example in every_example():
        for answer in example["responses"].values():
            assert all(len(each) <= MOST_ITEMS for each in lists(answer.get("body"))), operation.id
        assert _COUNTED.findall(json.dumps(example, ensure_ascii=False)) == [], operation.id
