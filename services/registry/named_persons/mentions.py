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
    """A field that names persons. `subject`: what erasures and the audit call one of them.

    `part`: what names a person in each object of a list; None where the field itself is the name. `is_same`: whether that and
    what a caller says are one. `stays`: whether the object stays, with other words in place of the name. `is_needed`: whether
    who stands in the field of this row has to stay there.
    """

    resource: Resource[Any]
    field: str
    subject: str
    part: str | None
    is_same: Callable[[str | None, str], bool]
    stays: bool = False
    is_needed: Callable[[Mapping[str, Any]], bool] = lambda row: False

    def without(self, value: Any, name: str) -> Any:
        """Return what is left of the field's value once it names that person no more; the value itself where it does not."""
        if self.part is None:
            return None if self.is_same(value, name) else value
        if self.stays:
            return [{**each, self.part: ERASED} if self.is_same(each[self.part], name) else each for each in value]
        return [each for each in value if not self.is_same(each[self.part], name)]

    def places(self, value: Any, name: str) -> tuple[str, ...]:
        """Return where a version's value names that person, as history loses it: `contacts.0.value`."""
        if self.part is None:
            return (self.field,) if self.is_same(value, name) else ()
        named = (place for place, each in enumerate(value or ()) if self.is_same(each[self.part], name))
        return tuple(f"{self.field}.{place}.{self.part}" for place in named)

    def named_at(self, value: Any, place: str) -> str | None:
        """Return whom a version's value names at a place, or None."""
        named: Any = {self.field: value}
        for step in place.split("."):
            named = named[int(step)] if isinstance(named, list) else named and named[step]
        return None if named is None else str(named)


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


LEGAL_REPRESENTATIVES = Mention(
    resource=ORGANIZATION,
    field="legal_representatives",
    subject="legal_representative",
    part="full_name",
    is_same=same_name,
    is_needed=_represents,
)
CONTACTS = Mention(resource=ORGANIZATION, field="contacts", subject="contact", part="value", is_same=_same_contact)
TEAM_LEADER = Mention(
    resource=MEMBER_TEAM,
    field="leader_name",
    subject="team_leader",
    part=None,
    is_same=same_name,
    is_needed=lambda row: row["ended_on"] is None or row["ended_on"] > today(),
)
PARTIES = Mention(
    resource=VALUE_CHAIN,
    field="links",
    subject="value_chain_party",
    part="party_name",
    is_same=same_name,
    stays=True,
)
MENTIONS = (LEGAL_REPRESENTATIVES, CONTACTS, TEAM_LEADER, PARTIES)
