"""Finding the persons of a whole roll: by the rules of `matching`, with one read for all and none a row.

Only imports use it. They are an officer's, and one runs at a time, so no locks on single persons are taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from kernel import records
from kernel.database.connections import Transaction
from kernel.feed import organizations
from kernel.records.bulk import create_many
from kernel.values.ids import new_ids
from services.training.classes.trainees.columns import NUMBER_COLUMNS
from services.training.classes.trainees.matching import Entering, one_of_alike
from services.training.classes.trainees.queries import OF_ROLL
from services.training.classes.trainees.records import TRAINEE_KEPT
from services.training.rows import TraineeRow


class Roll:
    """Who is known of those that a file names, by number and by name, birth year and organization, and who is new."""

    def __init__(self, entering: Entering, at_most: int) -> None:
        self._entering = entering
        self._ids = iter(new_ids(at_most))
        self._by_mark: dict[str, list[TraineeRow]] = defaultdict(list)
        self._by_key: dict[str, list[TraineeRow]] = defaultdict(list)
        self._marks: dict[str, str] = {}
        self._new: dict[str, TraineeRow] = {}
        self._reasons: dict[str, str | None] = {}
        self._organizations: organizations.Known = {}

    @classmethod
    async def read(
        cls, tx: Transaction, alliance: str, entries: Sequence[Mapping[str, Any]], *, entering: Entering
    ) -> Roll:
        """Read those that `entries` (columns of trainees, of one alliance) may be about, once."""
        roll = cls(entering, len(entries))
        marks = [entry["id_number_mark"] for entry in entries if entry["id_number_mark"]]
        keys = [entry["person_key"] for entry in entries]
        for trainee in await tx.fetch(OF_ROLL, alliance, marks, keys):
            roll._keep(trainee)
        named: Iterable[str] = (entry["organization_id"] for entry in entries if entry["organization_id"])
        roll._organizations = await organizations.known(tx, named)
        return roll

    def who(self, trainee_id: str) -> str:
        """Return by what a person is one, however often it was entered: the mark of its number, else its id."""
        return self._marks.get(trainee_id, trainee_id)

    async def find_or_create(self, tx: Transaction, entry: Mapping[str, Any], *, reason: str | None = None) -> str:
        """Return the id of the trainee of one entry; a new one is written by `create_new`.

        `reason`: what the history of one who is new, or gets a number, says.
        Raises TraineeAmbiguous, and for a new one what `organization` raises.
        """
        mark, alike = entry["id_number_mark"], self._by_key[entry["person_key"]]
        trainee = self._with_number(entry) if mark else None
        if trainee is None:
            trainee = one_of_alike(alike, has_number=mark is not None)
            if trainee is not None and mark is not None:
                trainee = await self._fill_in(tx, trainee, entry, reason)
        if trainee is None:
            if entry["organization_id"] is not None:
                organizations.judged(self._entering, self._organizations, entry["organization_id"], "/organization_id")
            trainee = cast(TraineeRow, {**entry, "id": next(self._ids)})
            self._new[trainee["id"]], self._reasons[trainee["id"]] = trainee, reason
            self._keep(trainee)
        return trainee["id"]

    async def create_new(self, tx: Transaction) -> int:
        """Write all who are new at once, and return how many."""
        new = [{**trainee} for trainee in self._new.values()]
        reasons = [self._reasons[id_] for id_ in self._new]
        await create_many(tx, TRAINEE_KEPT, new, by=self._entering.caller, reasons=reasons)
        return len(self._new)

    def _keep(self, trainee: TraineeRow) -> None:
        if trainee["id_number_mark"] is not None:
            self._by_mark[trainee["id_number_mark"]].append(trainee)
            self._marks[trainee["id"]] = trainee["id_number_mark"]
        if trainee["person_key"] is not None:
            self._by_key[trainee["person_key"]].append(trainee)

    def _with_number(self, entry: Mapping[str, Any]) -> TraineeRow | None:
        """Return who has the number: the one that stands, else of those who wait the organization's."""
        return min(
            self._by_mark[entry["id_number_mark"]],
            key=lambda row: (row["state"], row["organization_id"] != entry["organization_id"], row["id"]),
            default=None,
        )

    async def _fill_in(
        self, tx: Transaction, trainee: TraineeRow, entry: Mapping[str, Any], reason: str | None
    ) -> TraineeRow:
        """Give the number of `entry` to one who was known, or is new in this file, without one."""
        number = {name: entry[name] for name in NUMBER_COLUMNS}
        if trainee["id"] in self._new:
            after = cast(TraineeRow, {**trainee, **number})
            self._new[trainee["id"]] = after
        else:
            after = await records.update(tx, TRAINEE_KEPT, trainee, number, by=self._entering.caller, reason=reason)
        alike = self._by_key[entry["person_key"]]
        alike[alike.index(trainee)] = after
        self._by_mark[entry["id_number_mark"]].append(after)
        self._marks[after["id"]] = entry["id_number_mark"]
        return after
