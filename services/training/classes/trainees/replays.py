"""Recognising an entry about a person that is sent again, by a hash that holds no name and no number."""

from __future__ import annotations

from pydantic import BaseModel

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records import records
from kernel.records.records import R, Resource
from services.training.classes.trainees.columns import without_secrets
from services.training.classes.trainees.matching import Entering


async def find_replay(
    tx: Transaction, resource: Resource[R], id_: str | None, body: BaseModel, *, entering: Entering
) -> tuple[R | None, bytes]:
    """Return the record that the same id and content made before, or None, and the digest of the content.

    Raises IdInUse where the id came with other content.
    """
    digest = records.fingerprint(without_secrets(entering.sealer, body.model_dump(exclude_unset=True, mode="json")))
    if id_ is None or (known := await records.first_digest(tx, resource, id_)) is None:
        return None, digest
    row = await records.read(tx, resource, id_, entering.caller)
    if known != digest or row is None:
        raise kernel_problems.IdInUse(id=id_)
    return row, digest
