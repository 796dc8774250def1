"""Whom bodies name: that an organization is there, where one that took part in trade lies, and whose a product is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Annotated, Any, TypedDict

from pydantic import Field

from kernel.database.connections import Transaction
from kernel.database.statements import Always, always, command, scalar, statement
from kernel.feed.organizations import Lookup, Missing, Organization, ask, meet
from kernel.feed.registry_client import registry_of
from kernel.problems import FieldError, Invalid, NotFound
from kernel.records.crud import outside_area
from kernel.values import geography
from kernel.web.auth import Caller
from kernel.web.calls import Call, Guard
from kernel.web.field_types import PROVINCE_PATTERN, check_province
from kernel.web.schemas import Checked, code, text
from services.training import code_lists as codes
from services.training import problems

Province = Annotated[
    str,
    Checked(check_province, {"type": "string", "pattern": PROVINCE_PATTERN}),
    Field(
        description="Where the organization lies, on either map; one of 2025 that was merged from several is not enough. "
        "Left out: as the registry says, else its earlier records, else where the event is"
    ),
]

OrganizationName = Annotated[
    str, text(300), Field(description="The registry's if left out; needed where the registry does not tell it")
]
OrganizationType = Annotated[
    str,
    code(codes.ORGANIZATION_TYPES),
    Field(description="Only cooperatives are counted as such. Left out: as the registry says, else a cooperative"),
]


class Located(TypedDict):
    """Where an organization lies, and the alliance that owns what it did."""

    province_2008: str
    province_2025: str
    alliance: str


class NamedOrganization(TypedDict):
    """The columns of a record that names an organization."""

    organization_name: str


class LocatedOrganization(NamedOrganization, Located):
    """The columns of a record that lies where its organization does."""

    organization_type: str


class EventPlace(TypedDict):
    """Where an event is held, and who owns it."""

    alliance: str
    province_2008: str | None
    province_2025: str | None


class _EarlierRow(TypedDict):
    organization_id: str
    province_2008: str


# The latest record of each organization in the caller's area says where it lies.
# By ix_participation_organization_id and ix_market_link_organization_id.
_EARLIER = statement(
    _EarlierRow,
    """
    SELECT DISTINCT ON (organization_id) organization_id, province_2008 FROM (
           SELECT id, organization_id, province_2008 FROM participation
            WHERE organization_id = ANY($1::uuid[]) AND ($2::text IS NULL OR alliance = $2)
            UNION ALL SELECT id, organization_id, province_2008 FROM market_link
            WHERE organization_id = ANY($1::uuid[]) AND ($2::text IS NULL OR alliance = $2)) r
     ORDER BY organization_id, id DESC""",
)


async def earlier_provinces(tx: Transaction, organization_ids: Iterable[str], *, by: Caller) -> dict[str, str]:
    """Return where organizations lie, on the map of 2008, as the latest records of the caller's area say."""
    rows = await tx.fetch(_EARLIER, sorted(set(organization_ids)), by.alliance)
    return {row["organization_id"]: row["province_2008"] for row in rows}


async def located(
    tx: Transaction,
    organization_id: str,
    province: str | None,
    *,
    by: Caller,
    row: Located | None,
    event: EventPlace | None,
    organization: Organization | None = None,
    earlier: Mapping[str, str] | None = None,
) -> Located:
    """Return both provinces of an organization and the alliance that owns what it did.

    `row`: the record that is corrected; it stays where it is unless `province` says otherwise. `organization`: what the
    registry told. `earlier`: what `earlier_provinces` answered for this organization among others. Raises Invalid where
    nothing says which province of the 2008 map it is, and for one beyond the caller's area.
    """
    candidates = geography.expand(province) if province is not None else ()
    province_2008: str | None
    if row is not None and (province is None or row["province_2008"] in candidates):
        province_2008 = row["province_2008"]
    elif len(candidates) == 1:
        province_2008 = candidates[0]
    else:
        province_2008 = organization.province_2008 if organization is not None else None
        if province_2008 is None:
            if earlier is None:
                earlier = await earlier_provinces(tx, [organization_id], by=by)
            province_2008 = earlier.get(organization_id)
        if province_2008 is None and event is not None and event["alliance"] == event["province_2025"]:
            province_2008 = event["province_2008"]
        if province_2008 is None and province is None:
            province_2008 = _only_province_of(by)
        if province_2008 is None or (candidates and province_2008 not in candidates):
            code = "province_ambiguous" if candidates else "required"
            words = (
                "Hãy chọn tỉnh theo bản đồ đến 30/6/2025.",
                "Choose the province on the map until 30 June 2025.",
            )
            raise Invalid(FieldError(code, words, pointer="/province"))
    place = geography.province(province_2008)
    assert place is not None, "a province is checked when it is entered"
    alliance = str(place.successor_id)
    if not by.holds(alliance) or (row is not None and row["alliance"] != alliance):
        raise outside_area("/province")
    return {"province_2008": province_2008, "province_2025": alliance, "alliance": alliance}


def _only_province_of(by: Caller) -> str | None:
    """Return the caller's province on the map of 2008, None where its alliance was merged from several."""
    provinces = geography.expand(by.alliance) if by.alliance else ()
    return provinces[0] if len(provinces) == 1 else None


def organization_name(name: str | None, organization: Organization | None, row: NamedOrganization | None) -> str:
    """Return the name of a body's organization: its own, else that of the record that is corrected, else the registry's.

    Raises Invalid where nothing tells it.
    """
    if name is None:
        name = row["organization_name"] if row is not None else organization.name if organization is not None else None
    if name is None:
        words = ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required.")
        raise Invalid(FieldError("required", words, pointer="/organization_name"))
    return name


def organization_type(type_: str | None, organization: Organization | None, row: LocatedOrganization | None) -> str:
    """Return the type of a body's organization in the same order; one that nothing tells is a cooperative."""
    if type_ is not None:
        return type_
    if row is not None:
        return row["organization_type"]
    return organization.type if organization is not None else "cooperative"


# A product among $2 that another organization showed or sold, in any alliance.
# By ix_participation_products and ix_market_link_product_id.
_OTHERS = scalar(
    str,
    """
    SELECT w.product_id FROM unnest($2::text[]) AS w(product_id)
     WHERE EXISTS (SELECT FROM participation p
                    WHERE p.products @> jsonb_build_array(jsonb_build_object('product_id', w.product_id))
                      AND p.organization_id <> $1::uuid)
        OR EXISTS (SELECT FROM market_link m WHERE m.product_id = w.product_id::uuid AND m.organization_id <> $1::uuid)
     ORDER BY 1 LIMIT 1""",
)
_PRODUCT_TURN = command("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")


async def refuse_others_products(
    tx: Transaction,
    organization_id: str,
    products: Mapping[str, str],
    *,
    lookup: Lookup,
    before: Collection[str] = (),
) -> None:
    """Raise ProductOfAnotherOrganization for a product that is, or was shown or sold before as, another organization's.

    `products`: id → where the body names it. The registry says whose a product is, where it was asked (`meet_parties`)
    and answered; what the corrected record named `before` is not judged by it again. Records of all alliances are looked
    at, none is told of. Raises Invalid for a product that the registry does not have.
    """
    for product_id, pointer in products.items():
        answer = lookup.asked.get(product_id)
        if product_id in before or answer is None or answer is Missing.UNASKED:
            continue
        if answer is Missing.ABSENT:
            words = ("Sổ đăng ký không có sản phẩm này.", "The registry has no such product.")
            raise Invalid(FieldError("unknown_product", words, pointer=pointer))
        if answer["organization_id"] != organization_id:
            raise problems.ProductOfAnotherOrganization(product_id=product_id)
    product_ids = sorted(products)
    # Of two that name one product at once, the second waits for the first; in the order of ids, so that none waits in a ring.
    for product_id in product_ids:
        await tx.execute(_PRODUCT_TURN, f"product/{product_id}")
    if product_ids and (other := await tx.fetchval(_OTHERS, organization_id, product_ids)) is not None:
        raise problems.ProductOfAnotherOrganization(product_id=other)


# By the primary key. One merged into another is still answered by the registry, and did what it did.
_IS_REGISTERED = always(
    bool,
    """
    SELECT EXISTS (SELECT FROM followed_organization
                    WHERE id = $1::uuid AND coalesce(removed_as, 'merged') = 'merged'
                      AND alliance IS NOT NULL AND ($2::text IS NULL OR alliance = $2))""",
)


def organization_guard(has_part: Always[bool]) -> Guard:
    """Return the guard of what one organization did: it is in the registry within the caller's area, or by `has_part`
    in what the caller may see (404). One that did nothing yet is answered too.
    """

    async def guard(call: Call, path: dict[str, str]) -> None:
        organization_id = path["organization_id"].lower()
        if call.caller.confined_to not in (None, organization_id):
            raise NotFound()
        of = (organization_id, call.caller.alliance)
        if await call.db.fetchval(has_part, *of) or await call.db.fetchval(_IS_REGISTERED, *of):
            return
        await meet(call, [organization_id])
        if not await call.db.fetchval(_IS_REGISTERED, *of):
            raise NotFound()

    return guard


async def meet_parties(call: Call, *bodies: Any) -> None:
    """Have what the registry says of the organizations and products that bodies (or a patch) name, before the transaction.

    It refuses nothing: `kernel.feed.organizations.organization` and `refuse_others_products` judge by it. An item of a batch
    that does not fit its schema names none.
    """
    await meet(call, (id_ for body in bodies for id_ in _organizations_in(body)))
    registry = registry_of(call.request.app)
    products = sorted({id_ for body in bodies for id_ in _products_in(body)})
    if registry is not None and products:
        call.asked.update(await ask(call, registry.product, products))


def _organizations_in(body: Any) -> Iterator[str | None]:
    yield getattr(body, "organization_id", None)
    yield getattr(getattr(body, "trainee", None), "organization_id", None)


def _products_in(body: Any) -> Iterator[str]:
    named = (body, *(getattr(body, "products", None) or ()))
    return (id_ for item in named if (id_ := getattr(item, "product_id", None)) is not None)
