"""How an organization's row is shown, and what it is as a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from kernel.records.records import Resource, table_of
from kernel.values import geography
from services.registry import rows
from services.registry.models import Organization

PATH = "/v1/registry/organizations"


OPERATING = "({s}.legal_status = 'active' AND {s}.operating_state = 'operating')"
"""What operating means, in figures and lists alike: registered as active, and observed operating."""


def is_operating(row: Mapping[str, Any]) -> bool:
    """Say of a row what `OPERATING` says."""
    return bool(row["legal_status"] == "active" and row["operating_state"] == "operating")


def is_undated(row: Mapping[str, Any]) -> bool:
    """Say whether neither the certificate's day nor the founding's is known."""
    return row["registered_on"] is None and row["founded_on"] is None


def seat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the seat in `row` with commune, district and both provinces by name."""
    commune_code, commune_map = row["commune_code"], row["commune_map"]
    old, new = row["province_2008"], row["province_2025"]
    commune_name, district_name = geography.seat_names(commune_code, commune_map)
    if commune_code == geography.UNKNOWN_COMMUNE:
        district_name = row["commune_name"]
    else:
        commune_name = commune_name or row["commune_name"]
    return {
        "commune_code": commune_code,
        "commune_map": commune_map,
        "commune_name": commune_name,
        "district_name": district_name,
        "address": row["address"],
        "province_2008": old,
        "province_2008_name": geography.province_name(old),
        "province_2025": new,
        "province_2025_name": geography.province_name(new),
    }


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public representation of an organization's row; jsonb passes through unparsed."""
    fragment = orjson.Fragment
    return {
        "id": row["id"],
        "version": row["version"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "created_by": row["created_by"],
        "type": row["type"],
        "is_credit_fund": row["is_credit_fund"],
        "code": row["code"],
        "legacy_number": row["legacy_number"],
        "name": row["name"],
        "name_short": row["name_short"],
        "name_foreign": row["name_foreign"],
        "seat": seat(row),
        "business_lines": fragment(row["business_lines"]),
        "report_sector": row["report_sector"],
        "charter_capital_vnd": row["charter_capital_vnd"],
        "paid_capital_vnd": row["paid_capital_vnd"],
        "founded_on": row["founded_on"],
        "founded_precision": row["founded_precision"],
        "registered_on": row["registered_on"],
        "starts_on": row["starts_on"],
        "founding_support": row["founding_support"],
        "legal_representatives": fragment(row["legal_representatives"]),
        "contacts": fragment(row["contacts"]),
        "legal_status": row["legal_status"],
        "operating_state": row["operating_state"],
        "is_operating": is_operating(row),
        "governance": row["governance"],
        "external_ids": fragment(row["external_ids"]),
        "is_synthetic": row["is_synthetic"],
        "alliance": row["alliance"],
    }


FIELDS = (
    "id",
    "version",
    "created_at",
    "updated_at",
    "created_by",
    "type",
    "is_credit_fund",
    "code",
    "legacy_number",
    "name",
    "name_short",
    "name_foreign",
    "seat",
    "business_lines",
    "report_sector",
    "charter_capital_vnd",
    "paid_capital_vnd",
    "founded_on",
    "founded_precision",
    "registered_on",
    "starts_on",
    "founding_support",
    "legal_representatives",
    "contacts",
    "legal_status",
    "operating_state",
    "is_operating",
    "governance",
    "external_ids",
    "is_synthetic",
    "alliance",
)

ORGANIZATION = Resource(
    "organization", table_of(Organization), PATH, represent, own_column="id", row=rows.OrganizationRow
)
