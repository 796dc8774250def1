"""Erasing again whom records of the registry named, once a backup from before brought the names back.

Nobody keeps the name. What was erased says where it stood: in which versions of the record, at which places. A backup has
these versions as they were, so that the restored record itself says the name, and loses it wherever else it has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import product

from kernel import problems
from kernel.database.connections import Transaction
from kernel.personal_data.erased import Place
from kernel.personal_data.persons import Lost
from kernel.personal_data.removed import removed
from kernel.personal_data.schemas import Erasure
from kernel.records.reading import read
from kernel.web.auth import Caller
from services.registry.named_persons.mentions import MENTIONS, Mention
from services.registry.named_persons.service import Version, emptied, lost_of, value_of, versions_of, without


async def erase_again(
    mention: Mention, tx: Transaction, id_: str, places: Sequence[Place], ground: Erasure, *, at: datetime, by: Caller
) -> str:
    """Erase whom a record named at these places until the instant `at`; return `erased`, `erased_before` or `not_there`.

    It does so also of one who would be needed by now: that another took over is what the backup may not know.
    """
    standing = await read(tx, mention.resource, id_, by, lock=True)
    try:
        row = standing or {"id": id_, **await removed(tx, mention.resource, id_, by, lock=True)}
    except problems.NotFound:
        return "not_there"
    versions = await versions_of(tx, mention, id_)
    # Since the backup was restored, the numbers after its last version went to versions that say something else.
    known = {each["version"]: each for each in versions if each["recorded_at"] < at}
    name = next(_names(mention, places, known), None)
    lost = _words(places, known) if name is None else lost_of(mention, name, versions)
    if not lost:
        is_known = any(known.keys() & set(place.versions) for place in places)
        return "erased_before" if is_known else "not_there"
    values = {} if name is None or standing is None else without(mention, row, name)
    await emptied(tx, mention, row, values, lost, ground, by=by, request_id=None)
    return "erased"


def _names(mention: Mention, places: Sequence[Place], known: Mapping[int, Version]) -> Iterator[str]:
    """Yield what still names the person; nothing of a version that was emptied already."""
    for place in places:
        for number, field in product(place.versions, place.fields):
            if number in known and (name := mention.named_at(value_of(known[number]), field)) is not None:
                yield name


def _words(places: Sequence[Place], known: Mapping[int, Version]) -> list[Lost]:
    """Return the words that named somebody whom the field itself names in later versions alone."""
    versions = {number for place in places if not place.fields for number in place.versions}
    left = sorted(number for number in versions & known.keys() if known[number]["reason"] is not None)
    return [Lost((), reasons=True, versions=left)] if left else []


AGAIN = {mention.subject: partial(erase_again, mention) for mention in MENTIONS}
"""By what erasures call one of them."""
