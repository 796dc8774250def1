"""Every operation of the contract of training."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.values.ids import new_id
from tests.contract.operation_checks import OperationChecks
from tests.contract.own_scope import OwnRules, OwnScope
from tests.contract.training_fixture import TrainingFixture
from tests.support.client import ApiClient
from tests.training.builders import Make, a_person
from tests.training.conftest import training, training_app  # noqa: F401 (fixtures)


@pytest.fixture
def service(training: ApiClient, paths: dict[str, str]) -> TrainingFixture:  # noqa: F811
    return TrainingFixture(training, Make(training.as_(area="VN", sub="builder")), paths)


async def _a_strangers_person(service: TrainingFixture, client: ApiClient) -> tuple[dict[str, Any], tuple[str, str]]:
    return a_person(organization_id=new_id()), ("/organization_id", "outside_area")


async def _a_strangers_trainee(service: TrainingFixture, client: ApiClient) -> tuple[dict[str, Any], tuple[str, str]]:
    training_class = await service.make.training_class(sessions=1, state="open")
    theirs = await service.make.trainee(organization_id=new_id())
    return {"class_id": training_class.id, "trainee_id": theirs.id}, ("/trainee_id", "unknown_trainee")


async def _a_place_for_a_stranger(
    service: TrainingFixture, client: ApiClient
) -> tuple[dict[str, Any], tuple[str, str]]:
    training_class = await service.make.training_class(sessions=1, state="open")
    body = {"class_id": training_class.id, "trainee": a_person(organization_id=new_id())}
    return body, ("/trainee/organization_id", "outside_area")


class TestTraining(OperationChecks, OwnScope):
    """See tests/contract/operation_checks.py and tests/contract/own_scope.py."""

    own = OwnRules(
        common=frozenset({"list_open_classes", "list_training_code_lists", "read_training_code_list"}),
        empty=frozenset({"list_invitations_of_class"}),
        namings={
            "create_trainee": (_a_strangers_person,),
            "create_registration": (_a_strangers_trainee, _a_place_for_a_stranger),
        },
    )
