"""Every operation of the contract of the funds."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.values.ids import new_id
from tests.contract.funds_fixture import FundsFixture
from tests.contract.operation_checks import OperationChecks
from tests.contract.own_scope import OwnRules, OwnScope
from tests.funds.builders import Make, an_application
from tests.funds.conftest import funds, funds_app  # noqa: F401 (fixtures)
from tests.support.answers import ok
from tests.support.client import ApiClient


@pytest.fixture
def service(funds: ApiClient, paths: dict[str, str]) -> FundsFixture:  # noqa: F811
    return FundsFixture(funds, Make.anywhere(funds), paths)


async def _a_strangers_loan(service: FundsFixture, client: ApiClient) -> tuple[dict[str, Any], tuple[str, str]]:
    return an_application(await service.make.fund(), await service.make.borrower()), (
        "/borrower_id",
        "unknown_borrower",
    )


async def _filed(service: FundsFixture, client: ApiClient, **given: Any) -> dict[str, Any]:
    """Return an application of the caller's own organization."""
    borrower = await service.make.borrower(organization_id=client.caller["organization_id"])
    return an_application(await service.make.fund(), borrower, **given)


async def _a_strangers_file(service: FundsFixture, client: ApiClient) -> tuple[dict[str, Any], tuple[str, str]]:
    upload = next(o for o in service.contract.operations if o.id == "upload_funds_file")
    theirs = client.as_(sub="somebody-else", organization_id=new_id())
    file = ok(await service.call(upload, client=theirs), 201)
    documents = [{"kind": "charter", "file_id": file["id"]}]
    return await _filed(service, client, documents=documents), ("/documents/0/file_id", "unknown_file")


async def _a_number_of_the_series(service: FundsFixture, client: ApiClient) -> tuple[dict[str, Any], tuple[str, str]]:
    taken = await service.make.application(await service.make.fund(), application_number=f"HS-{new_id()}")
    body = await _filed(service, client, application_number=taken.application_number)
    return body, ("/application_number", "officers_only")


class TestFunds(OperationChecks, OwnScope):
    """See tests/contract/operation_checks.py and tests/contract/own_scope.py."""

    own = OwnRules(
        common=frozenset({"list_funds_code_lists", "read_funds_code_list"}),
        names_nobody=frozenset({"upload_funds_file", "quote_loan"}),
        namings={"create_loan_application": (_a_strangers_loan, _a_strangers_file, _a_number_of_the_series)},
    )
