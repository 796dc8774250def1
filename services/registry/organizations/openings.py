"""What an organization began with: entered once, and corrected only by one who says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.problems import FieldError, Invalid
from kernel.web.auth import Caller
from services.registry import problems
from services.registry.organizations.records import ORGANIZATION
from services.registry.organizations.schemas import OrganizationChange
from services.registry.organizations.seats import Located
from services.registry.rows import OrganizationRow

Values = dict[str, Any]

OPENED_BY = {
    "type": ("type_conversion", "type-conversions"),
    "legal_status": ("legal", "status-changes"),
    "operating_state": ("operating", "status-changes"),
    "seat": ("seat_change", "seat-changes"),
}
"""What an organization began with: the facts that change it later, and where those are entered."""


def check_area(by: Caller, located: Located, pointer: str = "/seat/commune_code") -> None:
    """Raise Invalid if the seat lies outside the caller's area."""
    if not by.holds(located.province_2025):
        words = ("Xã này ngoài địa bàn của bạn.", "This commune is outside your area.")
        raise Invalid(FieldError("outside_area", words, pointer=pointer))


def corrected_opening(
    row: OrganizationRow, body: OrganizationChange, given: set[str], recorded: set[str], *, by: Caller
) -> Values:
    """Return the opening columns that the body sets.

    A form sends back all that it showed: what is as it stands asks for nothing. Anything else rewrites the past of
    figures already published, so it has to be said outright. Raises DecidedByFacts, Invalid.
    """
    values: Values = {}
    columns: Mapping[str, Any] = row
    for field, (fact, path) in OPENED_BY.items():
        if field not in given:
            continue
        located = body.seat.located() if body.seat is not None and field == "seat" else None
        wanted = {field: getattr(body, field)} if located is None else located.columns()
        if body.corrects_opening:
            if located is not None:
                check_area(by, located)
        elif all(columns[name] == value for name, value in wanted.items()):
            continue
        elif fact in recorded or located is None or not _is_same_commune(columns, wanted):
            raise problems.DecidedByFacts(field=field, facts=path, post_to=f"{ORGANIZATION.path}/{row['id']}/{path}")
        values.update({f"opening_{name}": value for name, value in wanted.items()})
    return values


def _is_same_commune(row: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(row[name] == value for name, value in wanted.items() if name != "address")
