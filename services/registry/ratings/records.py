"""What a rating is: its table, how it is shown with its band, listed, and how a second person brings it into force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypedDict

import orjson
from sqlalchemy import Table

from kernel.database.connections import Transaction
from kernel.database.statements import scalar, statement
from kernel.records import Resource, table_of
from kernel.records.confirmations import Confirmation
from kernel.records.crud import Parent, RecordType, batch_of, listing_of
from kernel.records.in_sql import Fields, Memo, Sql, said_in_sql, with_fields
from kernel.records.listing import SortKey, code_filter, day_range, id_filter, integer_filter
from kernel.records.organization_names import organization_name
from kernel.records.province_filters import PROVINCE_FILTERS
from kernel.values.common_lists import CONFIRMATION_STATES
from kernel.web.calls import Call
from services.registry import code_lists as codes
from services.registry import models, problems
from services.registry.facts.columns import Values, plain_decimal, plain_decimal_in_sql, shown
from services.registry.facts.service import FactRules, lock_organizations
from services.registry.indicators import INDICATORS
from services.registry.organizations import service as organizations
from services.registry.organizations.belongings import belonging
from services.registry.organizations.queries import LOCK, lock_all
from services.registry.organizations.records import ORGANIZATION
from services.registry.rating_schemes import SCHEMES, band_sql
from services.registry.ratings.schemas import Rating, RatingChange, RatingCreate, check_rated_on
from services.registry.rows import RatingRow
from services.registry.scopes import OWN_READ, PREFIX, WRITE

CONFIRM = ("registry.write",)
"""Who confirms: a person who keeps the registry. A client system decides on nothing, so it needs no scope for it."""

_SHOWN = shown("scheme", "year", "not_rated_reason", "rated_on", "decision_number", "confirmation_state")


def represent_rating(row: RatingRow) -> dict[str, Any]:
    """Return the public representation of a rating: its band follows from its points."""
    document = _SHOWN(row)
    document["score"] = plain_decimal(row["score"])
    document["self_score"] = plain_decimal(row["self_score"])
    document["band"] = SCHEMES[row["scheme"]].band(row["score"])
    document["criterion_scores"] = orjson.Fragment(row["criterion_scores"])
    document["confirmation"] = None if row["confirmation"] is None else orjson.Fragment(row["confirmation"])
    return document


def _band(key: str) -> str | None:
    scheme, *score = key.split("/")
    return SCHEMES[scheme].band(Decimal(score[0]) if score else None)


@said_in_sql(represent_rating)
def _in_sql(table: Table) -> Fields:
    return with_fields(
        _SHOWN,
        table,
        score=plain_decimal_in_sql("r.score"),
        self_score=plain_decimal_in_sql("r.self_score"),
        band=(Memo("concat_ws('/', r.scheme, r.score)", _band),),
        criterion_scores=(Sql("r.criterion_scores"),),
        confirmation=(Sql("r.confirmation"),),
    )


def _own_view(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out who of the alliance entered and confirmed it."""
    return {**document, "confirmation": None}


RATING = belonging(
    Resource(
        "rating",
        table_of(models.Rating),
        f"{PREFIX}/ratings",
        represent_rating,
        own_column="organization_id",
        own_view=_own_view,
        embeds=(organization_name("organization"),),
        row=RatingRow,
    )
)


def _rating_columns(values: Values, body: Any) -> Values:
    """Return the columns of a rating; it lies where the organization did at the year's end."""
    if isinstance(body, RatingCreate):
        values["year_ends_on"] = date(body.year, 12, 31)
    for name in ("score", "self_score"):
        if values.get(name) is not None:
            values[name] = Decimal(values[name])
    return values


_TYPE = scalar(str, "SELECT type FROM organization WHERE id = $1::uuid")


async def _refuse_type(tx: Transaction, organization_id: str, values: Mapping[str, Any], own_id: str | None) -> None:
    """Refuse a rating by a scheme that does not rate the organization's type. Raises SchemeNotOfType."""
    organization_type = await tx.fetchval(_TYPE, organization_id)
    if organization_type not in SCHEMES[values["scheme"]].organization_types:
        raise problems.SchemeNotOfType(scheme=values["scheme"], organization_type=organization_type)


_RULES = FactRules(
    resource=RATING,
    day="year_ends_on",
    as_columns=_rating_columns,
    checks={"rated_on": lambda row: check_rated_on(row["year"], row["rated_on"])},
    refuse=_refuse_type,
)


class _Other(TypedDict):
    id: str
    year: int
    confirmation_state: str | None


# By uq_rating_once.
_OTHER = statement(
    _Other,
    """
    SELECT id, year, confirmation_state FROM rating
     WHERE organization_id = $1::uuid AND scheme = $2 AND year = $3 AND confirmation_state IN ('pending', 'confirmed')""",
)


async def _rating_exists(tx: Transaction, values: Values) -> Exception:
    """Return what a second rating of a year by one scheme is refused with."""
    other = await tx.fetchrow(_OTHER, values["organization_id"], values["scheme"], values["year"])
    assert other is not None, "the constraint found it, and the organization is locked"
    return problems.RatingExists(
        rating_id=other["id"],
        rated_year=str(other["year"]),
        scheme=values["scheme"],
        confirmation_state=other["confirmation_state"],
    )


async def _lock_organization(tx: Transaction, call: Call, row: RatingRow) -> None:
    """Lock the organization before its rating, as whoever writes one does."""
    await lock_all(tx, [row["organization_id"]], alliance=call.caller.alliance)


async def _take_effect(tx: Transaction, call: Call, row: RatingRow) -> RatingRow:
    """Judge a rating that is confirmed anew: the organization may have become another since. Raises OrganizationMerged, SchemeNotOfType."""
    organization = await tx.fetchrow(LOCK, row["organization_id"])
    assert organization is not None, "a rating goes before its organization does"
    organizations.refuse_merged(organization)
    await _refuse_type(tx, row["organization_id"], row, row["id"])
    return row


async def _refuse_merged(tx: Transaction, call: Call, row: RatingRow, reason: str | None) -> RatingRow:
    """Leave a rating alone that stayed with an organization that was merged into another. Raises OrganizationMerged."""
    organizations.refuse_merged(call.record)
    return row


_REFUSALS = (problems.OrganizationMerged, problems.SchemeNotOfType)
_BAND = band_sql("r")

RATING_TYPE = RecordType(
    resource=RATING,
    plural="ratings",
    output=Rating,
    create=RatingCreate,
    change=RatingChange,
    batch=batch_of(
        RatingCreate,
        name="RatingBatch",
        mode=Literal["atomic", "each"],
        doc="Up to 500 items. `atomic`: all or none; `each`: every item for itself (207).",
    ),
    listing=listing_of(
        RATING,
        Rating,
        (
            id_filter("organization_id", "r.organization_id", "Organization."),
            code_filter("scheme", "r.scheme", codes.RATING_SCHEMES, "Table of criteria."),
            integer_filter("year", "r.year", "Year that is rated."),
            code_filter("band", _BAND, codes.RATING_BANDS, "What the points are called by the scheme."),
            code_filter("not_rated_reason", "r.not_rated_reason", codes.NOT_RATED_REASONS, "Why it was not rated."),
            code_filter(
                "confirmation_state",
                "r.confirmation_state",
                CONFIRMATION_STATES,
                "Whether a second person confirmed it.",
            ),
            *day_range("rated_on", "r.rated_on", "Day of the rating"),
            *PROVINCE_FILTERS,
        ),
        sorts={"year": SortKey("r.year", "int"), "score": SortKey("coalesce(r.score, -1)", "numeric")},
        facets={
            "scheme": "r.scheme",
            "year": "r.year",
            "band": _BAND,
            "not_rated_reason": "r.not_rated_reason",
            "confirmation_state": "r.confirmation_state",
        },
        counts=INDICATORS,
    ),
    under=Parent(ORGANIZATION, "organizations", "organization_id", in_body=True, locked=True),
    columns=_RULES.columns,
    patched=_RULES.patched,
    derive=_refuse_merged,
    hold=lock_organizations,
    confirmation=Confirmation(scopes=CONFIRM, hold=_lock_organization, take_effect=_take_effect, refusals=_REFUSALS),
    removable=True,
    unique={"uq_rating_once": _rating_exists},
    refusals=(*_REFUSALS, problems.RatingExists),
    change_refusals=_REFUSALS,
    removal_refusals=(problems.OrganizationMerged,),
    read_scopes=OWN_READ,
    write_scopes=WRITE,
    about={
        "create": "Enter the rating of an organization that the body names. It counts once another person has confirmed it. "
        "The same `id` and content again answers 200.",
        "create_below": "Enter the rating of the organization in a year. It counts once another person has confirmed it.",
    },
)
