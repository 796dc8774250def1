"""What a service knows of the registry's organizations: from following its feed, and from asking once where that is behind.

It stands in the kernel because all services that name organizations have to agree: on what is kept, on when one is
unknown, merged or beyond the caller's area, and on going on with what is known while the registry is down.

`meet` asks before the transaction and refuses nothing; `organization` judges within it. So what is not judged, as a
record that stays as it was, or a request that is sent again, needs no registry.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypedDict

from sqlalchemy import CheckConstraint, Column, Index, MetaData, Table, Text, text

from kernel.database.connections import Database, Transaction
from kernel.database.statements import statement
from kernel.database.tables import followed_columns
from kernel.feed.following import Projection, keep, position
from kernel.feed.registry_client import registry_of
from kernel.problems import FieldError, Invalid, OrganizationUnknownYet, Problem
from kernel.runtime.logging import get_logger
from kernel.web.auth import Caller
from kernel.web.calls import Call
from kernel.web.http_client import Refused, Unavailable

MOST_ASKED = 1000
"""Records that are asked for on behalf of one request; more at once are left to the feed."""
_AT_ONCE = 8

log = get_logger()


def followed_organization_table(metadata: MetaData) -> Table:
    """Organizations as the registry's feed tells of them; the same in every service that follows it."""
    return Table(
        "followed_organization",
        metadata,
        *followed_columns(),
        Column("alliance", Text),
        Column("type", Text),
        Column("code", Text),
        Column("name", Text),
        Column("commune_code", Text),
        Column("commune_map", Text),
        Column("province_2008", Text),
        Column("province_2025", Text),
        Column("legal_status", Text),
        Column("operating_state", Text),
        Column("report_sector", Text),
        Column("phone", Text),
        CheckConstraint(
            "removed_as IS NOT NULL OR (alliance IS NOT NULL AND type IS NOT NULL AND name IS NOT NULL)",
            name="known_unless_removed",
        ),
        Index("ix_followed_organization_code", "code"),
        # The few that are gone: which records name one (kernel/feed/references.py).
        Index("ix_followed_organization_gone", "id", postgresql_where=text("removed_as IS NOT NULL")),
    )


_FROM_SEAT = ("commune_code", "commune_map", "province_2008", "province_2025")
_DIRECT = ("alliance", "type", "code", "name", "legal_status", "operating_state", "report_sector")


def _facts(document: Mapping[str, Any]) -> dict[str, Any]:
    seat = document["seat"]
    phone = next((contact["value"] for contact in document["contacts"] if contact["kind"] == "phone"), None)
    direct = {name: document[name] for name in _DIRECT}
    return {**direct, **{name: seat[name] for name in _FROM_SEAT}, "phone": phone}


ORGANIZATIONS = Projection("registry", "organization", followed_organization_table(MetaData()), _facts)
FIELDS_READ = (*_DIRECT, "id", "version", "contacts", *(f"seat.{name}" for name in _FROM_SEAT))
"""What is read of the registry's representation."""


class Missing(enum.Enum):
    """Why there is nothing to know of a record that the registry was asked for."""

    ABSENT = "The registry has none."
    UNASKED = "The registry could not be asked."


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


class Lookup(Protocol):
    """Who asks, and what the registry answered before the transaction: a `Call`, or what a service keeps of it."""

    @property
    def caller(self) -> Caller:
        """Whose area counts."""

    @property
    def asked(self) -> dict[str, Any]:
        """By id, the answers of `meet`."""


class KnownOrganization(TypedDict):
    """What is known of an organization; all but its id and its end is null in a tombstone of one that was never seen."""

    id: str
    alliance: str | None
    type: str
    code: str | None
    name: str
    commune_code: str | None
    commune_map: str | None
    province_2008: str | None
    province_2025: str | None
    removed_as: str | None
    merged_into: str | None


class _Followed(TypedDict):
    id: str


Known = Mapping[str, KnownOrganization]
_READ = statement(
    KnownOrganization,
    """
    SELECT id, alliance, type, code, name, commune_code, commune_map, province_2008, province_2025, removed_as, merged_into
      FROM followed_organization WHERE id = ANY($1::uuid[])""",
)
_FOLLOWED = statement(_Followed, "SELECT id FROM followed_organization WHERE id = ANY($1::uuid[])")


async def known(db: Database | Transaction, ids: Iterable[str]) -> Known:
    """Return what is known of organizations, by id; to be judged by `judged`."""
    return {row["id"]: row for row in await db.fetch(_READ, sorted(set(ids)))}


async def organization(db: Database | Transaction, lookup: Lookup, id_: str, pointer: str) -> Organization | None:
    """Return what is known of the organization that a body names at `pointer`, or None where nothing can be.

    Raises what `judged` raises.
    """
    return judged(lookup, await known(db, [id_]), id_, pointer)


def judged(lookup: Lookup, among: Known, id_: str, pointer: str) -> Organization | None:
    """Return one organization `among` those read, or None where nothing can be known: no registry was there to ask.

    Raises Invalid for one that is gone, beyond the caller's area or not in the registry, with the successor of one that
    was merged; OrganizationUnknownYet for one that was never heard of while the registry cannot be asked.
    """
    row = among.get(id_)
    if row is None:
        if (why := lookup.asked.get(id_)) is not None:
            raise unknown(pointer) if why is Missing.ABSENT else OrganizationUnknownYet(organization_id=id_)
        return None
    alliance = row["alliance"]
    if alliance is None or not lookup.caller.holds(alliance):
        raise unknown(pointer)
    if row["merged_into"] is not None:
        words = (
            "Tổ chức này đã nhập vào tổ chức khác; hãy chọn tổ chức đó.",
            "This organization was merged into another; choose that one.",
        )
        raise Invalid(FieldError("organization_merged", words, pointer=pointer, merged_into=row["merged_into"]))
    if row["removed_as"] is not None:
        raise unknown(pointer)
    return Organization(
        id=row["id"],
        alliance=alliance,
        type=row["type"],
        code=row["code"],
        name=row["name"],
        commune_code=row["commune_code"],
        commune_map=row["commune_map"],
        province_2008=row["province_2008"],
        province_2025=row["province_2025"],
    )


def unknown(pointer: str) -> Problem:
    """Return the refusal of an organization that is not in the registry, or is beyond the caller's area."""
    words = (
        "Không có tổ chức này trong địa bàn của bạn.",
        "There is no such organization in your area.",
    )
    return Invalid(FieldError("unknown_organization", words, pointer=pointer))


async def meet(call: Call, ids: Iterable[str | None]) -> None:
    """Have the facts of organizations, asking the registry once for each that is not here yet.

    To be called before the transaction. It refuses nothing: what is missing is noted in `call.asked`, for `organization`.
    Without a registry to ask nothing happens, and what the body says is taken.
    """
    registry, named = registry_of(call.request.app), {id_ for id_ in ids if id_ is not None}
    if registry is None or not named:
        return
    followed = {row["id"] for row in await call.db.fetch(_FOLLOWED, sorted(named))}
    if not (missing := sorted(named - followed)):
        return
    replies = await ask(call, registry.organization, missing)
    documents = [reply for reply in replies.values() if not isinstance(reply, Missing)]
    if documents:
        feed = await position(call.db, ORGANIZATIONS)
        for document in documents:
            await keep(call.db, ORGANIZATIONS, document, life=feed.life)
    call.asked.update({id_: why for id_, why in replies.items() if isinstance(why, Missing)})


async def ask(
    call: Call, one: Callable[..., Awaitable[dict[str, Any] | None]], ids: Iterable[str]
) -> dict[str, dict[str, Any] | Missing]:
    """Ask the registry for records by id, a few at once; after the first time that it does not answer, for no more."""
    replies: dict[str, dict[str, Any] | Missing] = dict.fromkeys(ids, Missing.UNASKED)
    waiting = iter(list(replies)[:MOST_ASKED])
    is_down = False

    async def worker() -> None:
        nonlocal is_down
        for id_ in waiting:
            if is_down:
                return
            try:
                document = await one(id_)
            except (Unavailable, Refused) as error:
                log.warning("registry.not_asked", resource_id=id_, error=str(error))
                is_down = True
                return
            replies[id_] = Missing.ABSENT if document is None else document

    await asyncio.gather(*(worker() for _ in range(min(_AT_ONCE, len(replies)))))
    return replies
