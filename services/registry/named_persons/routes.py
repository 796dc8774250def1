"""Persons whom records name over HTTP: erased by their name, from the record and from the versions that name them."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.personal_data.removed import standing_or_removed
from kernel.personal_data.schemas import Erasure
from kernel.problems import StillNeeded
from kernel.records import answer
from kernel.values.ids import Id
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once
from kernel.web.replies import no_content
from services.registry.member_teams.schemas import MemberTeam
from services.registry.named_persons.mentions import CONTACTS, LEGAL_REPRESENTATIVES, PARTIES, TEAM_LEADER, Mention
from services.registry.named_persons.schemas import ContactErasure, NamedPersonErasure
from services.registry.named_persons.service import erase
from services.registry.organizations.schemas import Organization
from services.registry.scopes import WRITE, registry_router
from services.registry.value_chains.schemas import ValueChain

organizations = registry_router("organizations")
member_teams = registry_router("member-teams")
value_chains = registry_router("value-chains")


def _options(mention: Mention, output: Any) -> dict[str, Any]:
    """Return what these operations have in common."""
    return {
        "scopes": WRITE,
        "etag": True,
        "guard": standing_or_removed(mention.resource, f"{mention.resource.name}_id"),
        "response_model": output,
        "responses": {
            204: {"description": "The record was deleted before: its history does not name the person any more"}
        },
    }


async def _erased(
    call: Call, mention: Mention, id_: str, name: str, ground: Erasure, *, at: str = "/full_name"
) -> Response:
    async def effect(tx: Transaction) -> Response:
        row = await erase(tx, call, mention, id_.lower(), name, ground, at=at)
        return no_content() if row is None else await answer(tx, call, mention.resource, row)

    return await once(call, effect)


@organizations.operation(
    "POST",
    "/organizations/{organization_id}/legal-representatives/erasure",
    **_options(LEGAL_REPRESENTATIVES, Organization),
    problems=(StillNeeded,),
    summary="Erase a legal representative of an organization",
)
async def erase_legal_representative(call: CurrentCall, organization_id: Id, body: NamedPersonErasure) -> Response:
    """Erase a former legal representative, or any of an organization that was dissolved, from its record and its history.

    Versions that named the person show the title without the name; those of others stay. Who represents it today stays.
    """
    return await _erased(call, LEGAL_REPRESENTATIVES, organization_id, body.full_name, body)


@organizations.operation(
    "POST",
    "/organizations/{organization_id}/contacts/erasure",
    **_options(CONTACTS, Organization),
    summary="Erase a contact of an organization",
)
async def erase_contact(call: CurrentCall, organization_id: Id, body: ContactErasure) -> Response:
    """Erase a phone or address that is a person's own from the record of an organization and its history.

    Versions that held it show its kind alone. Numbers are one whatever their spaces, dots and hyphens.
    """
    return await _erased(call, CONTACTS, organization_id, body.value, body, at="/value")


@member_teams.operation(
    "POST",
    "/member-teams/{member_team_id}/leader/erasure",
    **_options(TEAM_LEADER, MemberTeam),
    problems=(StillNeeded,),
    summary="Erase a leader of a member team",
)
async def erase_team_leader(call: CurrentCall, member_team_id: Id, body: NamedPersonErasure) -> Response:
    """Erase the name of a former leader, or of the last one of a team that ended, from its record and its history."""
    return await _erased(call, TEAM_LEADER, member_team_id, body.full_name, body)


@value_chains.operation(
    "POST",
    "/value-chains/{value_chain_id}/parties/erasure",
    **_options(PARTIES, ValueChain),
    summary="Erase a person who takes part in a value chain",
)
async def erase_value_chain_party(call: CurrentCall, value_chain_id: Id, body: NamedPersonErasure) -> Response:
    """Erase the name of an outside party, as a household's, from a chain and its history; its link stays.

    Versions that named the party show its link without a name.
    """
    return await _erased(call, PARTIES, value_chain_id, body.full_name, body)


routers = (organizations, member_teams, value_chains)
