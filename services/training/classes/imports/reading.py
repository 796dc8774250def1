"""Reading a roll: its rows, with what is wrong in each."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from kernel.problems import FieldError
from kernel.values.field_errors import field_errors_of
from kernel.values.money import MAX_VND
from kernel.values.origins import origin
from kernel.web.auth import Caller
from kernel.web.calls import Call
from kernel.workbooks.communes import find_commune
from kernel.workbooks.table import Line, Sent
from services.training.classes.imports.columns import PERSON_FIELDS
from services.training.classes.trainees.schemas import TraineeNamed
from services.training.parties import meet_parties
from services.training.rows import TrainingClassRow

Errors = list[tuple[str | None, FieldError]]


@dataclass
class Outcome:
    """What became of one row: created, unchanged or failed."""

    row: int
    result: str = "failed"
    class_id: str | None = None
    trainee_id: str | None = None
    attendance_id: str | None = None
    errors: Errors = field(default_factory=list)


@dataclass
class Run:
    """A file on its way: its rows' outcomes, and how much was made besides."""

    outcomes: list[Outcome]
    classes_created: int = 0
    trainees_created: int = 0

    @property
    def failed(self) -> int:
        """How many rows were refused."""
        return sum(1 for outcome in self.outcomes if outcome.errors)


@dataclass
class Item:
    """One row of the file on its way."""

    line: Line
    outcome: Outcome
    person: TraineeNamed | None
    origin: str
    """The file and the row, as the histories of what it enters say them."""
    training_class: TrainingClassRow | None = None
    columns: dict[str, Any] = field(default_factory=dict)
    who: str = ""
    """The person, however often it was entered: the mark of its number, else its id."""


def _read(line: Line, file_name: str, by: Caller) -> Item:
    find_commune(line, alliance=by.alliance)
    outcome = Outcome(line.number, errors=list(line.faults))
    in_error = {name for name, _ in line.faults}
    person = None
    try:
        body = {name: line.values[name] for name in PERSON_FIELDS if name in line.values}
        person = TraineeNamed.model_validate(body)
    except ValidationError as refused:
        for error in field_errors_of(refused.errors(), prefix=()):
            at = (error.pointer or "").lstrip("/") or None
            if at not in in_error:
                outcome.errors.append((at, error))
    allowance = line.values.get("allowance_vnd")
    if allowance is not None and not 0 <= allowance <= MAX_VND:
        words = ("Số tiền âm hoặc quá lớn; hãy kiểm tra lại.", "The amount is below 0 or too large; check it.")
        outcome.errors.append(("allowance_vnd", FieldError("out_of_range", words)))
    return Item(line, outcome, person, origin(file_name, line.number))


async def read(call: Call, sent: Sent) -> list[Item]:
    """Return the rows of a file with what is wrong in each, and ask for the organizations that they name."""
    items = await asyncio.to_thread(lambda: [_read(line, sent.name, call.caller) for line in sent.table.lines()])
    await meet_parties(call, *(item.person for item in items))
    return items
