"""Which organizations have not reported a period, and whom to call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

import orjson
from pydantic import Field

from kernel.problems import FieldError
from kernel.problems.field_labels import Label
from kernel.records.listing import Filter, Listing, SortKey, Source, code_filter
from kernel.records.organization_names import OrganizationName
from kernel.records.province_filters import PROVINCE_FILTERS, split_province
from kernel.values.periods import days_of
from kernel.web.field_types import UUID
from kernel.web.schemas import Output, Page
from services.registry import code_lists as codes
from services.registry.organizations.records import Seated, seat
from services.registry.organizations.seats import Seat
from services.registry.statistics.schemas import period_has_ended


class MissingStatistic(Output):
    """An organization that stood on the last day of the period and has no figures for it."""

    organization_id: str = Field(json_schema_extra=UUID)
    organization: OrganizationName
    code: Annotated[str | None, Label("Mã số")]
    seat: Seat = Field(description="Where it lay on the last day of the period")
    phone: str | None = Field(description="The first phone among its contacts; null: none is known")
    last_period: str | None = Field(description="The newest period that it has figures for; null: none")


class MissingStatisticPage(Page[MissingStatistic]):
    """A page of the organizations without figures for a period."""


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an organization with whom to call."""
    phones = (each["value"] for each in orjson.loads(row["contacts"]) if each["kind"] == "phone")
    return {
        "organization_id": row["organization_id"],
        "organization": {"id": row["organization_id"], "name": row["name"], "type": row["type"]},
        "code": row["code"],
        "seat": seat(cast(Seated, row)),
        "phone": next(phones, None),
        "last_period": row["last_period"],
    }


# The state on the last day by ix_organization_state_2025; whether there is a row, and the newest one, by
# uq_organization_statistic_period.
_SOURCE = Source(
    "o.id AS organization_id, o.name, o.code, o.contacts, s.type, s.commune_code, s.commune_map, s.commune_name, s.address, "
    "s.province_2008, s.province_2025, (SELECT f.period FROM organization_statistic f WHERE f.organization_id = o.id "
    "ORDER BY f.period_to DESC, f.period_from LIMIT 1) AS last_period",
    "organization_state s JOIN organization o ON o.id = s.organization_id",
    (
        "s.valid_from <= {_last}::date AND s.valid_to > {_last}::date",
        "s.legal_status NOT IN ('ended', 'terminated') AND s.type <> 'enterprise'",
        "NOT EXISTS (SELECT FROM organization_statistic f WHERE f.organization_id = s.organization_id "
        "AND f.period_to = {_last}::date AND f.period_from = {_first}::date)",
    ),
    "o.alliance",
    own="o.id",
    dated="s",
)


def _check(parameters: dict[str, Any]) -> list[FieldError]:
    split_province(parameters)
    if "period" not in parameters:
        words = ("Hãy nêu kỳ báo cáo.", "Name the period.")
        return [FieldError("required", words, parameter="period")]
    parameters["_first"], parameters["_last"] = days_of(parameters["period"])
    return []


LISTING = Listing(
    name="missing_statistic",
    filters=(
        Filter(
            "period",
            "",
            "Code of the period, which has ended: 2023, 2023-H1, S2023.",
            period_has_ended,
            {"type": "string", "maxLength": 8, "examples": ["2023"]},
        ),
        code_filter("organization_type", "{s}.type", codes.ORGANIZATION_TYPES, "Type; enterprises do not report."),
        *PROVINCE_FILTERS,
    ),
    sorts={"id": SortKey("o.id", "uuid"), "name": SortKey('o.name_sort COLLATE "C"')},
    default_sort="id",
    source=lambda parameters: _SOURCE,
    represent=represent,
    fields=tuple(MissingStatistic.model_fields),
    facets={"organization_type": "{s}.type", "province_2025": "{s}.province_2025"},
    facet_filters={"province_2025": "province"},
    id_key=SortKey("o.id", "uuid"),
    check=_check,
)
