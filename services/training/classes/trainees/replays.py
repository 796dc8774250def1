"""Recognising an entry about a person that is sent again, by a hash that holds no name and no number."""

from __future__ import annotations

from pydantic import BaseModel

from kernel.database.connections import Transaction
from kernel.records import R, Resource
from kernel.records.replays import content_of, replay_of
from services.training import problems
from services.training.classes.trainees.columns import without_secrets
from services.training.classes.trainees.matching import Entering


async def find_replay(
    tx: Transaction, resource: Resource[R], id_: str | None, body: BaseModel, *, entering: Entering
) -> tuple[R | None, bytes]:
    """Return the record that the same id and content made before, or None, and the digest of the content.

    Raises IdInUse where the id came with other content, TraineeErased once the person was erased.
    """
    content = without_secrets(entering.sealer, content_of(body))
    return await replay_of(tx, resource, id_, content, entering.caller, erased=problems.TraineeErased)
