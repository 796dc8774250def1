"""Where records of the registry name persons who have no record of their own, and what is left once one is erased."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kernel.personal_data.erasure import ERASED
from kernel.records import Resource
from kernel.values.days import today
from services.registry.code_lists import TERMINAL_STATUSES
from services.registry.member_teams.records import MEMBER_TEAM
from services.registry.organizations.records import ORGANIZATION
from services.registry.value_chains.records import VALUE_CHAIN

_APART = re.compile(r"[\s.\-]+")


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A field that names persons. `subject`: what erasures and the audit call one of them. `lost`: what history loses of it.

    `without`: takes the field's value and a name; returns what is left of it once it names that person no more, and the value
    itself where it does not. `is_needed`: whether who stands in the field of this row has to stay there.
    """

    resource: Resource[Any]
    field: str
    lost: str
    subject: str
    without: Callable[[Any, str], Any]
    is_needed: Callable[[Mapping[str, Any]], bool] = lambda row: False


def same_name(one: str | None, other: str) -> bool:
    """Say whether two names are one, whatever their case and spaces; marks tell persons apart."""
    return one is not None and _plain(one, " ") == _plain(other, " ")


def plain_name(name: str) -> str:
    """Return a name as names are compared."""
    return _plain(name, " ")


def _plain(text: str, between: str) -> str:
    return between.join(unicodedata.normalize("NFC", text).casefold().split())


def _same_contact(one: str | None, other: str) -> bool:
    return one is not None and _APART.sub("", one).casefold() == _APART.sub("", other).casefold()


def _represents(row: Mapping[str, Any]) -> bool:
    """Say whether an organization stands, so that who represents it is on its certificate (Law 17/2023/QH15)."""
    return row["merged_into"] is None and row["legal_status"] not in TERMINAL_STATUSES


def _without_party(links: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [{**link, "party_name": ERASED} if same_name(link["party_name"], name) else link for link in links]


LEGAL_REPRESENTATIVES = Mention(
    resource=ORGANIZATION,
    field="legal_representatives",
    lost="legal_representatives.full_name",
    subject="legal_representative",
    without=lambda listed, name: [each for each in listed if not same_name(each["full_name"], name)],
    is_needed=_represents,
)
CONTACTS = Mention(
    resource=ORGANIZATION,
    field="contacts",
    lost="contacts.value",
    subject="contact",
    without=lambda listed, value: [each for each in listed if not _same_contact(each["value"], value)],
)
TEAM_LEADER = Mention(
    resource=MEMBER_TEAM,
    field="leader_name",
    lost="leader_name",
    subject="team_leader",
    without=lambda leader, name: None if same_name(leader, name) else leader,
    is_needed=lambda row: row["ended_on"] is None or row["ended_on"] > today(),
)
PARTIES = Mention(
    resource=VALUE_CHAIN, field="links", lost="links.party_name", subject="value_chain_party", without=_without_party
)
