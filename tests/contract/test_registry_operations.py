"""Every operation of the registry's contract."""

from __future__ import annotations

import pytest

from tests.contract.operation_checks import OperationChecks
from tests.contract.own_scope import OwnRules, OwnScope
from tests.contract.registry_fixture import RegistryFixture
from tests.registry.builders import Make
from tests.support.client import ApiClient


@pytest.fixture
def service(registry: ApiClient, paths: dict[str, str]) -> RegistryFixture:
    return RegistryFixture(registry, Make(registry.as_(area="VN", sub="builder")), paths)


class TestRegistry(OperationChecks, OwnScope):
    """See tests/contract/operation_checks.py and tests/contract/own_scope.py."""

    own = OwnRules(
        common=frozenset(
            {
                "list_admin_units",
                "read_admin_unit",
                "list_registry_code_lists",
                "read_registry_code_list",
                "list_rating_schemes",
                "read_rating_scheme",
            }
        )
    )
