"""The persons that a service keeps: what holds them, and since when they could go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple, TypedDict

from kernel.database.connections import Database, Transaction
from kernel.database.statements import Always, Command, Statement
from kernel.personal_data.retention import OBLIGES_SQL, YEARS_SQL
from kernel.records.resources import Resource, Values
from kernel.values.days import today


class Lost(NamedTuple):
    """What the history of a record loses: `fields` of its representation become null in the `versions`, or in all of before.

    `project.purpose` is a field of what stands within another; of a list it is that of each object.
    `reasons`: whether the words that came with these versions go as well, as they may name the person.
    """

    fields: tuple[str, ...]
    reasons: bool = False
    versions: Sequence[int] | None = None


class Emptied(NamedTuple):
    """A record that tells of a person: its locked row, what its columns become, and what its history loses (`Lost`)."""

    resource: Resource[Any]
    row: Mapping[str, Any]
    values: Values
    fields: tuple[str, ...]
    reasons: bool = False
    versions: Sequence[int] | None = None

    @property
    def lost(self) -> Lost:
        """What its history loses."""
        return Lost(self.fields, self.reasons, self.versions)


class _Kept(TypedDict):
    rule: str
    kept_until: date | None


class PersonId(TypedDict):
    """The id of a person."""

    id: str


class EndedByRule(TypedDict):
    """How many persons nothing keeps any more, by the rule that kept them longest."""

    rule: str
    persons: int


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What holds a kind of person. Its table has `erased_on`; it stands as `r` in `held` and `are_persons`.

    `held`: SELECT of (code of a retention rule, last day) for each reason to keep one: 'infinity' while it goes on; {day} is the
    day asked about. There is at least one row for everybody, so that all are due one day. `are_persons`: condition, where the
    table holds others. The cheapest reason stands first: the first that holds somebody is enough.
    """

    resource: Resource[Any]
    held: str
    are_persons: str = "true"

    # A rule counts whole years after the year of the last day.
    @cached_property
    def _until(self) -> str:
        years, obliges = (sql.replace("{rule}", "h.rule") for sql in (YEARS_SQL, OBLIGES_SQL))
        return (
            f"(SELECT h.rule, {obliges} AS obliges, h.last_day = 'infinity' AS goes_on,"  # noqa: S608  constants of the code
            f" CASE WHEN h.last_day = 'infinity' THEN 'infinity'"
            f" ELSE make_date(extract(year FROM h.last_day)::int + {years}, 12, 31) END AS kept_until"
            f" FROM ({self.held}) h(rule, last_day) WHERE {years} IS NOT NULL)"
        )

    @cached_property
    def ended(self) -> str:
        """Condition that nothing keeps the person any more on the day {0}, and that it was not erased yet."""
        kept = self._until.replace("{day}", "{0}::date")
        return (
            f"(r.erased_on IS NULL AND {self.are_persons} AND NOT EXISTS"
            f" (SELECT FROM {kept} k WHERE k.kept_until >= {{0}}::date))"
        )

    @cached_property
    def _due(self) -> Statement[PersonId]:
        condition = self.ended.replace("{0}", "$1")
        return Statement(PersonId, f"SELECT r.id FROM {self.resource.table.name} r WHERE {condition} ORDER BY r.id")  # noqa: S608  as above

    async def due(self, db: Database | Transaction) -> list[str]:
        """Return the ids of those whom nothing keeps any more today."""
        return [row["id"] for row in await db.fetch(self._due, today())]

    @cached_property
    def _is_due(self) -> Always[bool]:
        condition = self.ended.replace("{0}", "$2")
        return Always(
            bool,
            f"SELECT EXISTS (SELECT FROM {self.resource.table.name} r WHERE r.id = $1::uuid AND {condition})",  # noqa: S608  as above
        )

    async def is_due(self, db: Database | Transaction, id_: str) -> bool:
        """Say whether nothing keeps this one any more today."""
        return bool(await db.fetchval(self._is_due, id_, today()))

    @cached_property
    def _ended_by_rule(self) -> Statement[EndedByRule]:
        kept, condition = self._until.replace("{day}", "$1::date"), self.ended.replace("{0}", "$1")
        return Statement(
            EndedByRule,
            f"SELECT k.rule, count(*)::int AS persons"  # noqa: S608  as above
            f" FROM {self.resource.table.name} r,"
            f" LATERAL (SELECT e.rule FROM {kept} e ORDER BY e.kept_until DESC, e.rule LIMIT 1) k"
            f" WHERE {condition} GROUP BY k.rule ORDER BY k.rule",
        )

    async def ended_by_rule(self, db: Database | Transaction) -> dict[str, int]:
        """Return how many nothing keeps any more today, by the rule that kept them longest."""
        return {row["rule"]: row["persons"] for row in await db.fetch(self._ended_by_rule, today())}

    @cached_property
    def _obliged(self) -> Statement[_Kept]:
        kept = self._until.replace("{day}", "$2::date")
        return Statement(
            _Kept,
            f"SELECT k.rule, CASE WHEN k.goes_on THEN NULL ELSE k.kept_until END AS kept_until"  # noqa: S608  as above
            f" FROM {self.resource.table.name} r, LATERAL {kept} k"
            f" WHERE r.id = $1::uuid AND k.obliges AND k.kept_until >= $2::date ORDER BY k.kept_until DESC LIMIT 1",
        )

    async def obliged(self, db: Database | Transaction, id_: str) -> tuple[str, date | None] | None:
        """Return the rule that obliges to keep a person longest, and its last day (None while it goes on), or None."""
        kept = await db.fetchrow(self._obliged, id_, today())
        return None if kept is None else (kept["rule"], kept["kept_until"])


@dataclass(frozen=True, kw_only=True)
class Persons(Kept):
    """A kind of person that can be erased. `emptied`: all records that tell of the locked row, itself first.

    `afterwards`: what else is to do once they are emptied, for the row as it was before. `emptied_removed`: the same as
    `emptied` for one whose record was deleted, by its id and last version; None of a kind that is never deleted.
    """

    emptied: Callable[[Transaction, Any], Awaitable[Sequence[Emptied]]]
    afterwards: Callable[[Transaction, Any], Awaitable[None]] | None = None
    emptied_removed: Callable[[Transaction, Any], Awaitable[Sequence[Emptied]]] | None = None

    @cached_property
    def held_fast(self) -> Command:
        """Lock a row of ours also against what would name it: a record that is entered for the person meanwhile waits."""
        return Command(f"SELECT FROM {self.resource.table.name} WHERE id = $1::uuid FOR UPDATE")
