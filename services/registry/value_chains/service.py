"""What a value chain asks of its links, and how it follows the organizations that it names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any, cast

import orjson

from kernel.database.connections import Transaction
from kernel.database.statements import command
from kernel.problems import FieldError, Invalid
from kernel.records.crud import referenced_record
from kernel.storage.files import check_files
from kernel.values.text import name_folded
from kernel.web.calls import Call
from services.registry.organizations.queries import lock_all, place_on
from services.registry.organizations.records import ORGANIZATION
from services.registry.organizations.service import refuse_merged
from services.registry.rows import OrganizationRow, ValueChainRow
from services.registry.value_chains.schemas import ValueChainCreate, ValueChainLinkInput

Values = dict[str, Any]
LEAD = "lead"
"""As what the lead is named, beside the roles of links."""


async def lock_organizations(tx: Transaction, call: Call, bodies: Sequence[Any]) -> None:
    """Lock all organizations that chains name at once, in one order: none is merged or deleted meanwhile."""
    named = {id_ for body in bodies if isinstance(body, ValueChainCreate) for id_ in _named(body)}
    await lock_all(tx, sorted(named), alliance=call.caller.alliance)


async def columns(tx: Transaction, call: Call, body: ValueChainCreate, row: ValueChainRow | None) -> Values:
    """Return the columns of a chain. Raises Invalid with every fault of its links at once, and OrganizationMerged."""
    await lock_organizations(tx, call, [body])
    before: Collection[str] = () if row is None else row["organization_ids"]
    lead = await _lead(tx, call, body, before)
    faults = [*_faults(body), *await _unknown(tx, call, body, before)]
    files_before = [] if row is None else orjson.loads(row["file_ids"])
    faults += await check_files(tx, call.caller, body.file_ids, before=files_before)
    if faults:
        raise Invalid(*faults)
    return {
        **body.model_dump(exclude={"id", "reason", "links"}),
        "name_folded": name_folded(body.name),
        "links": body.model_dump(mode="json", include={"links"})["links"],
        "organization_ids": _named(body),
        "alliance": lead["alliance"],
        **await place_on(tx, lead["id"], body.started_on),
    }


def _named(body: ValueChainCreate) -> list[str]:
    """Return the organizations that a chain names, each once, the lead first."""
    linked = [link.organization_id for link in body.links if link.organization_id is not None]
    return list(dict.fromkeys([body.lead_organization_id, *linked]))


async def _lead(tx: Transaction, call: Call, body: ValueChainCreate, before: Collection[str]) -> OrganizationRow:
    lead = await referenced_record(tx, call, ORGANIZATION, body.lead_organization_id, "/lead_organization_id")
    if lead["id"] not in before:
        refuse_merged(lead)
    return lead


async def _unknown(tx: Transaction, call: Call, body: ValueChainCreate, before: Collection[str]) -> list[FieldError]:
    """Return the faults of links whose organization is not there, or not within the area. Raises OrganizationMerged.

    One that the chain named before stays as it is: it may have moved to another alliance since.
    """
    faults: list[FieldError] = []
    for at, link in enumerate(body.links):
        if link.organization_id is None or link.organization_id in before:
            continue
        pointer = f"/links/{at}/organization_id"
        try:
            refuse_merged(await referenced_record(tx, call, ORGANIZATION, link.organization_id, pointer))
        except Invalid as refusal:
            faults += refusal.members["errors"]
    return faults


def _faults(body: ValueChainCreate) -> Iterator[FieldError]:
    """Yield what is wrong in the links as a whole: the lead among them, days outside the chain's, a party twice."""
    earlier: dict[tuple[str, str], list[tuple[date, date]]] = {}
    for at, link in enumerate(body.links):
        if link.organization_id == body.lead_organization_id:
            words = (
                "Tổ chức chủ trì không đồng thời là một mắt xích của chuỗi; hãy bỏ mắt xích này hoặc chọn tổ chức khác.",
                "The chain's lead is no link of it as well; leave this link out or choose another organization.",
            )
            yield FieldError("chain_names_itself", words, pointer=f"/links/{at}/organization_id")
            continue
        yield from _outside(body, link, at)
        days = link.started_on or body.started_on, link.ended_on or body.ended_on or date.max
        same = earlier.setdefault((link.role, link.organization_id or name_folded(str(link.party_name))), [])
        if any(first <= days[1] and days[0] <= last for first, last in same):
            words = (
                "Đơn vị này đã có trong chuỗi với cùng vai trò và trùng thời gian; hãy bỏ một dòng hoặc sửa ngày.",
                "This party stands in the chain already, in the same role at the same time; leave one out or correct the days.",
            )
            field = "organization_id" if link.organization_id else "party_name"
            yield FieldError("linked_twice", words, pointer=f"/links/{at}/{field}")
        same.append(days)


def _outside(body: ValueChainCreate, link: ValueChainLinkInput, at: int) -> Iterator[FieldError]:
    words = (
        "Ngày này nằm ngoài thời gian của chuỗi; hãy ghi ngày trong thời gian của chuỗi.",
        "This day lies outside the chain's own days; give one within them.",
    )
    for field in ("started_on", "ended_on"):
        day: date | None = getattr(link, field)
        if day is not None and not body.started_on <= day <= (body.ended_on or date.max):
            yield FieldError("outside_chain_days", words, pointer=f"/links/{at}/{field}")


# By the primary key of value_chain_link: a chain has a hundred links at most.
_FORGET_LINKS = command("DELETE FROM value_chain_link WHERE value_chain_id = $1::uuid")
# Of a chain that was deleted there is no row, and so no link.
_WRITE_LINKS = command("""
    INSERT INTO value_chain_link (value_chain_id, position, role, organization_id, started_on, ended_on)
    SELECT c.id, n, link ->> 'role', (link ->> 'organization_id')::uuid,
           coalesce((link ->> 'started_on')::date, c.started_on), coalesce((link ->> 'ended_on')::date, c.ended_on)
      FROM value_chain c CROSS JOIN LATERAL jsonb_array_elements(c.links) WITH ORDINALITY AS each (link, n)
     WHERE c.id = $1::uuid AND link ->> 'organization_id' IS NOT NULL""")


async def write_links(tx: Transaction, chain_id: str) -> None:
    """Let what figures join of a chain's links follow the chain."""
    await tx.execute(_FORGET_LINKS, chain_id)
    await tx.execute(_WRITE_LINKS, chain_id)


async def derive_links(tx: Transaction, call: Call, row: ValueChainRow, reason: str | None) -> ValueChainRow:
    """Let the links follow an entry, a correction or a removal; return the chain's row."""
    await write_links(tx, row["id"])
    return row


def roles_of(row: ValueChainRow, organization_id: str) -> list[str]:
    """Return as what a chain names an organization: as its lead, or the roles of its links."""
    linked = {link["role"] for link in orjson.loads(row["links"]) if link["organization_id"] == organization_id}
    return ([LEAD] if row["lead_organization_id"] == organization_id else []) + sorted(linked)


def renamed(row: ValueChainRow, from_id: str, to_id: str, roles: Collection[str]) -> Values:
    """Return the columns of a chain that names the one organization instead of the other, in these roles."""
    lead = row["lead_organization_id"]
    if lead == from_id and LEAD in roles:
        lead = to_id
    links = cast("list[Values]", orjson.loads(row["links"]))
    for link in links:
        if link["organization_id"] == from_id and link["role"] in roles:
            link["organization_id"] = to_id
    linked = [link["organization_id"] for link in links if link["organization_id"] is not None]
    return {"lead_organization_id": lead, "links": links, "organization_ids": list(dict.fromkeys([lead, *linked]))}
