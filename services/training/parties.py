"""Whom bodies name: that an organization is there, where one that took part in trade lies, and whose a product is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

import orjson
from pydantic import Field

from kernel.database.connections import Row, Transaction
from kernel.feed.organizations import Missing, Organization, ask, meet
from kernel.feed.registry_client import registry_of
from kernel.problems import FieldError, Invalid
from kernel.records.crud import outside_area
from kernel.values import geography
from kernel.values.field_errors import field_error
from kernel.web.auth import narrow
from kernel.web.operations import Call
from kernel.web.schemas import Checked, code, text
from services.training import code_lists as codes
from services.training import problems


def _known_province(value: str) -> str:
    if geography.province(value) is None:
        raise field_error(
            "unknown_province",
            "Không có tỉnh này; hãy chọn trong danh mục tỉnh.",
            "There is no such province; choose one of the list.",
        )
    return value


Province = Annotated[
    str,
    Checked(_known_province, {"type": "string", "pattern": "^[0-9]{2}-(2008|2025)$"}),
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

_EARLIER = """
    SELECT DISTINCT ON (organization_id) organization_id, province_2008 FROM (
           SELECT id, organization_id, province_2008 FROM participation
            WHERE organization_id = ANY($1::uuid[]) AND {area}
            UNION ALL SELECT id, organization_id, province_2008 FROM market_link
            WHERE organization_id = ANY($1::uuid[]) AND {area}) r
     ORDER BY organization_id, id DESC"""


async def said_before(tx: Transaction, call: Call, organization_ids: Iterable[str]) -> dict[str, str]:
    """Return where organizations lie, on the map of 2008, as the latest records of the caller's area say."""
    args: list[Any] = [sorted(set(organization_ids))]
    sql = _EARLIER.format(area=narrow(call.caller, args))
    return {row["organization_id"]: row["province_2008"] for row in await tx.fetch(sql, *args)}


async def located(
    tx: Transaction,
    call: Call,
    organization_id: str,
    province: str | None,
    *,
    row: Row | None,
    event: Row | None,
    told: Organization | None = None,
    known: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return both provinces of an organization and the alliance that owns what it did.

    `row`: the record that is corrected; it stays where it is unless `province` says otherwise. `told`: what the registry
    told. `known`: what `said_before` answered for this organization among others. Raises Invalid where nothing says
    which province of the 2008 map it is, and for one beyond the caller's area.
    """
    named = geography.expand(province) if province is not None else ()
    if row is not None and (province is None or row["province_2008"] in named):
        found = row["province_2008"]
    elif len(named) == 1:
        found = named[0]
    else:
        found = told.province_2008 if told is not None else None
        if found is None:
            earlier = await said_before(tx, call, [organization_id]) if known is None else known
            found = earlier.get(organization_id)
        if found is None and event is not None and event["alliance"] == event["province_2025"]:
            found = event["province_2008"]
        if found is None and province is None:
            own = geography.expand(call.caller.alliance) if call.caller.alliance else ()
            found = own[0] if len(own) == 1 else None
        if found is None or (named and found not in named):
            code = "province_ambiguous" if named else "required"
            words = (
                "Hãy chọn tỉnh theo bản đồ đến 30/6/2025.",
                "Choose the province on the map until 30 June 2025.",
            )
            raise Invalid(FieldError(code, words, pointer="/province"))
    place = geography.province(found)
    assert place is not None, "a province is checked when it is entered"
    alliance = str(place.successor_id)
    if not call.caller.holds(alliance) or (row is not None and row["alliance"] != alliance):
        raise outside_area("/province")
    return {"province_2008": found, "province_2025": alliance, "alliance": alliance}


def named(body: Any, told: Organization | None, row: Row | None) -> dict[str, str]:
    """Return the name of a body's organization, and its type where the body has one.

    What is left out is as the record that is corrected (`row`) has it, else as the registry `told`; a type that nothing
    tells is a cooperative. Raises Invalid where nothing tells the name.
    """
    name = body.organization_name
    if name is None:
        name = row["organization_name"] if row is not None else told.name if told is not None else None
    if name is None:
        raise Invalid(
            FieldError(
                "required",
                ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required."),
                pointer="/organization_name",
            )
        )
    if not hasattr(body, "organization_type"):
        return {"organization_name": name}
    type_ = body.organization_type
    if type_ is None:
        type_ = row["organization_type"] if row is not None else told.type if told is not None else "cooperative"
    return {"organization_name": name, "organization_type": type_}


_OTHERS = """
    SELECT w.product_id FROM unnest($2::text[]) AS w(product_id)
     WHERE EXISTS (SELECT FROM participation p
                    WHERE p.products @> jsonb_build_array(jsonb_build_object('product_id', w.product_id))
                      AND p.organization_id <> $1::uuid)
        OR EXISTS (SELECT FROM market_link m WHERE m.product_id = w.product_id::uuid AND m.organization_id <> $1::uuid)
     ORDER BY 1 LIMIT 1"""


async def refuse_others_products(
    tx: Transaction, call: Call, organization_id: str, products: Mapping[str, str], *, row: Row | None = None
) -> None:
    """Raise ProductOfAnotherOrganization for a product that is, or was shown or sold before as, another organization's.

    `products`: id → where the body names it. The registry says whose a product is, where it was asked (`meet_parties`)
    and answered; what `row` said before is not judged by it again. Records of all alliances are looked at, none is told
    of. Of two that name one product at once, the second waits for the first. Raises Invalid for a product that the
    registry does not have.
    """
    stood = _products_of(row)
    for product_id, pointer in products.items():
        told = call.asked.get(product_id)
        if product_id in stood or told is None or told is Missing.UNASKED:
            continue
        if told is Missing.ABSENT:
            words = ("Sổ đăng ký không có sản phẩm này.", "The registry has no such product.")
            raise Invalid(FieldError("unknown_product", words, pointer=pointer))
        if told["organization_id"] != organization_id:
            raise problems.ProductOfAnotherOrganization(product_id=product_id)
    wanted = sorted(products)
    for product_id in wanted:
        await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"product/{product_id}")
    if wanted and (other := await tx.fetchval(_OTHERS, organization_id, wanted)) is not None:
        raise problems.ProductOfAnotherOrganization(product_id=other)


def _products_of(row: Row | None) -> set[str]:
    if row is None:
        return set()
    if "products" in row:
        return {item["product_id"] for item in orjson.loads(row["products"])}
    return {row["product_id"]}


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
