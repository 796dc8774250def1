"""Importing figures: each row is created, found as it is, found otherwise, or refused; what was not touched says nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
from pydantic import ValidationError

from kernel import records
from kernel.database.connections import Transaction
from kernel.problems import FieldError
from kernel.records.bulk import create_many
from kernel.values.field_errors import field_errors_of
from kernel.values.ids import is_id
from kernel.values.origins import origin
from kernel.values.periods import days_of
from kernel.web.calls import Call
from kernel.web.replies import dump
from kernel.workbooks.table import Line, Table
from services.registry.statistics import delivering, service
from services.registry.statistics.imports import queries
from services.registry.statistics.imports.columns import KEY_COLUMNS, body_of, field_at
from services.registry.statistics.records import STATISTIC, represent
from services.registry.statistics.schemas import OrganizationStatisticCreate, columns_of

Errors = list[tuple[str | None, FieldError]]
Key = tuple[str, date, date]
_KEYS = tuple(column.field for column in KEY_COLUMNS)


@dataclass
class Outcome:
    """What became of one row: created, changed, unchanged, different or failed."""

    row: int
    result: str = "failed"
    organization_statistic_id: str | None = None
    version: int | None = None
    differences: list[str] = field(default_factory=list)
    errors: Errors = field(default_factory=list)
    warnings: Errors = field(default_factory=list)


@dataclass
class Item:
    """One row of the file on its way."""

    line: Line
    outcome: Outcome
    key: Key | None = None

    @property
    def values(self) -> dict[str, Any]:
        """What the row says beyond whose it is and of which period."""
        return {name: value for name, value in self.line.values.items() if name not in _KEYS}


_UNKNOWN = FieldError(
    "unknown_organization",
    (
        "Không có đơn vị này trong địa bàn của bạn; hãy tải mẫu mới.",
        "There is no such organization in your area; download a new template.",
    ),
)
_NEEDS_SOURCE = FieldError(
    "required",
    (
        "Dòng này khác số liệu kỳ trước; hãy ghi nguồn số liệu để nhập làm số liệu kỳ này.",
        "This row differs from the last period; give the source of the figures, to enter them for this one.",
    ),
)


async def run(tx: Transaction, call: Call, table: Table, *, file_name: str, update: bool) -> list[Outcome]:
    """Do what the file says in this transaction, as far as rows are right; the caller keeps it or undoes it."""
    items = await asyncio.to_thread(
        lambda: [Item(line, Outcome(line.number, errors=list(line.faults))) for line in table.lines()]
    )
    owners = await _find_owners(tx, call, items)
    _refuse_repeated(items)
    right = [item for item in items if item.key is not None and not item.outcome.errors]
    keys = [item.key for item in right if item.key is not None]
    known = await queries.known(tx, keys)
    stood = {keys[each["at"]]: each for each in await service.stood_in(tx, keys)}
    importing = _Importing(tx, call, owners, stood, update=update, file_name=file_name)
    for item in right:
        assert item.key is not None, "kept to these above"
        await importing.enter(item, item.key, known.get(item.key))
    await importing.finish()
    return [item.outcome for item in items]


async def _find_owners(tx: Transaction, call: Call, items: Sequence[Item]) -> dict[str, delivering.Owner]:
    """Give each row its organization and days, and lock the organizations; name the cell where there is none."""
    codes = [item.line.values["organization_code"] for item in items if "organization_code" in item.line.values]
    by_code = await queries.ids_of_codes(tx, codes, call.caller)
    for item in items:
        values = item.line.values
        id_ = values.get("organization_id") or by_code.get(values.get("organization_code", ""))
        if id_ is None or not is_id(id_):
            item.outcome.errors.append(
                ("organization_id" if values.get("organization_id") else "organization_code", _UNKNOWN)
            )
            continue
        try:
            first, last = days_of(str(values.get("period", "")))
        except ValueError:
            continue  # Said with the other faults of the row, or as a cell that is missing.
        item.key = (id_.lower(), first, last)
    ids = sorted({item.key[0] for item in items if item.key is not None})
    owners = await delivering.lock_owners(tx, call, ids)
    for item in items:
        if item.key is not None and item.key[0] not in owners:
            item.outcome.errors.append(("organization_id", _UNKNOWN))
        elif item.key is None and not item.outcome.errors:
            item.outcome.errors += _faults_of({"period": item.line.values.get("period"), "source": "unit"})
    return owners


def _refuse_repeated(items: Sequence[Item]) -> None:
    seen: dict[Key, int] = {}
    for item in items:
        if item.key is None:
            continue
        first = seen.setdefault(item.key, item.line.number)
        if first != item.line.number:
            words = (f"Trùng với dòng {first}; hãy bỏ một dòng.", f"The same as row {first}; leave one out.")
            item.outcome.errors.append((None, FieldError("given_twice", words)))


def _faults_of(body: Mapping[str, Any]) -> Errors:
    try:
        OrganizationStatisticCreate.model_validate(body)
    except ValidationError as refused:
        return [(field_at(error.pointer), error) for error in field_errors_of(refused.errors(), prefix=())]
    return []


class _Importing:
    """One run over the rows of a file."""

    def __init__(
        self,
        tx: Transaction,
        call: Call,
        owners: Mapping[str, delivering.Owner],
        stood: Mapping[Key, service.Stood],
        *,
        update: bool,
        file_name: str,
    ) -> None:
        self._tx, self._call, self._owners, self._stood = tx, call, owners, stood
        self._update, self._file_name = update, file_name
        self._new: list[tuple[Item, dict[str, Any]]] = []
        self._written: list[tuple[Item, Mapping[str, Any]]] = []

    async def enter(self, item: Item, key: Key, known: queries.KnownRow | None) -> None:
        """Compare one row with what is known, and keep what is new of it."""
        existing = known if known is not None and (known["period_from"], known["period_to"]) == key[1:] else None
        given = item.values
        if existing is None and "source" not in given:
            recorded: Mapping[str, Any] = known or {}
            if all(name in recorded and recorded[name] == value for name, value in given.items()):
                item.outcome.result = "unchanged"
            else:
                item.outcome.errors.append(("source", _NEEDS_SOURCE))
            return
        before = {} if existing is None else orjson.loads(dump(represent(existing)))
        body = {name: value for name, value in before.items() if name in OrganizationStatisticCreate.model_fields}
        body |= body_of({**_income(existing), **item.line.values})
        body.pop("id", None)
        try:
            parsed = OrganizationStatisticCreate.model_validate(body | {"organization_id": key[0]})
        except ValidationError as refused:
            errors = field_errors_of(refused.errors(), prefix=())
            item.outcome.errors += [(field_at(error.pointer), error) for error in errors]
            return
        if not self._may_be_written(item, key):
            return
        values = service.owned({**self._owners[key[0]]}, self._stood[key], {**columns_of(parsed)})
        if existing is None:
            item.outcome.result = "created"
            self._new.append((item, values))
        else:
            await self._compare(item, existing, values)

    def _may_be_written(self, item: Item, key: Key) -> bool:
        owner = self._owners[key[0]]
        if owner["merged_into"] is not None:
            words = (
                "Đơn vị này đã gộp vào đơn vị khác; hãy tải mẫu mới.",
                "The organization was merged into another; download a new template.",
            )
            item.outcome.errors.append(("organization_id", FieldError("organization_merged", words)))
        elif (fault := service.fault_of_period(owner, self._stood[key])) is not None:
            item.outcome.errors.append(("period", fault))
        return not item.outcome.errors

    async def _compare(self, item: Item, existing: queries.KnownRow, values: dict[str, Any]) -> None:
        outcome = item.outcome
        columns: Mapping[str, Any] = existing
        outcome.organization_statistic_id, outcome.version = existing["id"], existing["version"]
        outcome.differences = [name for name in item.values if values[name] != columns[name]]
        if not outcome.differences:
            outcome.result = "unchanged"
        elif not self._update:
            outcome.result = "different"
        else:
            row = {name: value for name, value in columns.items() if name != "at"}
            changed = {name: values[name] for name in outcome.differences}
            after = await records.update(
                self._tx, STATISTIC, row, changed, by=self._call.caller, reason=self._reason(item), action="corrected"
            )
            outcome.result, outcome.version = "changed", after["version"]
            self._written.append((item, after))

    def _reason(self, item: Item) -> str:
        return origin(self._file_name, item.line.number)

    async def finish(self) -> None:
        """Write the new rows at once, and say what is worth a look in all that were written."""
        rows = await create_many(
            self._tx,
            STATISTIC,
            [values for _, values in self._new],
            by=self._call.caller,
            reasons=[self._reason(item) for item, _ in self._new],
        )
        for (item, _), row in zip(self._new, rows, strict=True):
            item.outcome.organization_statistic_id, item.outcome.version = row["id"], row["version"]
            self._written.append((item, row))
        await delivering.begin_undated(self._tx, self._call, [self._owners[row["organization_id"]] for row in rows])
        found = await service.unlikely_of(self._tx, [row for _, row in self._written])
        for (item, _), unlikely in zip(self._written, found, strict=True):
            item.outcome.warnings = [(field_at(f"/{name}"), FieldError(code, words)) for code, name, words in unlikely]


def _income(existing: queries.KnownRow | None) -> dict[str, Any]:
    if existing is None:
        return {}
    return {"income_per_worker_vnd": existing["income_per_worker_vnd"], "income_per": existing["income_per"]}
