"""What every operation that an organization's own user may call says to one of another organization: nothing.

A service's test class inherits these beside OperationChecks. An operation that takes an own scope and is not told of here
or in the service's fixture fails: it is said on purpose what it shows, and tried.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from kernel.values.ids import new_id
from tests.contract.operation_checks import each, scopes_of
from tests.contract.service_fixture import HOME, ServiceFixture
from tests.support.answers import assert_problem, faults, ok
from tests.support.client import ApiClient
from tests.support.contract import Operation

OWN = {"own.read", "own.write"}
Naming = Callable[[Any, ApiClient], Awaitable[tuple[dict[str, Any], tuple[str, str]]]]
"""Takes the service's own fixture and a caller; gives a body that names another organization's and the fault (pointer, code)."""


@dataclass(frozen=True)
class OwnRules:
    """What a service says of the operations that own users may call, beyond "what is another's is not there"."""

    common: frozenset[str] = frozenset()
    """Shows the same to everybody: code lists, places, classes that are open."""
    empty: frozenset[str] = frozenset()
    """Below a record that is of no organization: the list is there, and empty."""
    names_nobody: frozenset[str] = frozenset()
    """Takes a body that can name no record: an upload, a calculation."""
    namings: dict[str, tuple[Naming, ...]] = field(default_factory=dict)
    """Operation without a record in its path → bodies that name another organization's."""


def is_own(operation: Operation) -> bool:
    return not operation.is_open and bool(scopes_of(operation) & OWN)


def _parameters(operation: Operation) -> dict[str, dict[str, Any]]:
    return {p["name"]: p for p in operation.document.get("parameters", []) if p.get("in") == "query"}


def _everything(operation: Operation) -> dict[str, str]:
    """Return the query that asks a list for all it can tell: its count and all its facets."""
    parameters = _parameters(operation)
    query = {"count": "exact"} if "count" in parameters else {}
    if "facets" in parameters:
        query["facets"] = ",".join(parameters["facets"]["schema"]["items"]["enum"])
    return query


class OwnScope:
    """Inherit beside OperationChecks, with the service's rules as `own`."""

    own: ClassVar[OwnRules]

    async def _stranger(self, service: ServiceFixture, **claims: Any) -> Any:
        client = await service.caller(scope="own.read own.write", area=HOME)
        return client.as_(sub="stranger", **{"organization_id": new_id(), **claims})

    async def test_what_is_not_for_own_users_is_refused_to_them(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            path = operation.path.replace("{", "").replace("}", "")
            response = await (await self._stranger(service)).request(operation.method.upper(), path, content=b"{")
            assert_problem(response, 403, "scope_missing")

        await each(service, lambda o: not o.is_open and not is_own(o), check)

    async def test_a_record_of_another_organization_is_not_there(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            path = await service.refused_path(operation)
            for organization_id in (new_id(), None):
                client = await self._stranger(service, organization_id=organization_id)
                response = await client.request(
                    operation.method.upper(),
                    path,
                    headers={"If-Match": '"1"'},
                    **({"json": {}} if operation.has_body else {}),
                )
                assert_problem(response, 404, "not_found")

        kept = self.own.common | self.own.empty
        await each(service, lambda o: is_own(o) and bool(o.path_parameters) and o.id not in kept, check)

    async def test_a_list_shows_and_counts_nothing_of_other_organizations(self, service: ServiceFixture) -> None:
        for operation in service.contract.operations:
            if is_own(operation) and operation.path_parameters:
                await service.refused_path(operation)  # so that there is something to hide
        officer = await service.caller()

        async def check(operation: Operation) -> None:
            path, query = await service.refused_path(operation), _everything(operation)
            assert "count" in query, "a read without a record in its path is a list, or is told of in `common`"
            for organization_id in (new_id(), None):
                client = await self._stranger(service, organization_id=organization_id)
                page = ok(await client.get(path, params=query))
                assert (page["items"], page["count"]) == ([], 0)
                assert all(facet["values"] == [] for facet in page["facets"] or ())
            if operation.id not in self.own.empty:
                assert ok(await officer.get(path, params=query))["count"] > 0, "nothing was there to hide"

        def wanted(operation: Operation) -> bool:
            listed = not operation.path_parameters or operation.id in self.own.empty
            return is_own(operation) and operation.method == "get" and listed and operation.id not in self.own.common

        await each(service, wanted, check)

    async def test_what_a_figure_counts_is_no_filter_for_own_users(self, service: ServiceFixture) -> None:
        """Which of its records a figure counts is told from everybody's."""

        async def check(operation: Operation) -> None:
            client, (code, *_) = (
                await self._stranger(service),
                service.contract.codes(_parameters(operation)["counted_in"]["schema"]),
            )
            query = {"counted_in": code, "from": "2023-01-01", "to": "2023-12-31", "province": "25-2008"}
            assert ("counted_in", "officers_only") in faults(await client.get(operation.path, params=query))

        await each(service, lambda o: is_own(o) and not o.path_parameters and "counted_in" in _parameters(o), check)

    async def test_a_body_that_names_what_is_anothers_is_refused(self, service: ServiceFixture) -> None:
        async def check(operation: Operation) -> None:
            for naming in self.own.namings[operation.id]:
                client = await self._stranger(service)
                body, fault = await naming(service, client)
                response = await client.request(operation.method.upper(), operation.path, json=body)
                assert faults(response) == {fault}

        def wanted(operation: Operation) -> bool:
            writes = is_own(operation) and operation.method != "get" and not operation.path_parameters
            return writes and operation.id not in self.own.names_nobody

        if any(map(wanted, service.contract.operations)):
            await each(service, wanted, check)

    def test_what_is_told_of_is_there(self, service: ServiceFixture) -> None:
        listed = self.own.common | self.own.empty | self.own.names_nobody | set(self.own.namings)
        assert listed <= {operation.id for operation in service.contract.operations if is_own(operation)}
