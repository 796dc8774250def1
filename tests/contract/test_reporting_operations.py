"""Every operation of the contract of reporting."""

from __future__ import annotations

import pytest

from tests.contract.operation_checks import OperationChecks
from tests.contract.own_scope import OwnRules, OwnScope
from tests.contract.reporting_fixture import ReportingFixture
from tests.reporting.builders import Make
from tests.reporting.conftest import reporting, reporting_app  # noqa: F401 (fixtures)
from tests.support.client import ApiClient


@pytest.fixture
def service(reporting: ApiClient, paths: dict[str, str]) -> ReportingFixture:  # noqa: F811
    return ReportingFixture(reporting, Make(reporting.as_(area="VN", sub="builder")), paths)


class TestReporting(OperationChecks, OwnScope):
    """See tests/contract/operation_checks.py and tests/contract/own_scope.py."""

    own = OwnRules(common=frozenset({"list_reporting_code_lists", "read_reporting_code_list"}))
