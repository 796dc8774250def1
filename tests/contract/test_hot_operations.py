"""Every hot operation answers, whatever is sent, as FastAPI's own way of the same operation does (docs/adr/0005).

Each request is sent in both ways to one database, whose transactions are taken back, so that both find the same records.
What differs is a defect: of the hot way, or of what is declared beside it.
"""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from tests.contract.funds_fixture import FundsFixture
from tests.contract.hot_requests import Requests
from tests.contract.identity_fixture import IdentityFixture
from tests.contract.registry_fixture import RegistryFixture
from tests.contract.reporting_fixture import ReportingFixture
from tests.contract.service_fixture import NUMBERS, ServiceFixture
from tests.contract.training_fixture import TrainingFixture
from tests.contract.two_ways import TwoWays, ask, hot_routes, json_writes, undone
from tests.funds.builders import Make as FundsMake
from tests.funds.conftest import funds, funds_app  # noqa: F401 (fixtures)
from tests.identity.conftest import (  # noqa: F401 (fixtures)
    app,
    database_url,
    identity,
    quick_hashes,
    settings,
)
from tests.identity.people import Identity
from tests.registry.builders import Make as RegistryMake
from tests.reporting.builders import Make as ReportingMake
from tests.reporting.conftest import reporting, reporting_app  # noqa: F401 (fixtures)
from tests.support.client import ApiClient
from tests.support.contract import Operation
from tests.training.builders import Make as TrainingMake
from tests.training.conftest import training, training_app  # noqa: F401 (fixtures)

pytestmark = pytest.mark.thorough

_COLD = {
    "quote_loan": "answers a model, which FastAPI writes",
    "deduplicate_organization": "takes a query parameter, and is rare",
    "reverse_organization_deduplication": "its path goes two segments beyond the id, and it is rare",
    "reverse_settlement": "its path goes two segments beyond the id, and it is rare",
    "answer_report_check": "its path goes two segments beyond the id, and it is rare",
    "erase_contact": "its path goes two segments beyond the id, and it is rare",
    "erase_legal_representative": "its path goes two segments beyond the id, and it is rare",
    "erase_team_leader": "its path goes two segments beyond the id, and it is rare",
    "erase_value_chain_party": "its path goes two segments beyond the id, and it is rare",
}
"""Takes a JSON body and is not hot → why."""


_OF_THE_AUDIT = {"list_audit", "list_registry_audit", "list_funds_audit", "list_training_audit"}
"""Each reading adds an entry to what it lists, so no two are alike."""


class Comparison:
    """Both ways of every hot operation of one service."""

    def __init__(self, service: ServiceFixture, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
        self.service, self.app, self.monkeypatch, self.ways = service, app, monkeypatch, TwoWays(app)
        self.seen: set[object] = set()
        self.differing: list[str] = []

    async def run(self) -> None:
        """Compare them all. Fails with everything that differs."""
        routes = hot_routes(self.app)
        cold = json_writes(self.app) - set(routes)
        assert cold <= set(_COLD), "takes a JSON body and is left to FastAPI: make it hot, or say why not"
        for operation in self.service.contract.operations:
            if operation.id in routes and operation.id not in _OF_THE_AUDIT:
                await self.compare(operation)
        assert not self.differing, "\n".join(self.differing)

    async def compare(self, operation: Operation) -> None:
        requests = await Requests.of(self.service, operation)
        named = list(requests.faulty())
        # Bodies are read by their model and paths by their shape, the same for every operation that shares them.
        if requests.body.json is not None and self._first(operation.body_schema()):
            named += requests.fields()
        if self._first(requests.shape):
            named += requests.odd()
        with undone(self.app.state.db, self.monkeypatch):
            self.ways.left_to_fastapi = 0
            reply, difference = await self.ways.compare(requests.valid())
            assert reply.status < 400, f"{operation.id}: {reply}"
            assert not self.ways.left_to_fastapi, f"{operation.id} is declared hot and left to FastAPI"
            self._note(operation, "as it is meant", difference)
            for what, request in named:
                self._note(operation, what, (await self.ways.compare(request))[1])
        if operation.method == "post" and "id" in requests.properties:
            await self._compare_again(operation)

    async def _compare_again(self, operation: Operation) -> None:
        requests = (await Requests.of(self.service, operation)).first_of_its_id(f"two-ways-{next(NUMBERS)}")
        first = await ask(self.ways.hot, requests.valid())
        assert first.status < 300, f"{operation.id}: {first}"
        with undone(self.app.state.db, self.monkeypatch):
            for what, request in requests.again():
                self._note(operation, what, (await self.ways.compare(request))[1])

    def _first(self, of: object) -> bool:
        first = of not in self.seen
        self.seen.add(of)
        return first

    def _note(self, operation: Operation, what: str, difference: str | None) -> None:
        if difference is not None:
            self.differing.append(f"{operation.id}, {what}: {difference}")


async def test_the_registry(registry: ApiClient, paths: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    service = RegistryFixture(registry, RegistryMake(registry.as_(area="VN", sub="builder")), paths)
    await Comparison(service, registry.app, monkeypatch).run()


async def test_the_funds(funds: ApiClient, paths: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    service = FundsFixture(funds, FundsMake.anywhere(funds), paths)
    await Comparison(service, funds.app, monkeypatch).run()


async def test_training(training: ApiClient, paths: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    service = TrainingFixture(training, TrainingMake(training.as_(area="VN", sub="builder")), paths)
    await Comparison(service, training.app, monkeypatch).run()


async def test_reporting(reporting: ApiClient, paths: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    service = ReportingFixture(reporting, ReportingMake(reporting.as_(area="VN", sub="builder")), paths)
    await Comparison(service, reporting.app, monkeypatch).run()


async def test_identity(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    await Comparison(IdentityFixture(identity), identity.app, monkeypatch).run()
