"""A service's indicators, and the parameters by which a list shows exactly the records behind a figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from kernel.database.statements import Statement
from kernel.indicators.definitions import Indicator
from kernel.indicators.queries import contribution_sql, counted_sql, district_sql, level_of
from kernel.problems import FieldError
from kernel.records.listing import Filter, code_filter, day_filter
from kernel.values import geography
from kernel.values.common_lists import COMMUNE_MAPS, FIGURE_GROUPS, FIGURE_SCOPES, among
from kernel.values.lineage import placing
from kernel.values.wording import Labels, choice

_ONLY_WITH = ("scope", "from", "to", "counted_by", "counted_group", "geography")


def _one(made: Filter) -> Filter:
    # What a figure counts is told from all records of the area: officers' parameters.
    return Filter(made.name, "", made.description, made.read, made.schema, beyond=True)


def _fault(parameter: str, code: str, vi: str, en: str) -> FieldError:
    return FieldError(code, (vi, en), parameter=parameter)


def _map(given: Mapping[str, Any]) -> str:
    """Return the map that the figure was grouped on."""
    return str(given.get("geography") or geography.map_in_force(given["to"]))


class Named(TypedDict):
    """A record that figures are grouped by."""

    id: str
    name: str


class IndicatorTable:
    """A service's indicators by code, with the scopes and groupings that any of them knows.

    `labels`: of groups that are codes, by what is grouped by. `names`: of groups that are records, the statement that reads
    the names of those whose ids are $1.
    """

    def __init__(
        self,
        prefix: str,
        indicators: Iterable[Indicator],
        *,
        labels: Mapping[str, Labels],
        names: Mapping[str, Statement[Named]] | None = None,
    ) -> None:
        self.prefix = prefix
        self.labels, self.names = labels, names or {}
        self.by_code = {indicator.code: indicator for indicator in indicators}
        self.scopes = tuple(dict.fromkeys(scope for each in self.by_code.values() for scope in each.scopes))
        self.groups = tuple(dict.fromkeys(group for each in self.by_code.values() for group in each.groups))
        self.counted_by = tuple(dict.fromkeys(group for each in self.by_code.values() for group in each.counted_by))

    def evidence_filters(self, listed: str) -> tuple[Filter, ...]:
        """Return the parameters of the list `listed` that name a figure."""
        codes = tuple(code for code, indicator in self.by_code.items() if indicator.listed == listed)
        if not codes:
            return ()
        return (
            _one(
                code_filter(
                    "counted_in",
                    "",
                    codes,
                    "Exactly the records that this indicator counts; needs from, to and "
                    "province, which then mean the figure's.",
                )
            ),
            _one(code_filter("scope", "", self.scopes, "Scope of the indicator; default: its own.")),
            day_filter("from", "", "First day of the figure's period."),
            day_filter("to", "", "Last day of the figure's period."),
            _one(code_filter("counted_by", "", self.counted_by, "What the figure is grouped by.")),
            Filter("counted_group", "", "The group; `none` for records without one."),
            *(
                (
                    _one(
                        code_filter(
                            "geography", "", COMMUNE_MAPS, "Map of the communes grouped by; default: in force on `to`."
                        )
                    ),
                )
                if "commune" in self.groups
                else ()
            ),
        )

    def check_evidence(self, given: dict[str, Any]) -> list[FieldError]:
        """Look at the figure's parameters together; provinces become those of the 2008 map."""
        if "counted_in" not in given:
            return [
                _fault(
                    name,
                    "needs_counted_in",
                    "Chỉ dùng khi đã nêu chỉ tiêu được đếm.",
                    "Use this only with the indicator that is counted.",
                )
                for name in _ONLY_WITH
                if name in given
            ]
        faults = [
            _fault(
                name,
                "required",
                "Hãy nêu mục này khi đã nêu chỉ tiêu được đếm.",
                "The indicator that is counted needs this.",
            )
            for name in ("from", "to", "province")
            if name not in given
        ]
        indicator = self.by_code[given["counted_in"]]
        scope = given.setdefault("scope", indicator.default_scope)
        if scope not in indicator.scopes:
            faults.append(
                FieldError(
                    "not_allowed",
                    choice(among(FIGURE_SCOPES, indicator.scopes)),
                    parameter="scope",
                    allowed=tuple(indicator.scopes),
                )
            )
        if ("counted_by" in given) != ("counted_group" in given):
            faults.append(
                _fault(
                    "counted_group",
                    "required",
                    "Hãy nêu cả cách nhóm và nhóm được đếm.",
                    "Give both what is grouped by and the group.",
                )
            )
        elif "counted_by" in given and given["counted_by"] not in indicator.counted_by:
            faults.append(
                FieldError(
                    "not_allowed",
                    choice(among(FIGURE_GROUPS, indicator.counted_by)),
                    parameter="counted_by",
                    allowed=indicator.counted_by,
                )
            )
        if not faults and given["from"] > given["to"]:
            faults.append(
                _fault(
                    "to", "end_before_start", "Ngày cuối phải từ ngày đầu trở đi.", "The last day is before the first."
                )
            )
        if not faults:
            given["province"] = sorted({old for province in given["province"] for old in geography.expand(province)})
            level = level_of(given.get("counted_by")) or ("district" if indicator.by_district else None)
            if level is not None:
                on = geography.districts_on(given["to"]) if indicator.by_district else _map(given)
                given["_communes"], given["_units"] = map(list, placing(tuple(given["province"]), level, on))
            if given.get("counted_group") == "none":
                given["counted_group"] = None
        return faults

    def evidence_condition(self, given: Mapping[str, Any], id_column: str) -> tuple[str, ...]:
        """Return the condition that keeps a list to the records a figure counts; nothing without `counted_in`."""
        if "counted_in" not in given:
            return ()
        counted = counted_sql(
            self.by_code[given["counted_in"]],
            given["scope"],
            group_by=given.get("counted_by"),
            geography=_map(given),
        )
        return (f"{id_column} IN ({counted})",)

    def evidence_columns(self, given: Mapping[str, Any], id_column: str) -> str:
        """Return the columns, behind a comma, of what each record adds to the figure; nothing without `counted_in`."""
        if "counted_in" not in given:
            return ""
        indicator = self.by_code[given["counted_in"]]
        district = district_sql(indicator, id_column) if indicator.by_district else "NULL::text"
        contribution = contribution_sql(indicator, given["scope"], id_column)
        return f", {contribution} AS _contribution, {district} AS _district"
