"""Importing classes with their attendances: every bad cell named, all written at once, a repeat harmless."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from kernel.database.connections import Row, Transaction
from kernel.feed import organizations
from kernel.problems import FieldError, Invalid, OrganizationUnknownYet, Problem
from kernel.records import crud, records
from kernel.records.bulk import create_many
from kernel.storage.sealing import Sealer, sealer_of
from kernel.values.field_errors import field_errors_of
from kernel.values.ids import new_ids
from kernel.values.money import MAX_VND
from kernel.values.wording import said
from kernel.web.operations import Call
from kernel.workbooks.imports import Line, Table
from services.training import problems
from services.training.classes.attendances.records import ATTENDANCE
from services.training.classes.imports.columns import CLASS_FIELDS, COLUMNS, PERSON_FIELDS
from services.training.classes.trainees.matching import columns_of
from services.training.classes.trainees.records import TRAINEE, TRAINEE_KEPT
from services.training.classes.trainees.schemas import TraineeNamed
from services.training.classes.training_classes.records import ALLOWED_IN, CLASS
from services.training.classes.training_classes.routes import KIND as CLASS_KIND
from services.training.classes.training_classes.schemas import TrainingClassCreate
from services.training.parties import meet_parties

Faults = list[tuple[str | None, FieldError]]


@dataclass
class Outcome:
    """What became of one row: created, unchanged or failed."""

    row: int
    result: str = "failed"
    class_id: str | None = None
    trainee_id: str | None = None
    attendance_id: str | None = None
    faults: Faults = field(default_factory=list)


@dataclass
class Run:
    """A file on its way: its rows' outcomes, and how much was made besides."""

    outcomes: list[Outcome]
    classes_created: int = 0
    trainees_created: int = 0

    @property
    def failed(self) -> int:
        """How many rows were refused."""
        return sum(1 for outcome in self.outcomes if outcome.faults)


@dataclass
class Item:
    """One row of the file on its way."""

    line: Line
    outcome: Outcome
    person: TraineeNamed | None
    held: Row | None = None
    columns: dict[str, Any] = field(default_factory=dict)
    who: str = ""
    """The person, however often it was entered: the mark of its number, else its id."""


def _read(line: Line) -> Item:
    outcome = Outcome(line.number, faults=list(line.faults))
    told = {name for name, _ in line.faults}
    person = None
    try:
        body = {name: line.values[name] for name in PERSON_FIELDS if name in line.values}
        person = TraineeNamed.model_validate(body)
    except ValidationError as error:
        for fault in field_errors_of(error.errors(), prefix=()):
            at = (fault.pointer or "").lstrip("/") or None
            if at not in told:
                outcome.faults.append((at, fault))
    allowance = line.values.get("allowance_vnd")
    if allowance is not None and not 0 <= allowance <= MAX_VND:
        words = ("Số tiền âm hoặc quá lớn; hãy kiểm tra lại.", "The amount is below 0 or too large; check it.")
        outcome.faults.append(("allowance_vnd", FieldError("out_of_range", words)))
    return Item(line, outcome, person)


async def read(call: Call, table: Table) -> list[Item]:
    """Return the rows of a file with what is wrong in each, and have the facts of the organizations that they name."""
    items = await asyncio.to_thread(lambda: [_read(line) for line in table.lines()])
    await meet_parties(call, *(item.person for item in items))
    return items


async def run(tx: Transaction, call: Call, items: list[Item]) -> Run:
    """Find or enter what each row says, as far as rows are right; what is written is the caller's to keep or undo."""
    done = Run([item.outcome for item in items])
    await _classes(tx, call, items, done)
    right = [item for item in items if not item.outcome.faults]
    await _persons(tx, call, right, done)
    await _entries(tx, call, [item for item in right if not item.outcome.faults])
    return done


_BY_NUMBER = f"{CLASS.select} WHERE class_number = ANY($1::text[]) AND ($2::text IS NULL OR alliance = $2)"
_LISTED = "SELECT class_id FROM attendance WHERE trainee_id IS NULL AND class_id = ANY($1::uuid[])"


async def _classes(tx: Transaction, call: Call, items: list[Item], done: Run) -> None:
    """Give each row its class; enter those that are new, as held, from the first row that names them."""
    by_number: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if number := item.line.values.get("class_number"):
            by_number[number].append(item)
    rows = await tx.fetch(_BY_NUMBER, list(by_number), call.caller.alliance)
    known = {row["class_number"]: row for row in rows}
    listed = {row["class_id"] for row in await tx.fetch(_LISTED, [row["id"] for row in rows])}
    for number, members in by_number.items():
        held = known.get(number)
        if held is None:
            held = await _enter_class(tx, call, members[0])
            done.classes_created += held is not None
        elif fault := _unfit(held, held["id"] in listed):
            for item in members:
                item.outcome.faults.append(("class_number", fault))
        stands = {} if held is None else _stands(held)
        for item in members:
            if held is None:
                if item is not members[0]:
                    words = (
                        f"Lớp này sai ở dòng {members[0].line.number}; hãy sửa dòng đó.",
                        f"Its class is wrong in row {members[0].line.number}; correct that row.",
                    )
                    item.outcome.faults.append(("class_number", FieldError("class_refused", words)))
                continue
            item.held, item.outcome.class_id = held, held["id"]
            item.outcome.faults += _differences(item.line.values, stands)


def _unfit(held: Row, is_listed: bool) -> FieldError | None:
    if held["state"] not in ALLOWED_IN["attend"]:
        refused = problems.ClassStateForbids(
            state=held["state"], action="attend", allowed_in=list(ALLOWED_IN["attend"])
        )
        return FieldError("class_state_forbids", (refused.sentence("vi"), refused.sentence("en")))
    if is_listed:
        words = (
            "Lớp đã ghi số người ký nhận; hãy gỡ mục đó trước.",
            "The class is known by its signed list; delete that entry first.",
        )
        return FieldError("known_by_list_only", words)
    return None


def _stands(held: Row) -> dict[str, Any]:
    """Return what the cells of a class would say."""
    values = {name: held[name] for name in CLASS_FIELDS} | {"class_name": held["name"]}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}


_CODES = {column.field: column.codes for column in COLUMNS}


def _differences(given: Mapping[str, Any], stands: Mapping[str, Any]) -> Faults:
    """Return a fault for each cell that says otherwise than the class; empty cells say nothing."""
    found: Faults = []
    for name, shown in stands.items():
        if name in given and given[name] != shown:
            vi, en = (said(name, shown, language, _CODES.get(name) if shown else None) for language in ("vi", "en"))
            words = (
                f"Lớp này ghi là {vi}; hãy sửa ở lớp hoặc để trống.",
                f"The class says {en}; correct the class, or leave the cell empty.",
            )
            found.append((name, FieldError("class_differs", words)))
    return found


async def _enter_class(tx: Transaction, call: Call, item: Item) -> Row | None:
    given = item.line.values
    body = {name: given[name] for name in ("class_number", *CLASS_FIELDS) if name in given}
    body |= {"name": given["class_name"]} if "class_name" in given else {}
    if body.get("attribution") == "joint":
        body |= {
            "lead_alliance": call.caller.alliance,
            "partners": [{"kind": "other", "name": given["partner_name"]}] if "partner_name" in given else [],
        }
    places = {"name": "class_name", "partners": "partner_name", "lead_alliance": "partner_name"}
    try:
        parsed = TrainingClassCreate.model_validate({**body, "is_held": True})
        async with tx.raw.transaction():
            row: Row = (await crud.create(tx, call, CLASS_KIND, parsed))[0]
            return row
    except ValidationError as error:
        faults = field_errors_of(error.errors(), prefix=())
    except Invalid as problem:
        faults = problem.members["errors"]
    except Problem as problem:
        words = (problem.document("vi")["detail"], problem.document("en")["detail"])
        faults = [FieldError(problem.code, words, pointer="/class_number")]
    told = {name for name, _ in item.outcome.faults}
    for fault in faults:
        at = (fault.pointer or "").lstrip("/").partition("/")[0]
        at = places.get(at, at) or "class_number"
        if at not in told:
            item.outcome.faults.append((at, fault))
    return None


async def _persons(tx: Transaction, call: Call, items: list[Item], done: Run) -> None:
    """Give each row its trainee; those who are new are entered in one statement."""
    sealer = sealer_of(call)
    await asyncio.to_thread(_seal, sealer, items)
    by_alliance: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_alliance[item.columns["alliance"]].append(item)
    for alliance, members in by_alliance.items():
        people = await _People.read(tx, alliance, members)
        for item in members:
            await people.give(tx, call, item)
        for item in members:
            trainee_id = item.outcome.trainee_id or ""
            item.who = people.marks.get(trainee_id, trainee_id)
        await create_many(tx, TRAINEE_KEPT, people.new, by=call.caller)
        done.trainees_created += len(people.new)


def _seal(sealer: Sealer, items: list[Item]) -> None:
    for item in items:
        assert item.person is not None, "a row without faults has one"
        assert item.held is not None, "a row without faults has one"
        item.columns = columns_of(sealer, item.person, item.held["alliance"])


class _People:
    """Who is known of those that a file names, by number and by name, birth year and organization."""

    def __init__(self, at_most: int) -> None:
        self._ids = iter(new_ids(at_most))
        self.by_mark: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self.by_key: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self.marks: dict[str, str] = {}
        self.new: list[dict[str, Any]] = []
        self.organizations: organizations.Known = {}

    @classmethod
    async def read(cls, tx: Transaction, alliance: str, items: list[Item]) -> _People:
        """Read those that the rows may be about, once."""
        found = cls(len(items))
        marks = [item.columns["id_number_mark"] for item in items if item.columns["id_number_mark"]]
        keys = [item.columns["person_key"] for item in items]
        sql = f"{TRAINEE.select} WHERE alliance = $1 AND (id_number_mark = ANY($2::text[]) OR person_key = ANY($3::text[]))"
        for row in await tx.fetch(f"{sql} ORDER BY id", alliance, marks, keys):
            found._keep(row)
        named = [item.columns["organization_id"] for item in items if item.columns["organization_id"]]
        found.organizations = await organizations.known(tx, named)
        return found

    def _keep(self, row: Mapping[str, Any]) -> None:
        if row["id_number_mark"] is not None:
            self.by_mark[row["id_number_mark"]].append(row)
            self.marks[row["id"]] = row["id_number_mark"]
        self.by_key[row["person_key"]].append(row)

    async def give(self, tx: Transaction, call: Call, item: Item) -> None:
        """Find the person of a row, as `trainees.finding` does for one, or plan a new trainee."""
        values = item.columns
        mark, like = values["id_number_mark"], self.by_key[values["person_key"]]
        row = self._with_number(values) if mark else None
        if row is None and mark is None:
            if len(like) > 1:
                words = (
                    f"Có {len(like)} người cùng họ tên, năm sinh và đơn vị; hãy ghi số định danh.",
                    f"{len(like)} persons have this name, birth year and organization; give the identity number.",
                )
                item.outcome.faults.append(("name", FieldError("trainee_ambiguous", words)))
                return
            row = like[0] if like else None
        elif row is None:
            row = await self._filled_in(tx, call, values, like)
        if row is None:
            if values["organization_id"] is not None and (fault := self._not_there(call, values["organization_id"])):
                item.outcome.faults.append(("organization_id", fault))
                return
            row = {**values, "id": next(self._ids)}
            self.new.append(row)
            self._keep(row)
        item.outcome.trainee_id = row["id"]

    def _with_number(self, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return who has the number: the one that stands, else of those who wait the organization's."""
        return min(
            self.by_mark[values["id_number_mark"]],
            key=lambda row: (row["state"], row["organization_id"] != values["organization_id"], row["id"]),
            default=None,
        )

    def _not_there(self, call: Call, organization_id: str) -> FieldError | None:
        try:
            organizations.judged(call, self.organizations, organization_id, "/organization_id")
        except Invalid as problem:
            fault: FieldError = problem.members["errors"][0]
            return fault
        except OrganizationUnknownYet as problem:
            return FieldError(problem.code, (problem.document("vi")["detail"], problem.document("en")["detail"]))
        return None

    async def _filled_in(
        self, tx: Transaction, call: Call, values: Mapping[str, Any], like: list[Mapping[str, Any]]
    ) -> Mapping[str, Any] | None:
        number = {name: values[name] for name in ("id_number_last4", "id_number_sealed", "id_number_mark")}
        for at, row in enumerate(like):
            if row["id_number_mark"] is not None:
                continue
            planned = next((each for each in self.new if each["id"] == row["id"]), None)
            if planned is not None:
                planned.update(number)
                after: Mapping[str, Any] = planned
            else:
                after = await records.update(tx, TRAINEE_KEPT, row, number, by=call.caller)
            like[at] = after
            self.by_mark[values["id_number_mark"]].append(after)
            self.marks[row["id"]] = values["id_number_mark"]
            return after
        return None


_THERE = """
    SELECT f.id, f.class_id, f.trainee_id, coalesce(t.id_number_mark, t.id::text) AS who
      FROM attendance f JOIN trainee t ON t.id = f.trainee_id WHERE f.class_id = ANY($1::uuid[])"""
_REGISTERED = """
    SELECT r.class_id, r.trainee_id, coalesce(t.id_number_mark, t.id::text) AS who
      FROM registration r JOIN trainee t ON t.id = r.trainee_id
     WHERE r.class_id = ANY($1::uuid[]) AND r.state = 'registered'"""


async def _entries(tx: Transaction, call: Call, items: list[Item]) -> None:
    """Enter the attendances in one statement; who is on a list already stays as it stands there."""
    class_ids = sorted({str(item.outcome.class_id) for item in items})
    there = {(r["class_id"], r["who"]): r for r in await tx.fetch(_THERE, class_ids)}
    registered = {(r["class_id"], r["who"]): r for r in await tx.fetch(_REGISTERED, class_ids)}
    ids = iter(new_ids(len(items)))
    seen: dict[tuple[Any, Any], int] = {}
    new: list[dict[str, Any]] = []
    for item in items:
        outcome, held, values = item.outcome, item.held, item.columns
        assert held is not None, "a row without faults has a class"
        key = (outcome.class_id, item.who)
        if (first := seen.setdefault(key, item.line.number)) != item.line.number:
            words = (f"Trùng với dòng {first}; hãy bỏ một dòng.", f"The same as row {first}; leave one out.")
            outcome.faults.append((None, FieldError("given_twice", words)))
            continue
        # Entered more than once, a person stands in the class as the one who attended or registered.
        if (stands := there.get(key) or registered.get(key)) is not None:
            outcome.trainee_id = stands["trainee_id"]
        outcome.result, outcome.attendance_id = "unchanged", there[key]["id"] if key in there else None
        if outcome.attendance_id is None:
            outcome.result, outcome.attendance_id = "created", next(ids)
            new.append(
                {
                    "id": outcome.attendance_id,
                    "class_id": held["id"],
                    "trainee_id": outcome.trainee_id,
                    "counted": 1,
                    "organization_id": values["organization_id"],
                    "organization_name": values["organization_name"],
                    "audience": values["audience"],
                    # A class that took registrations has a list to be missing from; one entered afterwards has this file.
                    "is_walk_in": held["registered_count"] > 0 and key not in registered,
                    "source": "file",
                    "session_ids": [],
                    "first_seen_at": None,
                    "allowance_vnd": item.line.values.get("allowance_vnd"),
                    "file_id": None,
                    "note": None,
                    "alliance": held["alliance"],
                }
            )
    await create_many(tx, ATTENDANCE, new, by=call.caller)
