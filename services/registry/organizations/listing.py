"""How organizations are listed: filters on what they are today, or on what they were on a day (as_of)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kernel.problems import FieldError
from kernel.records import table_of
from kernel.records.attributions import attribution_filter
from kernel.records.embedding import name_columns
from kernel.records.listing import (
    Filter,
    Listing,
    SortKey,
    Source,
    code_filter,
    counted,
    day_filter,
    day_range,
    flag_filter,
    instant_range,
    listed,
    number_range,
    sums_of,
    text_filter,
)
from kernel.records.province_filters import PROVINCE_FILTERS, split_province
from kernel.values.field_errors import field_error
from kernel.values.text import fold_query, name_distinct, name_folded
from services.registry import code_lists as codes
from services.registry import models
from services.registry.indicators import INDICATORS
from services.registry.operating import OPERATING
from services.registry.organizations.name_search import search_for, tokens_of
from services.registry.organizations.placement_filters import (
    PLACEMENT_FILTERS,
    asked_for_uncertain,
    placement_conditions,
    read_placement,
)
from services.registry.organizations.records import FIELDS, ORGANIZATION, represent
from services.registry.organizations.schemas import Organization
from services.registry.organizations.timeline import STATE

_COLUMNS = [column.name for column in table_of(models.Organization).columns]
_NAMES = name_columns(ORGANIZATION.embeds, "o")
_NOW = Source(", ".join(f"o.{name}" for name in _COLUMNS) + _NAMES, "organization o", (), "o.alliance", own="o.id")
# On a day: the period of the timeline that holds it; an organization that had not begun is not there.
_THEN = Source(
    ", ".join(f"{'s' if name in STATE else 'o'}.{name}" for name in _COLUMNS) + _NAMES,
    "organization_state s JOIN organization o ON o.id = s.organization_id",
    ("s.valid_from <= {as_of}::date AND s.valid_to > {as_of}::date",),
    "o.alliance",
    own="o.id",
    dated="s",
    day="{as_of}::date",
)
# Official membership on the day asked, as alliance_member_cooperatives_total has it.
_OFFICIAL = (
    "EXISTS (SELECT FROM alliance_membership m WHERE m.organization_id = o.id AND m.kind = 'official'"
    " AND m.admitted_on <= {day}"
)
_MEMBERSHIP = (
    f"CASE WHEN {_OFFICIAL} AND (m.left_on IS NULL OR m.left_on > {{day}})) THEN 'member'"
    f" WHEN {_OFFICIAL}) THEN 'former' ELSE 'never' END"
)
_RANK = SortKey(
    "(CASE WHEN o.name_distinct = {_q} THEN 0 WHEN o.name_distinct LIKE {_q} || '%' THEN 1 ELSE 2 END * 1000"
    " + length(o.name_distinct))",
    "integer",
)


def _external_id(value: str) -> str:
    system, separator, _ = value.partition(":")
    if not (system and separator) or len(value) > 200:
        raise field_error(
            "wrong_format",
            "Hãy ghi tên hệ thống, dấu hai chấm, rồi mã.",
            "Give the name of the system, a colon, then the key.",
        )
    return value


def _check(filters: dict[str, Any]) -> list[FieldError]:
    faults = INDICATORS.check_evidence(filters)
    if "counted_in" not in filters:
        split_province(filters)
    faults += read_placement(filters)
    if "q" in filters:
        typed = filters["q"]
        folded = name_folded(typed)
        if not folded:
            words = ("Hãy ghi ít nhất một chữ hoặc số.", "Give at least one letter or digit.")
            faults.append(FieldError("wrong_format", words, parameter="q"))
        elif name_distinct(f"{typed} qq") == "qq":
            # Nothing but generic words was typed: those are kept in the folded name only.
            filters["_q"] = filters["_q_generic"] = folded
        else:
            filters["_q"] = fold_query(typed)
            filters["_tokens"] = tokens_of(filters["_q"])
    return faults


_ASKED_FOR = ("id", "code", "legacy_number", "external_id")
"""By these one organization is looked for, also one that was merged into another: it says into which."""


def _source(filters: Mapping[str, Any]) -> Source:
    source = _THEN if "as_of" in filters else _NOW
    if not any(name in filters for name in _ASKED_FOR):
        source = replace(source, conditions=(*source.conditions, "o.merged_into IS NULL"))
    source = counted(source, INDICATORS, filters, "o.id")
    if narrower := placement_conditions(filters, source.dated):
        source = replace(source, conditions=(*source.conditions, *narrower))
    if "_q" in filters:
        source = replace(
            source, default_sort="rank", sorts={**LISTING.sorts, "rank": _RANK}, search=search_for(filters)
        )
    return source


LISTING = Listing(
    name="organization",
    filters=(
        code_filter("type", "{s}.type", codes.ORGANIZATION_TYPES, "Type."),
        code_filter("legal_status", "{s}.legal_status", codes.LEGAL_STATUSES, "Registered status."),
        code_filter(
            "operating_state",
            "{s}.operating_state",
            codes.OPERATING_STATES,
            "Observed state, also of ended ones; those that figures call operating: `is_operating`.",
        ),
        flag_filter("is_operating", OPERATING, "Legally active and observed operating, as figures count it, or not."),
        code_filter("membership", _MEMBERSHIP, codes.MEMBERSHIPS, "Official membership on the day asked (`as_of`)."),
        *PROVINCE_FILTERS,
        *PLACEMENT_FILTERS,
        Filter("q", "", "Search in names without regard to case or marks, best match first."),
        Filter("_q_generic", "o.name_folded LIKE '%' || {0} || '%'", ""),
        text_filter("code", "o.code", "Cooperative code, exactly."),
        text_filter("legacy_number", "o.legacy_number", "Number of an older certificate, exactly."),
        Filter(
            "external_id",
            "o.id IN (SELECT x.organization_id FROM unnest({0}::text[]) v JOIN organization_external_id x"
            " ON x.system = split_part(v, ':', 1) AND x.value = substr(v, length(split_part(v, ':', 1)) + 2))",
            "Key of a foreign system, `system:value`.",
            _external_id,
            {"type": "string", "maxLength": 200, "examples": ["national_coop_system:HTX-00123"]},
            repeated=True,
        ),
        code_filter("report_sector", "o.report_sector", codes.REPORT_SECTORS, "Sector in reports."),
        attribution_filter("o", name="founding_attribution"),
        code_filter("governance", "o.governance", codes.GOVERNANCES, "Governance."),
        flag_filter("is_credit_fund", "o.is_credit_fund", "People's credit funds only, or none."),
        flag_filter("is_synthetic", "o.is_synthetic", "Invented records only, or none."),
        text_filter("alliance", "o.alliance", "Alliance that owns the record."),
        *day_range("registered_on", "o.registered_on", "Day of the registration certificate"),
        *day_range("founded_on", "o.founded_on", "Day of founding"),
        flag_filter(
            "undated",
            "(o.registered_on IS NULL AND o.founded_on IS NULL)",
            "Those with neither a day of registration nor one of founding, or those with either.",
        ),
        *number_range("charter_capital_vnd", "o.charter_capital_vnd", "Charter capital in đồng"),
        *instant_range("updated_at", "o.updated_at", "Last change"),
        day_filter("as_of", "", "State valid on that day"),
        *INDICATORS.evidence_filters("organizations"),
    ),
    sorts={
        "id": SortKey("o.id", "uuid"),
        "name": SortKey('o.name_sort COLLATE "C"'),
        "registered_on": SortKey("coalesce(o.registered_on, '-infinity'::date)", "date"),
        "updated_at": SortKey("o.updated_at", "timestamptz"),
        "charter_capital_vnd": SortKey("coalesce(o.charter_capital_vnd, -1)", "bigint"),
    },
    default_sort="id",
    source=_source,
    represent=represent,
    embeds=ORGANIZATION.embeds,
    fields=tuple(Organization.model_fields),
    facets={
        "type": "{s}.type",
        "legal_status": "{s}.legal_status",
        "operating_state": "{s}.operating_state",
        "is_operating": OPERATING,
        "membership": _MEMBERSHIP,
        "report_sector": "o.report_sector",
        "province_2008": "{s}.province_2008",
        "province_2025": "{s}.province_2025",
        "commune_code": "{s}.commune_code || '-' || {s}.commune_map",
    },
    facet_filters={"province_2008": "province", "province_2025": "province"},
    sums=sums_of(FIELDS),
    id_key=SortKey("o.id", "uuid"),
    check=_check,
    uncertain=asked_for_uncertain,
)
listed(ORGANIZATION, LISTING, Organization)
