"""Every operation of the contract of training."""

from __future__ import annotations

import pytest

from tests.contract.every_operation import EveryOperation
from tests.contract.training_world import TrainingWorld
from tests.support.client import ApiClient
from tests.training.builders import Make
from tests.training.conftest import training, training_app  # noqa: F401 (fixtures)


@pytest.fixture
def world(training: ApiClient, paths: dict[str, str]) -> TrainingWorld:  # noqa: F811
    return TrainingWorld(training, Make(training.as_(area="VN", sub="builder")), paths)


class TestTraining(EveryOperation):
    """See tests/contract/every_operation.py."""
