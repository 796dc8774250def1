"""Every operation of the registry's contract."""

from __future__ import annotations

import pytest

from tests.contract.every_operation import EveryOperation
from tests.contract.registry_world import RegistryWorld
from tests.registry.builders import Make
from tests.support.client import ApiClient


@pytest.fixture
def world(registry: ApiClient, make: Make, paths: dict[str, str]) -> RegistryWorld:
    return RegistryWorld(registry, make, paths)


class TestRegistry(EveryOperation):
    """See tests/contract/every_operation.py."""
