"""Importing organizations: each row is created, found as it is, found otherwise, or refused; re-running is harmless."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import ValidationError

from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid, NotFound, Problem
from kernel.values import geography
from kernel.values.field_errors import field_errors_of
from kernel.values.origins import origin
from kernel.values.text import name_folded
from kernel.values.wording import said
from kernel.web.auth import Caller
from kernel.web.replies import dump
from kernel.workbooks.communes import commune_of
from kernel.workbooks.table import Line, Sent
from services.registry import code_lists as codes
from services.registry.imports import queries
from services.registry.imports.columns import REASON, body_of, field_at
from services.registry.organizations import service as organizations
from services.registry.organizations.queries import LOCK, with_codes
from services.registry.organizations.records import LISTS, is_undated, represent
from services.registry.organizations.schemas import OrganizationChange, OrganizationCreate
from services.registry.organizations.together import create_together
from services.registry.organizations.warnings import DATING, reaches_back, undated
from services.registry.rows import OrganizationRow

_STATE: dict[str, codes.CodeList] = {
    "type": codes.ORGANIZATION_TYPES,
    "legal_status": codes.LEGAL_STATUSES,
    "operating_state": codes.OPERATING_STATES,
}
_AT_ONCE = 500
"""So many new organizations are looked up and written together: what others ask of the service is answered in between."""
Errors = list[tuple[str | None, FieldError]]


@dataclass
class Outcome:
    """What became of one row. `differences`: columns' fields where the registry says otherwise."""

    row: int
    result: str
    organization_id: str | None = None
    version: int | None = None
    differences: list[str] = field(default_factory=list)
    errors: Errors = field(default_factory=list)
    warnings: Errors = field(default_factory=list)


@dataclass
class _Read:
    line: Line
    body: dict[str, Any]
    parsed: OrganizationCreate | None
    errors: Errors
    origin: str
    """The file and the row, as the organization's history says them."""

    def column_at(self, pointer: str | None) -> str | None:
        """Return the column that a fault of the body is about; of a commune named by its name the one with that."""
        at = field_at(pointer, self.body)
        is_named = "commune_name" in self.line.values and "commune_code" not in self.line.values
        return "commune_name" if at == "commune_code" and is_named else at


class Candidates:
    """The organizations that rows may be about, read once."""

    def __init__(self) -> None:
        self.by_code: dict[str, OrganizationRow] = {}
        self.by_external: dict[tuple[str, str], OrganizationRow] = {}
        self.by_name: dict[int, OrganizationRow] = {}

    @classmethod
    async def read(cls, tx: Transaction, rows: Iterable[_Read], by: Caller) -> Candidates:
        """Read those that the rows name by code, by a foreign system's key, or by name and commune."""
        organizations = cls()
        parsed = [(row.line.number, row.parsed) for row in rows if row.parsed is not None]
        codes = [body.code for _, body in parsed if body.code]
        for organization in await with_codes(tx, codes, alliance=None):
            if organization["code"] is not None:
                organizations.by_code[organization["code"]] = organization
        keys = [(key.system, key.value) for _, body in parsed for key in body.external_ids]
        for keyed in await queries.by_external_ids(tx, keys):
            organizations.by_external[keyed["external_system"], keyed["external_value"]] = keyed
        named = [
            (number, name_folded(body.name), body.seat.commune_code, body.seat.on_map, body.type)
            for number, body in parsed
        ]
        for same in await queries.by_names(tx, named, alliance=by.alliance):
            organizations.by_name[same["at"]] = same
        return organizations

    def of(self, number: int, body: OrganizationCreate) -> OrganizationRow | None:
        """Return the organization that a row is about, by code, else external id, else name and commune."""
        if body.code is not None and body.code in self.by_code:
            return self.by_code[body.code]
        for key in body.external_ids:
            if (key.system, key.value) in self.by_external:
                return self.by_external[key.system, key.value]
        named = self.by_name.get(number)
        if named is None:
            return None
        # The same name in the same commune, but another number: another organization.
        for mine, theirs in ((body.code, named["code"]), (body.legacy_number, named["legacy_number"])):
            if mine is not None and theirs is not None and mine != theirs:
                return None
        return named


async def run(tx: Transaction, sent: Sent, *, by: Caller, update: bool) -> list[Outcome]:
    """Do what the file says in this transaction, each row for itself; the caller keeps it or undoes it."""
    rows = await asyncio.to_thread(lambda: [_read(line, sent.name, by) for line in sent.table.lines()])
    existing = await Candidates.read(tx, rows, by)
    seen: dict[tuple[str, ...], int] = {}
    entering = _Entering(tx, by, update=update)
    for row in rows:
        body = row.parsed
        repeated = None if body is None else _given_twice(body, row.line.number, seen)
        if body is None or repeated is not None:
            errors: Errors = row.errors if repeated is None else [(None, repeated)]
            entering.outcomes.append(Outcome(row.line.number, "failed", errors=errors))
        else:
            await entering.enter(row, body, existing.of(row.line.number, body))
    await entering.create_waiting()
    return sorted(entering.outcomes, key=lambda outcome: outcome.row)


class _Entering:
    """Enters the rows of a file in their order; new organizations many at once, and before anything else is written."""

    def __init__(self, tx: Transaction, by: Caller, *, update: bool) -> None:
        self._tx, self._by, self._update = tx, by, update
        self._waiting: list[tuple[_Read, OrganizationCreate]] = []
        self.outcomes: list[Outcome] = []

    async def enter(self, row: _Read, body: OrganizationCreate, existing: OrganizationRow | None) -> None:
        """Enter a row that is right: at once, or with the new ones that follow it."""
        if existing is None or not self._by.holds(existing["alliance"]):
            self._waiting.append((row, body.model_copy(update={"reason": row.origin})))
            if len(self._waiting) == _AT_ONCE:
                await self.create_waiting()
            return
        try:
            self.outcomes.append(await self._compare(row, body, existing))
        except Problem as problem:
            self._refused(row, problem)

    async def create_waiting(self) -> None:
        """Create the new organizations that wait."""
        waiting, self._waiting = self._waiting, []
        created = await create_together(self._tx, [body for _, body in waiting], by=self._by) if waiting else []
        for (row, _), made in zip(waiting, created, strict=True):
            if isinstance(made, Problem):
                self._refused(row, made)
            else:
                warnings = _warnings(made)
                self.outcomes.append(
                    Outcome(row.line.number, "created", made["id"], made["version"], warnings=warnings)
                )

    def _refused(self, row: _Read, problem: Problem) -> None:
        self.outcomes.append(Outcome(row.line.number, "failed", errors=_of_problem(problem, row)))

    async def _compare(self, row: _Read, body: OrganizationCreate, existing: OrganizationRow) -> Outcome:
        number = row.line.number
        changes, differences, decided = _differences(row.body, body, existing)
        if decided and self._update:
            errors: Errors = [(row.column_at(f"/{name}"), _decided(name, existing)) for name in decided]
            return Outcome(number, "failed", existing["id"], existing["version"], errors=errors)
        if differences and self._update:
            await self.create_waiting()
            async with self._tx.raw.transaction():
                return await _change(self._tx, row, existing, changes, differences, by=self._by)
        result = "different" if differences else "unchanged"
        return Outcome(number, result, existing["id"], existing["version"], differences, warnings=_warnings(existing))


async def _change(
    tx: Transaction,
    row: _Read,
    existing: OrganizationRow,
    changes: dict[str, Any],
    differences: list[str],
    *,
    by: Caller,
) -> Outcome:
    locked = await tx.fetchrow(LOCK, existing["id"])
    if locked is None:
        raise NotFound()  # Deleted since this transaction read it.
    change = OrganizationChange.model_validate({**changes, "reason": row.origin})
    after, since = await organizations.change(tx, locked, change, by=by)
    warnings = _warnings(after)
    if since is not None:
        warnings.append(
            (next(name for name in DATING if name in changes), FieldError("past_changed", reaches_back(since)))
        )
    return Outcome(row.line.number, "changed", after["id"], after["version"], differences, warnings=warnings)


def _read(line: Line, file_name: str, by: Caller) -> _Read:
    commune = commune_of(line.values, alliance=by.alliance)
    is_found = bool(commune) and not isinstance(commune, tuple)
    body = body_of(line.values, {} if isinstance(commune, tuple) else commune)
    row = _Read(line, body, None, [*line.faults], origin(file_name, line.number, line.values.get("reason")))
    if isinstance(commune, tuple):
        row.errors.append(commune)
    try:
        row.parsed = OrganizationCreate.model_validate(body)
    except ValidationError as error:
        faulty = {name for name, _ in row.errors}
        for field_error in field_errors_of(error.errors()):
            at = row.column_at(field_error.pointer)
            # A commune that was not found, or not given, has its fault already.
            if at not in faulty and (is_found or at not in ("commune_code", "commune_map", "commune_name")):
                row.errors.append((at, field_error))
    row.parsed = None if row.errors else row.parsed
    return row


def _given_twice(body: OrganizationCreate, number: int, seen: dict[tuple[str, ...], int]) -> FieldError | None:
    keys: list[tuple[str, ...]] = [("external", key.system, key.value) for key in body.external_ids]
    if body.code is not None:
        keys.append(("code", body.code))
    if not keys:
        seat = body.seat
        keys = [("name", name_folded(body.name), seat.commune_code, seat.on_map, body.legacy_number or "")]
    first = min((seen[key] for key in keys if key in seen), default=None)
    for key in keys:
        seen.setdefault(key, number)
    if first is None:
        return None
    return FieldError(
        "given_twice", (f"Trùng với dòng {first}; hãy bỏ một dòng.", f"The same as row {first}; leave one out.")
    )


def _of_problem(problem: Problem, row: _Read) -> Errors:
    if isinstance(problem, Invalid):
        return [(row.column_at(fault.pointer), fault) for fault in problem.members["errors"]]
    words = tuple(problem.document(language)["detail"] for language in ("vi", "en"))
    if candidates := problem.members.get("candidates"):
        similar_names = "; ".join(f"{c['name']} ({c['code']})" if c["code"] else c["name"] for c in candidates)
        words = (
            f"Cùng xã đã có: {similar_names}. Nếu là tổ chức khác, ghi lý do ở cột “{REASON.label}”.",
            f"The same commune has: {similar_names}. If it is another, give the reason in the column “{REASON.label}”.",
        )
    at = {
        "code_in_use": "code",
        "external_id_in_use": "external_value",
        "possible_duplicate": "name",
        "decided_by_facts": "address",
    }
    return [(at.get(problem.code), FieldError(problem.code, (words[0], words[1])))]


def _decided(name: str, existing: OrganizationRow) -> FieldError:
    """Return the fault of a cell that says otherwise than the registry of what only dated facts change."""
    columns: Mapping[str, Any] = existing
    place = geography.place(existing["commune_code"], existing["commune_map"])
    commune_name = existing["commune_name"] or (place.commune_name if place else None)
    shown = f"{commune_name} ({existing['commune_code']})" if name == "commune_code" else columns[name]
    vi, en = (said(name, shown, language, _STATE.get(name)) for language in ("vi", "en"))
    words = (
        f"Sổ đăng ký ghi {vi}; hãy ghi như vậy, hoặc bỏ dòng này. Thay đổi thật thì nhập thành sự kiện có ngày: "
        "tình trạng bằng tệp thay đổi tình trạng, trụ sở và loại hình trên hệ thống.",
        f"The registry says {en}; write that, or leave the row out. A real change is entered as a dated fact: of a status "
        "by a file of status changes, of the seat and the type one by one.",
    )
    return FieldError("decided_by_facts", words)


def _warnings(row: OrganizationRow) -> Errors:
    return [("founded_on", FieldError("undated", undated(row)))] if is_undated(row) else []


def _differences(
    fields: dict[str, Any], body: OrganizationCreate, existing: OrganizationRow
) -> tuple[dict[str, Any], list[str], list[str]]:
    """Return what a change would set, the fields that differ, and those of them that only facts may change."""
    columns: Mapping[str, Any] = existing
    stored: dict[str, Any] = orjson.loads(dump(represent(existing)))
    wanted = body.model_dump(mode="json", exclude_unset=True, exclude={"seat", "reason", "force"})
    changes: dict[str, Any] = {}
    differences: list[str] = []
    decided = [
        name for name in _STATE if name in fields and fields[name] not in (columns[name], columns[f"opening_{name}"])
    ]
    seat, address = (body.seat.commune_code, body.seat.on_map), body.seat.address
    now, first = ((columns[f"{at}commune_code"], columns[f"{at}commune_map"]) for at in ("", "opening_"))
    if seat not in (now, first):
        decided.append("commune_code")
    if address is not None and address not in (existing["address"], existing["opening_address"]):
        if seat == now:
            changes["seat"] = body.seat.model_dump()
            differences.append("address")
        else:
            decided.append("address")
    for name, value in wanted.items():
        if name in _STATE:
            continue
        if name in LISTS:
            missing = [item for item in value if not any(item.items() <= known.items() for known in stored[name])]
            if missing:
                main = any(line.get("is_main") for line in stored[name])
                added = [{**item, "is_main": False} if main else item for item in missing]
                changes[name] = [*stored[name], *added]
                differences += sorted({field_at(f"/{name}/{value.index(item)}", fields) or name for item in missing})
        elif value != stored[name]:
            changes[name] = value
            differences.append(name)
    return changes, [*differences, *decided], decided
