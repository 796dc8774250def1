"""The types of facts: what happened to an organization, and when.

Each makes /v1/registry/<plural> with /batch, /<plural>/{<noun>_id} with /history, and /organizations/{organization_id}/<plural>.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from kernel.problems import Problem
from kernel.records import R, Resource, table_of
from kernel.records.attributions import attribution_filter, check_partners
from kernel.records.crud import Parent, RecordType, batch_of, listing_of
from kernel.records.crud.record_type import with_article
from kernel.records.listing import (
    Filter,
    SortKey,
    code_filter,
    day_filter,
    day_range,
    flag_filter,
    id_filter,
    integer_filter,
    name_filter,
    text_filter,
)
from kernel.records.organization_names import organization_name
from kernel.records.province_filters import PROVINCE_FILTERS
from kernel.values.wording import title_of
from kernel.web.source_places import declared_here
from services.registry import code_lists as codes
from services.registry import models, problems, rows
from services.registry.facts import columns, product_schemas, schemas
from services.registry.facts.service import (
    FactRules,
    converted_before,
    lock_organizations,
    membership_open,
    refuse_overlap,
)
from services.registry.indicators import INDICATORS
from services.registry.organizations.belongings import belonging
from services.registry.organizations.records import ORGANIZATION
from services.registry.scopes import OWN_READ, PREFIX, WRITE

_MERGED = (problems.OrganizationMerged,)
_TIMELINE = (
    problems.BeforeStart,
    problems.TransitionForbidden,
    problems.StatusNotOfType,
    problems.ConversionForbidden,
    problems.DissolutionCaseEnded,
)
# The organization is locked first, always: its timeline follows from its facts, which are entered one after the other.
_OF_ORGANIZATION = Parent(ORGANIZATION, "organizations", "organization_id", in_body=True, locked=True)


def fact_resource(model: type[models.Fact], row: type[R], plural: str, represent: columns.Represent) -> Resource[R]:
    """Return the resource of a type of fact, which belongs to its organization and is answered with its name."""
    table = table_of(model)
    path = f"{PREFIX}/{plural}"
    embeds = (organization_name("organization"),)
    return belonging(Resource(table.name, table, path, represent, own_column="organization_id", embeds=embeds, row=row))


def fact_type(
    rules: FactRules,
    *,
    plural: str,
    create: type[schemas.FactInput],
    change: type[schemas.FactChange],
    output: type[schemas.Fact],
    filters: tuple[Filter, ...],
    facets: Mapping[str, str],
    refusals: tuple[type[Problem], ...] = (),
    unique: Mapping[str, Any] | None = None,
    many: str = "",
) -> RecordType[Any]:
    """Return what all facts have in common, with what is this type's own; it is sorted by the day that places it."""
    title = with_article(title_of(rules.resource.name))
    timeline = _TIMELINE if rules.shapes_timeline else ()
    follows = (
        "the organization's present state follows"
        if rules.shapes_timeline
        else "an organization without a day of its own begins with its earliest fact, which follows"
    )
    of_organization = id_filter("organization_id", "r.organization_id", "Organization.")
    return RecordType(
        declared=declared_here(above=1),
        resource=rules.resource,
        plural=plural,
        many=many,
        output=output,
        create=create,
        change=change,
        batch=batch_of(
            create,
            name=f"{output.__name__}Batch",
            mode=Literal["atomic", "each"],
            doc="Up to 500 items. `atomic`: all or none; `each`: every item for itself (207).",
        ),
        listing=listing_of(
            rules.resource,
            output,
            (of_organization, *filters, *PROVINCE_FILTERS),
            sorts={rules.day: SortKey(f"coalesce(r.{rules.day}, '-infinity'::date)", "date")},
            facets=facets,
            counts=INDICATORS,
        ),
        under=_OF_ORGANIZATION,
        columns=rules.columns,
        patched=rules.patched,
        derive=rules.derive,
        hold=lock_organizations,
        removable=True,
        unique=unique,
        refusals=(*_MERGED, *timeline, *refusals),
        removal_refusals=(*_MERGED, *timeline),
        read_scopes=OWN_READ,
        write_scopes=WRITE,
        about={
            "create": f"Enter {title} of the organization that the body names. The same `id` and content again answers 200.",
            "create_below": f"Enter {title}; {follows} in the same transaction.",
            "history": "Return every version, oldest first; of one that was taken back as well.",
        },
    )


def in_order(first: str, last: str, *, strictly: bool = False) -> Callable[[Mapping[str, Any]], None]:
    """Return the check of a whole row that the day in `last` does not come before that in `first`."""
    return lambda row: schemas.in_order(row[first], row[last], (first, last), strictly=strictly)


STATUS_RULES = FactRules(
    resource=fact_resource(
        models.StatusChange,
        rows.StatusChangeRow,
        "status-changes",
        columns.shown("kind", "status", "effective_on", "decision_number", "source", "basis", "reason"),
    ),
    day="effective_on",
    shapes_timeline=True,
    checks={"status": lambda row: schemas.check_status(row["kind"], row["status"])},
)
STATUS_CHANGE = fact_type(
    STATUS_RULES,
    plural="status-changes",
    create=schemas.StatusChangeCreate,
    change=schemas.StatusChangeChange,
    output=schemas.StatusChange,
    filters=(
        code_filter("kind", "r.kind", codes.STATUS_CHANGE_KINDS, "Legal or operating."),
        code_filter("status", "r.status", (*codes.LEGAL_STATUSES, *codes.OPERATING_STATES), "The new status."),
        code_filter("source", "r.source", codes.FACT_SOURCES, "Where it is known from."),
        *day_range("effective_on", "r.effective_on", "Day it took effect"),
    ),
    facets={"kind": "r.kind", "status": "r.status", "source": "r.source"},
)

TYPE_CONVERSION = fact_type(
    FactRules(
        resource=fact_resource(
            models.TypeConversion,
            rows.TypeConversionRow,
            "type-conversions",
            columns.represent_conversion,
        ),
        day="effective_on",
        shapes_timeline=True,
        checks={"partners": check_partners},
    ),
    plural="type-conversions",
    create=schemas.TypeConversionCreate,
    change=schemas.TypeConversionChange,
    output=schemas.TypeConversion,
    filters=(
        code_filter("kind", "r.kind", codes.TYPE_CONVERSION_KINDS, "Kind of conversion."),
        attribution_filter(),
        *day_range("effective_on", "r.effective_on", "Day it took effect"),
    ),
    facets={"kind": "r.kind", "attribution": "r.attribution"},
    unique={"uq_type_conversion_once": converted_before},
)

SEAT_CHANGE = fact_type(
    FactRules(
        resource=fact_resource(models.SeatChange, rows.SeatChangeRow, "seat-changes", columns.represent_seat_change),
        day="effective_on",
        as_columns=columns.seat_change_columns,
        forget=columns.forget_placement,
        shapes_timeline=True,
    ),
    plural="seat-changes",
    create=schemas.SeatChangeCreate,
    change=schemas.SeatChangeChange,
    output=schemas.SeatChange,
    filters=(*day_range("effective_on", "r.effective_on", "Day it took effect"),),
    facets={},
)

MEMBERSHIP_RULES = FactRules(
    resource=fact_resource(
        models.AllianceMembership,
        rows.AllianceMembershipRow,
        "alliance-memberships",
        columns.shown(
            "kind",
            "admitted_on",
            "admission_decision_number",
            "certificate_number",
            "alliance_label",
            "left_on",
            "leaving_decision_number",
            "leaving_reason",
        ),
    ),
    day="admitted_on",
    checks={"left_on": in_order("admitted_on", "left_on", strictly=True)},
    refuse=refuse_overlap,
)
ALLIANCE_MEMBERSHIP = fact_type(
    MEMBERSHIP_RULES,
    plural="alliance-memberships",
    create=schemas.AllianceMembershipCreate,
    change=schemas.AllianceMembershipChange,
    output=schemas.AllianceMembership,
    filters=(
        code_filter("kind", "r.kind", codes.MEMBERSHIP_KINDS, "Kind of member."),
        flag_filter("is_open", "(r.left_on IS NULL)", "Memberships that have not ended, or that have."),
        text_filter("certificate_number", "r.certificate_number", "Number of the certificate, exactly."),
        *day_range("admitted_on", "r.admitted_on", "Day of admission"),
        *day_range("left_on", "r.left_on", "Day of leaving"),
        day_filter(
            "as_of",
            "(r.admitted_on <= {0}::date AND (r.left_on IS NULL OR r.left_on > {0}::date))",
            "Memberships open on that day",
        ),
    ),
    facets={"kind": "r.kind"},
    refusals=(problems.MembershipOpen,),
    unique={"uq_alliance_membership_open": membership_open},
)

PRODUCT_RULES = FactRules(
    resource=fact_resource(models.Product, rows.ProductRow, "products", columns.represent_product),
    day="recognized_on",
    as_columns=columns.product_columns,
    checks={
        "valid_until": in_order("recognized_on", "valid_until"),
        "recognized_on": lambda row: product_schemas.check_graded(row["ocop_stars"], row["recognized_on"]),
        "partners": check_partners,
    },
)
PRODUCT = fact_type(
    PRODUCT_RULES,
    plural="products",
    create=product_schemas.ProductCreate,
    change=product_schemas.ProductChange,
    output=product_schemas.Product,
    filters=(
        name_filter("r.name_folded"),
        code_filter("group", "r.product_group", codes.PRODUCT_GROUPS, "OCOP product group."),
        integer_filter("ocop_stars", "r.ocop_stars", "OCOP stars."),
        attribution_filter(),
        *day_range("recognized_on", "r.recognized_on", "Day of recognition"),
        *day_range("valid_until", "r.valid_until", "Last day of validity"),
        day_filter(
            "as_of",
            "(r.recognized_on <= {0}::date AND (r.valid_until IS NULL OR r.valid_until >= {0}::date))",
            "Recognitions that held on that day",
        ),
    ),
    facets={"group": "r.product_group", "ocop_stars": "r.ocop_stars", "attribution": "r.attribution"},
)

CERTIFICATE = fact_type(
    FactRules(
        resource=fact_resource(models.Certificate, rows.CertificateRow, "certificates", columns.represent_certificate),
        day="valid_from",
        as_columns=columns.certificate_columns,
        checks={"valid_until": in_order("valid_from", "valid_until"), "partners": check_partners},
    ),
    plural="certificates",
    create=product_schemas.CertificateCreate,
    change=product_schemas.CertificateChange,
    output=product_schemas.Certificate,
    filters=(
        code_filter("scheme", "r.scheme", codes.CERTIFICATE_SCHEMES, "Scheme."),
        text_filter("number", "r.number", "Number, exactly."),
        attribution_filter(),
        *day_range("valid_from", "r.valid_from", "First day of validity"),
        *day_range("valid_until", "r.valid_until", "Last day of validity"),
    ),
    facets={"scheme": "r.scheme", "attribution": "r.attribution"},
)

FACT_TYPES = (STATUS_CHANGE, TYPE_CONVERSION, SEAT_CHANGE, ALLIANCE_MEMBERSHIP, PRODUCT, CERTIFICATE)
