"""What an officer is: how it is listed, and held to one a term."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Literal, TypedDict

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.database.statements import statement
from kernel.personal_data.erasure import refuse_erased
from kernel.personal_data.listing import with_retention
from kernel.problems import FieldError
from kernel.records.crud import Parent, RecordType, batch_of, listing_of
from kernel.records.listing import (
    Filter,
    SortKey,
    code_filter,
    day_filter,
    day_range,
    flag_filter,
    id_filter,
    name_filter,
)
from kernel.records.province_filters import PROVINCE_FILTERS, split_province
from kernel.storage.signing import signer_of
from kernel.values.days import today
from kernel.values.text import name_folded
from kernel.web.calls import Call
from services.registry import code_lists as codes
from services.registry import problems
from services.registry.facts.columns import Values
from services.registry.facts.schemas import in_order
from services.registry.facts.service import FactRules, lock_organizations, overlap
from services.registry.officers.resource import KEPT, OFFICER, PRIVATE
from services.registry.officers.schemas import Officer, OfficerChange, OfficerCreate
from services.registry.organizations.records import ORGANIZATION
from services.registry.scopes import OWN_READ, WRITE


class _Term(TypedDict):
    id: str
    full_name: str
    term_from: date
    term_to: date | None


# By ix_officer_organization_id: the officers of one organization are few. The organization is locked, so that two who enter
# one office at the same time take turns.
_HELD = statement(
    _Term,
    """
    SELECT id, full_name, term_from, term_to FROM officer
     WHERE organization_id = $1::uuid AND office = $3 AND id IS DISTINCT FROM $2::uuid
       AND term_from < coalesce($5::date, 'infinity') AND coalesce(term_to, 'infinity') > $4::date
     ORDER BY term_from, id LIMIT 1""",
)


async def _refuse_held(tx: Transaction, organization_id: str, values: Mapping[str, Any], own_id: str | None) -> None:
    """Refuse a term in an office that one person holds at a time, where it overlaps another's. Raises OfficeHeld."""
    office, term_to = values["office"], values["term_to"]
    if office not in codes.SINGLE_OFFICES:
        return
    holder = await tx.fetchrow(_HELD, organization_id, own_id, office, values["term_from"], term_to)
    if holder is not None:
        raise _held(office, holder)


def _held(office: str, holder: Mapping[str, Any]) -> problems.OfficeHeld:
    return problems.OfficeHeld(
        officer_id=holder["id"],
        full_name=holder["full_name"],
        office=office,
        term_from=holder["term_from"].isoformat(),
        term_to=None if holder["term_to"] is None else holder["term_to"].isoformat(),
    )


def refuse_held_by(values: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Refuse a term in an office that one person holds at a time, where it overlaps this other's. Raises OfficeHeld."""
    office = values["office"]
    if office != other["office"] or office not in codes.SINGLE_OFFICES:
        return
    if overlap(*((each["term_from"], each["term_to"]) for each in (values, other))):
        raise _held(office, other)


def _officer_columns(values: Values, body: Any) -> Values:
    if "full_name" in values:
        values["name_folded"] = name_folded(values["full_name"])
    if isinstance(body, OfficerCreate):
        values["erased_on"] = None
    return values


OFFICER_RULES = FactRules(
    resource=OFFICER,
    day="term_from",
    as_columns=_officer_columns,
    refuse_change=refuse_erased,
    checks={"term_to": lambda row: in_order(row["term_from"], row["term_to"], ("term_from", "term_to"), strictly=True)},
    refuse=_refuse_held,
)


def _key(call: Call, purpose: str) -> bytes:
    """Return what makes a hash that who has the database alone cannot try phones and birth years out on."""
    return hmac.digest(signer_of(call).key, f"officers {purpose}".encode(), "sha256")


def _marked(call: Call, content: Values) -> Values:
    """Return a body as it is recognised when it is sent again: the history keeps its hash, also when the officer is gone."""
    key = _key(call, "marks")
    marks = {
        name: hmac.new(key, f"{name} {content[name]}".encode(), "sha256").hexdigest()
        for name in PRIVATE
        if content.get(name)
    }
    return {**content, **marks}


_IN_OFFICE = "(r.term_from <= {0}::date AND (r.term_to IS NULL OR r.term_to > {0}::date))"


def _today(parameters: dict[str, Any]) -> list[FieldError]:
    """Ask who is in office as of today, and for provinces by the column of their map."""
    if "in_office" in parameters:
        parameters["_in_office_on" if parameters["in_office"] else "_out_of_office_on"] = today()
    split_province(parameters)
    return []


OFFICER_TYPE: RecordType[Any] = RecordType(
    resource=OFFICER,
    plural="officers",
    output=Officer,
    create=OfficerCreate,
    change=OfficerChange,
    batch=batch_of(
        OfficerCreate,
        name="OfficerBatch",
        mode=Literal["atomic", "each"],
        doc="Up to 500 items. `atomic`: all or none; `each`: every item for itself (207).",
    ),
    listing=with_retention(
        listing_of(
            OFFICER,
            Officer,
            (
                replace(name_filter("r.name_folded"), kept_nowhere=True),
                id_filter("organization_id", "r.organization_id", "Organization."),
                code_filter("office", "r.office", codes.OFFICES, "Office."),
                code_filter("qualification", "r.qualification", codes.QUALIFICATIONS, "Highest qualification."),
                replace(flag_filter("in_office", "", "In office today, or not."), sql=""),
                Filter("_in_office_on", _IN_OFFICE, ""),
                Filter("_out_of_office_on", f"NOT {_IN_OFFICE}", ""),
                day_filter("as_of", _IN_OFFICE, "In office on that day"),
                *day_range("term_from", "r.term_from", "First day in office"),
                *day_range("term_to", "r.term_to", "First day no longer in office"),
                *PROVINCE_FILTERS,
            ),
            sorts={"term_from": SortKey("r.term_from", "date")},
            facets=("office", "qualification"),
            check=_today,
        ),
        KEPT,
    ),
    under=Parent(ORGANIZATION, "organizations", "organization_id", in_body=True, locked=True),
    columns=OFFICER_RULES.columns,
    digest=_marked,
    pepper=lambda call: _key(call, "requests"),
    patched=OFFICER_RULES.patched,
    derive=OFFICER_RULES.derive,
    hold=lock_organizations,
    removable=True,
    refusals=(problems.OrganizationMerged, problems.OfficeHeld, kernel_problems.AlreadyErased),
    removal_refusals=(problems.OrganizationMerged,),
    read_scopes=OWN_READ,
    write_scopes=WRITE,
    about={
        "create": "Enter an officer of the organization that the body names. The same `id` and content again answers 200.",
        "create_below": "Enter an officer of the organization. Chair, director, chief accountant and leader of a group are "
        "one person at a time: a term that overlaps another's is refused.",
    },
)
