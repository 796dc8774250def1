"""One contract out of several: nothing is lost, nothing stands for two things."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from kernel.problems import problem_answer
from services.gateway.merge import Clash, merge

PROBLEM = {"type": "object", "properties": {"code": {"type": "string"}}}


def a_contract(service: str, **problem: str) -> dict[str, Any]:
    """Return a small contract of `service`: one list, the shared schema of problems, one of its own."""
    return {
        "openapi": "3.1.0",
        "info": {"title": service, "version": "1.0.0", "contact": {"name": "VCA"}},
        "servers": [{"url": "/"}],
        "paths": {
            f"/v1/{service}/things": {
                "parameters": [{"name": "q", "in": "query"}],
                "get": {"operationId": f"list_{service}_things", "tags": [service, f"{service}-health"]},
            }
        },
        "components": {"schemas": {"Problem": PROBLEM, f"{service.title()}Thing": {"type": "object"}}},
        "tags": [{"name": service}, {"name": f"{service}-health"}],
        "x-problems": [
            {"code": "stale", "type": "/problems/stale", "status": 412, "title_vi": "Cũ", "example": {"at": service}}
            | problem
        ],
    }


def test_paths_schemas_tags_and_problems_of_all_services_stand_in_one_document() -> None:
    merged = merge([a_contract("registry"), a_contract("funds")])
    assert set(merged["paths"]) == {"/v1/registry/things", "/v1/funds/things"}
    assert set(merged["components"]["schemas"]) == {"Problem", "RegistryThing", "FundsThing"}
    assert [tag["name"] for tag in merged["tags"]] == ["registry", "registry-health", "funds", "funds-health"]
    assert merged["info"]["title"] == "Cooperative Alliance API"
    assert merged["info"]["contact"] == {"name": "VCA"}
    codes = [problem["code"] for problem in merged["x-problems"]]
    assert codes == sorted(set(codes))
    assert {"stale", "token_missing", "upstream_unavailable"} <= set(codes)


def test_each_operation_names_what_the_gateway_itself_may_answer() -> None:
    contract = a_contract("registry")
    operation = contract["paths"]["/v1/registry/things"]["get"]
    merged = merge([contract])["paths"]["/v1/registry/things"]["get"]["responses"]
    assert set(merged) == {"414", "429", "431", "503", "504"}
    assert merged["414"]["description"] == "`address_too_long`"
    operation["security"], operation["requestBody"] = [{"vca": ["registry.write"]}], {}
    operation["responses"] = {"401": problem_answer(["token_invalid"])}
    whole = merge([contract])
    merged = whole["paths"]["/v1/registry/things"]["get"]["responses"]
    assert set(merged) == {"401", "413", "414", "429", "431", "503", "504"}
    assert set(merged["401"]["x-problems"]) == {"token_missing", "token_invalid"}
    assert {"token_missing", "body_too_large"} <= {problem["code"] for problem in whole["x-problems"]}


def test_an_answer_that_is_also_the_operations_own_keeps_its_shape() -> None:
    contract = a_contract("registry")
    own = {"description": "Not ready", "content": {"application/json": {"schema": {"type": "object"}}}}
    contract["paths"]["/v1/registry/things"]["get"]["responses"] = {"503": own}
    merged = merge([contract])["paths"]["/v1/registry/things"]["get"]["responses"]["503"]
    assert set(merged["content"]) == {"application/json", "application/problem+json"}
    assert merged["description"] == "Not ready, `upstream_unavailable`"


def test_what_the_services_share_stands_once_whatever_each_called_it() -> None:
    documents = [a_contract("registry"), a_contract("funds")]
    for document, name in zip(documents, ("Gone", "Absent"), strict=True):
        document["components"]["responses"] = {name: problem_answer(["not_found"])}
        operation = document["paths"][f"/v1/{document['info']['title']}/things"]["get"]
        operation["responses"] = {"404": {"$ref": f"#/components/responses/{name}"}}
    merged = merge(documents)
    assert merged["components"]["responses"]["Error404"] == problem_answer(["not_found"])
    answers = [item["get"]["responses"]["404"] for item in merged["paths"].values()]
    assert answers == [{"$ref": "#/components/responses/Error404"}] * 2


def test_readers_find_the_tags_by_service_the_registry_first() -> None:
    groups = merge([a_contract("identity"), a_contract("registry"), a_contract("weather")])["x-tagGroups"]
    assert [group["tags"] for group in groups] == [
        [name, f"{name}-health"] for name in ("registry", "identity", "weather")
    ]


def test_the_documents_given_stay_as_they_were() -> None:
    documents = [a_contract("registry"), a_contract("funds")]
    before = copy.deepcopy(documents)
    merge(documents)
    assert documents == before


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda d: d["components"]["schemas"].update(Problem={"type": "string"}), "schemas: Problem"),
        (lambda d: d["paths"]["/v1/funds/things"]["get"].update(operationId="list_registry_things"), "list_registry"),
        (lambda d: d["paths"].update({"/v1/registry/things": {"get": {"operationId": "other"}}}), "path: /v1/registry"),
        (lambda d: d["x-problems"][0].update(status=409), "problem stale"),
        (lambda d: d["paths"]["/v1/funds/things"]["get"].update(tags=["registry"]), "tag registry"),
    ],
    ids=["schema", "operation", "path", "problem", "tag"],
)
def test_one_name_for_two_things_is_a_clash(change: Any, named: str) -> None:
    other = a_contract("funds")
    change(other)
    with pytest.raises(Clash, match=named):
        merge([a_contract("registry"), other])


def test_a_list_that_two_services_name_differently_stands_once_by_the_first_name() -> None:
    registry, funds = a_contract("registry"), a_contract("funds")
    for contract, name in ((registry, "Scope"), (funds, "FundsScope")):
        labels = {"alliance": {"vi": "Liên minh", "en": "The alliance"}}
        schemas = contract["components"]["schemas"]
        schemas[name] = {"type": "string", "enum": ["alliance"], "x-enum-labels": labels}
        schemas[f"{name}Holder"] = {"properties": {"scope": {"$ref": f"#/components/schemas/{name}"}}}
    schemas = merge([registry, funds])["components"]["schemas"]
    assert "FundsScope" not in schemas
    for holder in ("ScopeHolder", "FundsScopeHolder"):
        assert schemas[holder]["properties"]["scope"] == {"$ref": "#/components/schemas/Scope"}
