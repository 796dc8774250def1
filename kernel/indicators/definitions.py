"""What an indicator counts, from which records, and where its definition comes from.

A figure and its evidence are made from the same predicate, so that they cannot differ.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from kernel.indicators.spans import MONTHS
from kernel.values.geography import UNKNOWN_COMMUNE


@dataclass(frozen=True)
class Undated:
    """Records of a stock whose first day is not known and that are first known after the day {to}, as they then would be.

    They have the relation's columns, so that a figure's own predicate says which of them it would count.
    """

    tables: str
    condition: str


@dataclass(frozen=True, kw_only=True)
class CommuneColumns:
    """The columns that say in which commune a record lies, on the map that it was entered on."""

    code: str
    map: str
    placed: str | None = None
    """The commune of 2025 as an officer placed it."""
    named: str | None = None
    """The name of the district, where the commune is not known, behind its province: `25-2008 Huyện Lâm Thao`."""

    @property
    def key(self) -> str:
        """Code and map, as units are named."""
        return f"{self.code} || '-' || {self.map}"

    def unit(self, group_by: str, geography: str) -> str:
        """Return the unit that the record lies in; where nobody can say, the commune that it was entered with."""
        placed = f"{self.placed} || '-2025', " if self.placed and (group_by, geography) == ("commune", "2025") else ""
        return f"coalesce(lies.unit, {placed}{self.key})"

    def join(self, keys: str, units: str, group_by: str) -> str:
        """Return the join with the units that communes lie in; both lists stand at the places given."""
        key = self.key
        if self.named and group_by == "district":
            key = f"CASE WHEN {self.code} = '{UNKNOWN_COMMUNE}' THEN {self.named} ELSE {key} END"
        return f" LEFT JOIN unnest({keys}, {units}) AS lies(commune, unit) ON lies.commune = {key}"


Direction = Literal["more_is_better", "less_is_better", "neither"]
Aggregation = Literal["sum", "recompute", "last", "min"]

BY_PLACE = ("commune", "district")
"""What a relation with `communes` is grouped by, beside its own groups."""


@dataclass(frozen=True, eq=False)
class Relation:
    """Records in a period. `tables` and `condition` hold {from_} and {to} where the days stand.

    One row is one thing counted. `province` is the column of the 2008 map that places it then; `alliance` owns it. Of a flow
    `groups` hold the month, `to_char(<day>, 'YYYY-MM')`, from which quarter and year follow.
    """

    name: str
    tables: str
    condition: str
    id: str
    province: str
    province_2025: str
    alliance: str
    groups: Mapping[str, str]
    communes: CommuneColumns | None = None
    sector_join: str = ""
    """Joined where the figure is grouped by report_sector."""
    undated: Undated | None = None
    """Where a stock may hold records that were there before their known days."""
    apart: Mapping[str, str] = field(default_factory=dict)
    """Group → the condition that keeps its other members out, as long as figures are not grouped by it."""
    near: str = ""
    """With {id}: a further condition of the row with that id, by which an index finds it where `id` alone does not lead to it."""

    def condition_of(self, group_by: str | None) -> str:
        """Return the condition of the rows that are counted with this grouping."""
        kept = (condition for group, condition in self.apart.items() if group != group_by)
        return " AND ".join((self.condition, *kept))

    def is_one(self, id_column: str) -> str:
        """Return the condition of the row whose id stands in `id_column`."""
        near = f"{self.near.format(id=id_column)} AND " if self.near else ""
        return f"{near}{self.id} = {id_column}"

    @functools.cached_property
    def of_undated(self) -> Relation | None:
        """The relation of the undated ones, or None where there are none of that kind."""
        if self.undated is None:
            return None
        return replace(
            self,
            name=f"{self.name}_undated",
            tables=self.undated.tables,
            condition=self.undated.condition,
            sector_join="",
            undated=None,
        )


@dataclass(frozen=True, eq=False)
class Indicator:
    """One indicator. `scopes`: scope → predicate; the first is the default.

    `listed`: path segment of the list that holds exactly the records counted. `denominator`: code of the indicator
    that a share divides by; its own predicate is the numerator. `needs`: what coverage must declare.
    """

    code: str
    label_vi: str
    label_en: str
    unit: str
    kind: Literal["flow", "stock"]
    relation: Relation
    scopes: Mapping[str, str]
    needs: tuple[str, ...]
    listed: str
    source: str
    measure: str = "count"
    """`count`: the relation's rows; `distinct`: its distinct ids; else the numeric column that is summed."""
    denominator: str | None = None
    distinct_of: str | None = None
    """With `distinct`: what is told apart, where it is not the ids: the evidence is then the records that have it."""
    reported_part: str | None = None
    """Sum over the rows that stand only as a number reported with a list, not as records of their own."""
    divisor: str | None = None
    """What the measure is divided by, summed over the same rows: a numeric column, or `count`. In percent where the unit is."""
    reported_of: str | None = None
    """Code of the stock of which the `reporter`s are a part: an average tells of how many of them it is."""
    reporter: str = ""
    """With `reported_of`: the column that tells apart the organizations behind the rows."""
    growth_of: str | None = None
    """Code of the indicator whose change against the same days a year before this is, in percent."""
    least: str | None = None
    """A column of which the least is the value, null without rows; `measure` is then what is listed."""
    by_district: Literal["count", "least"] | None = None
    """Counted by district of the 2008 map: in how many there are any, or the least number of one, over all of the province."""
    exact: bool = False
    """Whether its rows are of exactly the days asked: months, quarters and years are then counted each for itself."""
    scope_needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What a scope needs beyond `needs`: who supported a founding may be unknown where foundings are complete."""
    direction: Direction = "more_is_better"
    """Whether more of it is better: by this a plan is met, exceeded or missed."""
    ratio_of: tuple[tuple[str, str], tuple[str, str]] | None = None
    """Of a ratio, in Vietnamese and English: what is divided, and what it is divided by."""
    legal_source: str | None = None
    """The law or circular that says what it is."""
    valid_from: date | None = None
    """The first day that it has a meaning on; None: there is none."""
    valid_to: date | None = None
    """The last one: what it counts was abolished."""
    groups: tuple[str, ...] = field(init=False)
    """What it is grouped by."""
    counted_by: tuple[str, ...] = field(init=False)
    """What the group of an evidence may be of; those of a period need none, and are addressed by their days."""

    def __post_init__(self) -> None:
        by_place = () if self.relation.communes is None else BY_PLACE
        own = tuple(group for group in self.relation.groups if group not in MONTHS)
        if self.by_district is not None:
            object.__setattr__(self, "groups", ("province",))
            object.__setattr__(self, "counted_by", ())
            return
        object.__setattr__(self, "groups", ("province", *by_place, *own, *MONTHS))
        object.__setattr__(self, "counted_by", (*by_place, *self.relation.groups))

    @property
    def is_ratio(self) -> bool:
        """Whether it has a numerator and a denominator."""
        return self.denominator is not None or self.divisor is not None

    @property
    def aggregation(self) -> Aggregation:
        """How a figure of several areas or periods follows from those of each.

        `sum`: it adds up over both. `last`: over areas, and of periods the last one's stands. `min`: the least.
        `recompute`: not from them, because it is a ratio, or counts once what may stand in several.
        """
        if self.least is not None or self.by_district == "least":
            return "min"
        if self.is_ratio or self.growth_of is not None or (self.measure == "distinct" and self.by_district is None):
            return "recompute"
        return "last" if self.kind == "stock" else "sum"

    @property
    def counted_anew(self) -> bool:
        """Whether each of the spans asked for is counted for itself."""
        return self.kind == "stock" or self.exact

    @property
    def nothing(self) -> int | None:
        """Its value where there are no rows."""
        return None if self.least is not None or self.growth_of is not None else 0

    @functools.cached_property
    def of_divisor(self) -> Indicator | None:
        """What it is divided by, as an indicator of its own."""
        return None if self.divisor is None else self._part(self.divisor)

    @functools.cached_property
    def of_reporters(self) -> Indicator | None:
        """How many organizations stand behind it, as an indicator of its own."""
        return None if self.reported_of is None else self._part("distinct", distinct_of=self.reporter)

    @functools.cached_property
    def unreported(self) -> Indicator:
        """The same without how many organizations stand behind it, as an indicator of its own."""
        return self if self.reported_of is None else replace(self, reported_of=None)

    def _part(self, measure: str, *, distinct_of: str | None = None) -> Indicator:
        """Return an indicator over the same rows that measures something else of them."""
        return replace(
            self,
            measure=measure,
            distinct_of=distinct_of,
            divisor=None,
            reported_of=None,
            reported_part=None,
            least=None,
        )

    @functools.cached_property
    def of_lists(self) -> Indicator | None:
        """What `reported_part` sums, as an indicator of its own."""
        return None if self.reported_part is None else replace(self, measure=self.reported_part)

    @functools.cached_property
    def of_undated(self) -> Indicator | None:
        """How many more it would count were they dated earlier, as an indicator of its own."""
        relation = self.relation.of_undated
        return None if relation is None else replace(self, relation=relation, measure="count", reported_part=None)

    @property
    def default_scope(self) -> str:
        """The scope that is meant when none is named."""
        return next(iter(self.scopes))

    def needs_at(self, scope: str) -> tuple[str, ...]:
        """Return what coverage must declare for this scope."""
        return (*self.needs, *self.scope_needs.get(scope, ()))

    def aggregate(self, condition: str) -> str:
        """Return the SQL aggregate over the relation's rows that meet `condition`."""
        if self.least is not None:
            return f"min({self.least}) FILTER (WHERE {condition})"
        if self.measure == "count":
            return f"count(*) FILTER (WHERE {condition})"
        if self.measure == "distinct":
            return f"count(DISTINCT {self.distinct_of or self.relation.id}) FILTER (WHERE {condition})"
        return f"coalesce(sum({self.measure}) FILTER (WHERE {condition}), 0)"
