"""Every operation of the contract of the funds."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.values.ids import new_id
from tests.contract.funds_fixture import FundsWorld
from tests.contract.operation_checks import EveryOperation
from tests.contract.own_scope import OwnRules, OwnScope
from tests.funds.builders import Make, an_application
from tests.funds.conftest import funds, funds_app  # noqa: F401 (fixtures)
from tests.support.answers import ok
from tests.support.client import ApiClient


@pytest.fixture
def world(funds: ApiClient, paths: dict[str, str]) -> FundsWorld:  # noqa: F811
    return FundsWorld(funds, Make.anywhere(funds), paths)


async def _a_strangers_loan(world: FundsWorld, client: ApiClient) -> tuple[dict[str, Any], tuple[str, str]]:
    return an_application(await world.make.fund(), await world.make.borrower()), ("/borrower_id", "unknown_borrower")


async def _filed(world: FundsWorld, client: ApiClient, **given: Any) -> dict[str, Any]:
    """Return an application of the caller's own organization."""
    borrower = await world.make.borrower(organization_id=client.caller["organization_id"])
    return an_application(await world.make.fund(), borrower, **given)


async def _a_strangers_file(world: FundsWorld, client: ApiClient) -> tuple[dict[str, Any], tuple[str, str]]:
    upload = next(o for o in world.contract.operations if o.id == "upload_funds_file")
    theirs = client.as_(sub="somebody-else", organization_id=new_id())
    file = ok(await world.call(upload, client=theirs), 201)
    documents = [{"kind": "charter", "file_id": file["id"]}]
    return await _filed(world, client, documents=documents), ("/documents/0/file_id", "unknown_file")


async def _a_number_of_the_series(world: FundsWorld, client: ApiClient) -> tuple[dict[str, Any], tuple[str, str]]:
    taken = await world.make.application(await world.make.fund(), application_number=f"HS-{new_id()}")
    body = await _filed(world, client, application_number=taken.application_number)
    return body, ("/application_number", "officers_only")


class TestFunds(EveryOperation, OwnScope):
    """See tests/contract/operation_checks.py and tests/contract/own_scope.py."""

    own = OwnRules(
        common=frozenset({"list_funds_code_lists", "read_funds_code_list"}),
        names_nobody=frozenset({"upload_funds_file", "quote_loan"}),
        namings={"create_loan_application": (_a_strangers_loan, _a_strangers_file, _a_number_of_the_series)},
    )
