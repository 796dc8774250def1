"""Every operation of the contract of the funds."""

from __future__ import annotations

import pytest

from tests.contract.every_operation import EveryOperation
from tests.contract.funds_world import FundsWorld
from tests.funds.builders import Make
from tests.funds.conftest import funds, funds_app  # noqa: F401 (fixtures)
from tests.support.client import ApiClient


@pytest.fixture
def world(funds: ApiClient, paths: dict[str, str]) -> FundsWorld:  # noqa: F811
    return FundsWorld(funds, Make(funds.as_(area="VN", sub="builder")), paths)


class TestFunds(EveryOperation):
    """See tests/contract/every_operation.py."""
