"""What the funds know of an organization: from following the registry, and from asking it once where that is behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.db import Database, Transaction
from kernel.following import Projection, keep, position
from kernel.http import Refused, Unavailable
from kernel.logging import get_logger
from kernel.problems import Fault, Invalid
from kernel.routing import Call
from services.funds import problems as no
from services.funds.clients import registry_of
from services.funds.organization_models import followed_organization

log = get_logger()

_FROM_SEAT = ("commune_code", "commune_map", "province_2008", "province_2025")
_DIRECT = ("alliance", "type", "code", "name", "legal_status", "operating_state", "report_sector")


def _facts(document: Mapping[str, Any]) -> dict[str, Any]:
    seat = document["seat"]
    return {name: document[name] for name in _DIRECT} | {name: seat[name] for name in _FROM_SEAT}


ORGANIZATIONS = Projection("registry", "organization", followed_organization, _facts)
FIELDS_READ = (*_DIRECT, "id", "version", *(f"seat.{name}" for name in _FROM_SEAT))
"""What is read of the registry's representation."""


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization as the registry last told of it."""

    id: str
    alliance: str
    type: str
    code: str | None
    name: str
    commune_code: str | None
    commune_map: str | None
    province_2008: str | None
    province_2025: str | None


_READ = """
    SELECT id, alliance, type, code, name, commune_code, commune_map, province_2008, province_2025, removed_as, merged_into
      FROM followed_organization WHERE id = $1::uuid"""


async def organization(db: Database | Transaction, call: Call, id_: str, pointer: str) -> Organization | None:
    """Return what is known of the organization that a body names at `pointer`, or None where nothing is.

    Raises Invalid for one that is gone or beyond the caller's area, with the successor of one that was merged.
    """
    row = await db.fetchrow(_READ, id_)
    if row is None:
        return None
    alliance = row["alliance"]
    if alliance is None or not call.caller.holds(alliance):
        raise unknown(pointer)
    if row["merged_into"] is not None:
        words = (
            f"Tổ chức đã nhập vào {row['merged_into']}.", f"The organization was merged into {row['merged_into']}.",
        )  # fmt: skip
        raise Invalid(Fault("organization_merged", words, pointer=pointer))
    if row["removed_as"] is not None:
        raise unknown(pointer)
    return Organization(**{name: row[name] for name in Organization.__slots__})


def unknown(pointer: str) -> Invalid:
    """Return the refusal of an organization that is not in the registry, or is beyond the caller's area."""
    words = (
        "Không có tổ chức này trong địa bàn của bạn.", "There is no such organization in your area.",
    )  # fmt: skip
    return Invalid(Fault("unknown_organization", words, pointer=pointer))


async def meet(call: Call, id_: str | None, pointer: str) -> None:
    """Have the facts of the organization that a body names, asking the registry once where they are not here yet.

    To be called before the transaction. Without a registry to ask nothing happens, and what the body says is taken.
    Raises Invalid for one that the registry does not have, OrganizationUnknownYet while it cannot be asked.
    """
    registry = registry_of(call.request.app)
    if (
        id_ is None
        or registry is None
        or await call.db.fetchval("SELECT 1 FROM followed_organization WHERE id = $1::uuid", id_)
    ):
        return
    try:
        document = await registry.organization(id_, request_id=call.request_id)
    except (Unavailable, Refused) as error:
        log.warning("organization.not_asked", organization_id=id_, error=str(error), request_id=call.request_id)
        raise no.OrganizationUnknownYet(organization_id=id_) from None
    if document is None:
        raise unknown(pointer)
    here = await position(call.db, ORGANIZATIONS)
    await keep(call.db, ORGANIZATIONS, document, life=here.life)
