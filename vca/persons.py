"""The persons that the services keep, for what is done to all of them alike."""

from __future__ import annotations

from collections.abc import Mapping

from kernel.database.connections import Database
from kernel.personal_data.persons import Persons
from services.funds.personal_data.persons import BORROWERS_AS_PERSONS
from services.identity.accounts.erasure import PERSONS as ACCOUNTS
from services.registry.named_persons.again import AGAIN
from services.registry.officers.erasure import PERSONS as OFFICERS
from services.training.classes.personal_data.service import TRAINEES

PERSONS: Mapping[str, tuple[Persons, ...]] = {
    "identity": (ACCOUNTS,),
    "registry": (OFFICERS,),
    "funds": (BORROWERS_AS_PERSONS,),
    "training": (TRAINEES,),
}
"""By service: a line a kind of person, when it can be erased."""

NAMED = {"registry": AGAIN}
"""By service and by what erasures call one: how persons are erased again who stand in a record of something else."""


async def ended(db: Database, service: str) -> dict[tuple[str, str], int]:
    """Return how many persons nothing keeps any more, by kind and by the rule that kept them longest."""
    return {
        (persons.resource.name, rule): count
        for persons in PERSONS.get(service, ())
        for rule, count in (await persons.ended_by_rule(db)).items()
    }
