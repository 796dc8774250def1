"""What services ask of each other, held against the committed contract of the one that answers."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.feed.organizations import FIELDS_READ, ORGANIZATIONS
from kernel.feed.references import SCOPE as REFERENCES
from kernel.feed.registry_client import ORGANIZATION_PATH, PRODUCT_PATH, SCOPE
from kernel.feed.revocations import SCOPE as REVOCATIONS
from kernel.feed.subjects import FIELDS_READ as NAMES_READ
from kernel.feed.subjects import SCOPE as NAMES
from kernel.feed.subjects import SUBJECTS
from kernel.web.contract.sharing import unshared
from services.identity.bootstrap import SERVICE_SCOPES
from services.identity.roles import GATEWAY_ONLY as CALLS
from services.identity.subjects.records import SubjectRow
from services.registry.organizations import dependents
from tests.support.contract import committed

EVENT_READ = (
    "type",
    "resource_type",
    "resource_id",
    "resource_version",
    "occurred_at",
    "reason",
    "merged_into",
    "current",
)


def published(service: str) -> dict[str, Any]:
    """Return the committed contract of a service, what operations share in its places."""
    return unshared(committed(service))


@pytest.fixture(scope="module")
def registry() -> dict[str, Any]:
    return published("registry")


def fields(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the required fields of a schema, references followed."""
    name = schema["$ref"].rpartition("/")[2] if "$ref" in schema else None
    schema_of_name = document["components"]["schemas"][name] if name else schema
    return {field: schema_of_name["properties"][field] for field in schema_of_name["required"]}


def answer(document: dict[str, Any], path: str) -> dict[str, Any]:
    schema: dict[str, Any] = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    return schema


@pytest.mark.parametrize("path", [ORGANIZATION_PATH, PRODUCT_PATH, ORGANIZATIONS.feed])
def test_each_call_is_there_and_open_to_the_scope_that_the_services_clients_have(
    registry: dict[str, Any], path: str
) -> None:
    operation = registry["paths"][path]["get"]
    assert any(SCOPE in scopes for way in operation["security"] for scopes in way.values())
    assert SERVICE_SCOPES == {
        "registry": (REVOCATIONS, NAMES, REFERENCES),
        "funds": (REVOCATIONS, NAMES, SCOPE),
        "training": (REVOCATIONS, NAMES, SCOPE),
        "reporting": (REVOCATIONS, NAMES, SCOPE),
        "gateway": (CALLS,),
    }
    assert {"200", "401", "403", "429", "503"} <= set(operation["responses"])


@pytest.mark.parametrize("service", dependents.ASKED)
def test_what_names_an_organization_is_told_to_the_registry(service: str) -> None:
    document = published(service)
    path = dependents.PATH.format(service=service)
    operation = document["paths"][path]["get"]
    assert any(dependents.SCOPE in scopes for way in operation["security"] for scopes in way.values())
    assert [parameter["name"] for parameter in operation["parameters"]] == ["organization_id"]
    items = fields(document, answer(document, path))["items"]["items"]
    assert {"resource_type", "resource", "field", "count"} <= set(fields(document, items))


def test_an_organization_has_every_field_that_is_read_and_may_be_absent(registry: dict[str, Any]) -> None:
    organization = fields(registry, answer(registry, ORGANIZATION_PATH))
    seat = fields(registry, organization["seat"])
    for name in FIELDS_READ:
        of, _, within = name.rpartition(".")
        assert within in (seat if of else organization), name
    assert "404" in registry["paths"][ORGANIZATION_PATH]["get"]["responses"]


def test_a_product_says_whose_it_is_and_may_be_absent(registry: dict[str, Any]) -> None:
    assert "organization_id" in fields(registry, answer(registry, PRODUCT_PATH))
    assert "404" in registry["paths"][PRODUCT_PATH]["get"]["responses"]


def test_the_feed_takes_what_is_sent_and_says_what_is_read(registry: dict[str, Any]) -> None:
    operation = registry["paths"][ORGANIZATIONS.feed]["get"]
    parameters = {parameter["name"]: parameter["schema"] for parameter in operation["parameters"]}
    assert {"after", "types", "include", "limit", "wait"} <= set(parameters)
    assert parameters["limit"]["maximum"] >= 500
    assert parameters["wait"]["maximum"] >= 25
    assert "410" in operation["responses"]
    page = fields(registry, answer(registry, ORGANIZATIONS.feed))
    assert {"items", "next_cursor", "at_head"} <= set(page)
    assert set(EVENT_READ) <= set(fields(registry, page["items"]["items"]))


def test_names_are_told_to_the_services_that_follow_them() -> None:
    document = published("identity")
    operation = document["paths"][SUBJECTS.feed]["get"]
    assert operation["security"] == [{"vca": [NAMES]}]
    assert set(fields(document, fields(document, answer(document, SUBJECTS.feed))["items"]["items"])) >= set(EVENT_READ)
    assert set(NAMES_READ) == set(SubjectRow.__annotations__)
