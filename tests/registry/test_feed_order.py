"""Facts of the same organizations entered by racing clients with keys: the feed tells each version once and in order."""

from __future__ import annotations

import itertools
import random
from datetime import date, timedelta
from typing import Any

from tests.registry.builders import PATH, Make, a_status_change
from tests.support.client import ApiClient
from tests.support.racing import race


async def test_batches_of_facts_on_the_same_organizations_turn_no_version_round(
    registry: ApiClient, make: Make
) -> None:
    ids = sorted([(await make.organization()).id for _ in range(5)])

    days = (date(2021, 1, 1) + timedelta(days=number) for number in itertools.count())

    def facts(chance: random.Random) -> tuple[str, dict[str, Any]]:
        def fact(id_: str) -> dict[str, Any]:
            status = chance.choice(("operating", "dormant", "not_started"))
            return {"organization_id": id_, **a_status_change(status=status, effective_on=str(next(days)))}

        # Small ones overtake large ones that wait.
        items = [fact(id_) for id_ in sorted(chance.sample(ids, chance.choice((1, 4))))]
        return f"{PATH}/status-changes/batch", {"mode": "atomic", "items": items}

    assert await race(registry, registry.as_(scope="sync.read"), "registry", facts) > 20
