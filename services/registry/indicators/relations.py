"""What the registry's indicators count: relations of records with the state that an organization had on their day."""

from __future__ import annotations

from kernel.indicators.definitions import CommuneColumns, Relation, Undated

STANDING = "s.legal_status NOT IN ('ended', 'terminated')"
"""The condition on a period of the timeline."""
# What the organization was on the fact's day; one before it began counts with its first period.
THEN = (
    "JOIN organization o ON o.id = {f}.organization_id "
    "JOIN organization_state s ON s.organization_id = {f}.organization_id "
    "AND greatest({day}, o.starts_on) >= s.valid_from AND greatest({day}, o.starts_on) < s.valid_to"
)


def seat(prefix: str) -> CommuneColumns:
    """Return the columns of a seat, of a period of the timeline or of the opening."""
    return CommuneColumns(
        code=f"{prefix}commune_code",
        map=f"{prefix}commune_map",
        placed=f"{prefix}seat_2025_commune_code",
        named=f"{prefix}province_2008 || ' ' || {prefix}commune_name",
    )


def _facts(name: str, table: str, day: str, id_: str) -> Relation:
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
        communes=seat("s."),
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
    communes=seat("s."),
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
    communes=seat("o.opening_"),
)
ADMISSIONS = _facts("admissions", "alliance_membership", "admitted_on", "f.id")
CONVERSIONS = _facts("conversions", "type_conversion", "effective_on", "f.id")
DISSOLUTIONS = _facts("dissolutions", "status_change", "effective_on", "f.organization_id")
CERTIFICATES = _facts("certificates", "certificate", "valid_from", "f.id")
CERTIFIED = _facts("certified", "certificate", "valid_from", "f.organization_id")
PRODUCTS = _facts("products", "product", "recognized_on", "f.id")
PRODUCERS = _facts("producers", "product", "recognized_on", "f.organization_id")
