"""What the registry's indicators count: relations of records with the state that an organization had on their day."""

from __future__ import annotations

from kernel.indicators.definitions import CommuneColumns, Relation, Undated

STANDING = "s.legal_status NOT IN ('ended', 'terminated')"
"""The condition on a period of the timeline."""
STANDING_REPORTER = f"CASE WHEN {STANDING} THEN f.organization_id END"
"""Who reported of those that still stood on the last day of what they report: `reported_by` is out of these."""
# What the organization was on the fact's day; one before it began counts with its first period.
THEN = (
    "JOIN organization o ON o.id = {f}.organization_id "
    "JOIN organization_state s ON s.organization_id = {f}.organization_id "
    "AND greatest({day}, o.starts_on) >= s.valid_from AND greatest({day}, o.starts_on) < s.valid_to"
)


def seat_columns(prefix: str) -> CommuneColumns:
    """Return the columns of a seat, of a period of the timeline or of the opening."""
    return CommuneColumns(
        code=f"{prefix}commune_code",
        map=f"{prefix}commune_map",
        placed=f"{prefix}seat_2025_commune_code",
        named=f"{prefix}province_2008 || ' ' || {prefix}commune_name",
    )


def facts_of(name: str, table: str, day: str, id_: str) -> Relation:
    """Return the facts of one table whose `day` lies in the period, each with what its organization was on it."""
    return Relation(
        name=name,
        tables=f"{table} f " + THEN.format(f="f", day=f"f.{day}"),
        condition=f"f.{day} BETWEEN {{from_}}::date AND {{to}}::date",
        id=id_,
        province="f.province_2008",
        province_2025="f.province_2025",
        alliance="f.alliance",
        groups={
            "report_sector": "o.report_sector",
            "type": "s.type",
            "month": f"to_char(f.{day}, 'YYYY-MM')",
        },
        communes=seat_columns("s."),
    )


def held_facts(name: str, table: str, since: str, id_: str) -> Relation:
    """Return the facts of one table that hold at the end, from `since` on, each where its organization lies then."""
    return Relation(
        name=name,
        tables=f"{table} f JOIN organization o ON o.id = f.organization_id "
        "JOIN organization_state s ON s.organization_id = f.organization_id "
        "AND s.valid_from <= {to}::date AND s.valid_to > {to}::date",
        condition=f"f.{since} <= {{to}}::date AND (f.valid_until IS NULL OR f.valid_until >= {{to}}::date)",
        id=id_,
        province="s.province_2008",
        province_2025="s.province_2025",
        alliance="f.alliance",
        groups={"report_sector": "o.report_sector", "type": "s.type"},
        communes=seat_columns("s."),
    )


_MEMBERSHIP_THEN = (
    "LEFT JOIN alliance_membership m ON m.organization_id = s.organization_id "
    "AND m.alliance = s.alliance AND m.admitted_on <= {to}::date AND (m.left_on IS NULL OR m.left_on > {to}::date)"
)
_OPENING = "o.id AS organization_id, o.alliance, " + ", ".join(
    f"o.opening_{name} AS {name}"
    for name in (
        "type",
        "legal_status",
        "operating_state",
        "commune_code",
        "commune_map",
        "commune_name",
        "seat_2025_commune_code",
        "province_2008",
        "province_2025",
    )
)
# An organization's records have one owner: saying so here lets a narrowed caller's memberships be found by index.
STATES = Relation(
    name="states",
    tables=f"organization_state s {_MEMBERSHIP_THEN}",
    condition="s.valid_from <= {to}::date AND s.valid_to > {to}::date",
    id="s.organization_id",
    province="s.province_2008",
    province_2025="s.province_2025",
    alliance="s.alliance",
    groups={
        "report_sector": "o.report_sector",
        "type": "s.type",
    },
    communes=seat_columns("s."),
    sector_join=" JOIN organization o ON o.id = s.organization_id",
    # Without a day of its own an organization begins where the records show it first. Had it been there before, it was what
    # it began with: no fact of it is older.
    undated=Undated(
        tables=f"organization o CROSS JOIN LATERAL (SELECT {_OPENING}) s {_MEMBERSHIP_THEN}",
        condition="o.registered_on IS NULL AND o.founded_on IS NULL AND o.starts_on > {to}::date AND o.merged_into IS NULL",
    ),
)
REGISTRATIONS = Relation(
    name="registrations",
    tables="organization o",
    condition="o.registered_on BETWEEN {from_}::date AND {to}::date AND o.merged_into IS NULL",
    id="o.id",
    province="o.opening_province_2008",
    province_2025="o.opening_province_2025",
    alliance="o.alliance",
    groups={
        "report_sector": "o.report_sector",
        "type": "o.opening_type",
        "month": "to_char(o.registered_on, 'YYYY-MM')",
    },
    communes=seat_columns("o.opening_"),
)
ADMISSIONS = facts_of("admissions", "alliance_membership", "admitted_on", "f.id")
CONVERSIONS = facts_of("conversions", "type_conversion", "effective_on", "f.id")
DISSOLUTIONS = facts_of("dissolutions", "status_change", "effective_on", "f.organization_id")
CERTIFICATES = facts_of("certificates", "certificate", "valid_from", "f.id")
CERTIFIED = facts_of("certified", "certificate", "valid_from", "f.organization_id")
PRODUCTS = facts_of("products", "product", "recognized_on", "f.id")
PRODUCERS = facts_of("producers", "product", "recognized_on", "f.organization_id")
HELD_PRODUCTS = held_facts("held_products", "product", "recognized_on", "f.id")
RATINGS = facts_of("ratings", "rating", "year_ends_on", "f.id")
INSPECTIONS = facts_of("inspections", "inspection", "inspected_on", "f.id")
INSPECTED = facts_of("inspected", "inspection", "inspected_on", "f.organization_id")
# The cases planned for the year of the day asked, each with whether it ended in that year and by that day.
DISSOLUTION_PLANS = Relation(
    name="dissolution_plans",
    tables="dissolution_case f JOIN organization o ON o.id = f.organization_id CROSS JOIN LATERAL (SELECT (f.outcome = 'ended' "
    "AND f.outcome_on BETWEEN make_date(f.planned_year, 1, 1) AND {to}::date) IS TRUE AS is_ended) plan",
    condition="f.planned_year = extract(year FROM {to}::date)::int",
    id="f.id",
    province="f.province_2008",
    province_2025="f.province_2025",
    alliance="f.alliance",
    groups={"report_sector": "o.report_sector"},
)
CONSOLIDATIONS = Relation(
    name="consolidations",
    tables="member_team_consolidation c JOIN member_team f ON f.id = c.team_id",
    condition="c.consolidated_on BETWEEN {from_}::date AND {to}::date",
    id="f.id",
    province="f.province_2008",
    province_2025="f.province_2025",
    alliance="f.alliance",
    groups={"month": "to_char(c.consolidated_on, 'YYYY-MM')"},
)
