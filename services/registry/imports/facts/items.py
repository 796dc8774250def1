"""A row of a file of facts on its way, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from kernel.problems import FieldError, Invalid, Problem
from kernel.values.field_errors import field_errors_of
from kernel.workbooks.table import Line
from services.registry.imports.facts.declarations import FactImport
from services.registry.imports.facts.organizations import Named
from services.registry.rows import OrganizationRow

Errors = list[tuple[str | None, FieldError]]


@dataclass
class Outcome:
    """What became of one row: created, changed, unchanged, different or failed."""

    row: int
    result: str = "failed"
    record_id: str | None = None
    organization_id: str | None = None
    version: int | None = None
    differences: list[str] = field(default_factory=list)
    compares_private: bool = False
    """Whether the row gives a private value for a fact that is there."""
    errors: Errors = field(default_factory=list)


@dataclass
class Item:
    """One row of the file on its way."""

    line: Line
    outcome: Outcome
    origin: str
    body: dict[str, Any]
    parsed: Any = None
    named: Named | None = None
    organization: OrganizationRow | None = None
    existing: Mapping[str, Any] | None = None
    """The fact that the row corrects; None for one that is new."""
    new_id: str = ""
    """Under what one that is new will be recorded."""

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong in it so far."""
        return not self.outcome.errors

    @property
    def values(self) -> dict[str, Any]:
        """What its body says."""
        values: dict[str, Any] = self.parsed.model_dump()
        return values


def say_written(item: Item, row: Mapping[str, Any]) -> None:
    """Say that the row of the file is this record now."""
    outcome = item.outcome
    outcome.result = "created" if item.existing is None else "changed"
    outcome.record_id, outcome.version = row["id"], row["version"]


def patch_of(what: FactImport, item: Item) -> Any:
    """Return what a row corrects, as the body of a change. Raises Invalid."""
    assert what.fact_type.change is not None, "what is imported is corrected"
    given = {name: item.body[name] for name in item.outcome.differences}
    try:
        return what.fact_type.change.model_validate({**given, "reason": item.origin})
    except ValidationError as refused:
        raise Invalid(*field_errors_of(refused.errors(), prefix=())) from None


def field_at(fault: FieldError) -> str | None:
    """Return the column that a fault of the body is about; None for the row as a whole."""
    return (fault.pointer or "").lstrip("/").partition("/")[0] or None


def errors_of(what: FactImport, item: Item, problem: Problem) -> Errors:
    """Return what a refusal says of the row, at the column that it is about."""
    organization = item.named.by if item.named is not None else None
    if isinstance(problem, Invalid):
        return [
            (organization if (at := field_at(fault)) == "organization_id" else at, fault)
            for fault in problem.members["errors"]
        ]
    vi, en = (str(problem.document(language)["detail"]) for language in ("vi", "en"))
    return [(what.at.get(problem.code, organization), FieldError(problem.code, (vi, en)))]
