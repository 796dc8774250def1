"""Creating and changing organizations, and keeping each one's timeline true to its facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

import asyncpg
import orjson
from pydantic_core import PydanticCustomError

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Transaction
from kernel.problems import Forbidden, Invalid
from kernel.records.attributions import check_partners
from kernel.records.replays import content_of, replay_of
from kernel.storage.pictures import refuse_no_photos
from kernel.values.days import day_of, now
from kernel.values.field_errors import as_fault
from kernel.values.history_actions import HistoryAction
from kernel.values.text import name_distinct, name_folded, name_sort
from kernel.web.auth import Caller
from services.registry import code_lists as codes
from services.registry import problems
from services.registry.organizations import queries
from services.registry.organizations.belongings import count_belongings, hand_over
from services.registry.organizations.endings import refuse_ended_case
from services.registry.organizations.field_types import check_founded, check_precision
from services.registry.organizations.openings import check_area, corrected_opening
from services.registry.organizations.placements import placed_code
from services.registry.organizations.queries import SimilarOrganization, TimelineFact
from services.registry.organizations.records import LISTS, ORGANIZATION, is_undated
from services.registry.organizations.schemas import (
    OrganizationChange,
    OrganizationCreate,
)
from services.registry.organizations.seats import Located
from services.registry.organizations.timeline import (
    SEAT,
    STATE,
    Period,
    State,
    Step,
    first_day,
    first_difference,
    periods,
)
from services.registry.rows import OrganizationRow

Values = dict[str, Any]

_OWN_FIELDS = frozenset({"contacts", "reason"})
"""What a cooperative's own user may change of its profile."""


def names(name: str) -> Values:
    """Return the columns that hold a name and the forms it is searched and sorted by."""
    return {
        "name": name,
        "name_folded": name_folded(name),
        "name_distinct": name_distinct(name),
        "name_sort": name_sort(name),
    }


async def create(tx: Transaction, body: OrganizationCreate, *, by: Caller) -> tuple[OrganizationRow, bool]:
    """Create an organization with its opening state; return its row and whether it is new.

    The same client-minted id with the same content answers what exists.
    Raises Invalid, IdInUse, AlreadyErased, CodeInUse, ExternalIdInUse, PossibleDuplicate.
    """
    located = body.seat.located()
    check_area(by, located)
    existing, digest = await replay_of(tx, ORGANIZATION, body.id, content_of(body), by)
    if existing is not None:
        return existing, False
    await refuse_no_photos(tx, by, body.photo_file_ids)
    searched = names(body.name)
    refuse_similar(body, await queries.similar(tx, body.code, located, searched["name_distinct"]), by=by)
    values = opening_values(body, located, searched, now())
    try:
        row = await records.create(tx, ORGANIZATION, values, by=by, reason=body.reason, digest=digest)
        await queries.write_states(tx, row["id"], [Period(row["starts_on"], date.max, _opening(row))])
        if body.external_ids:
            await queries.write_external_ids(tx, row["id"], [(i.system, i.value) for i in body.external_ids])
    except asyncpg.UniqueViolationError as error:
        raise _unique(error, body.code, body.id) from None
    return row, True


def refuse_similar(body: OrganizationCreate, similar: Sequence[SimilarOrganization], *, by: Caller) -> None:
    """Raise CodeInUse or PossibleDuplicate where a new organization repeats one of `similar`."""
    for row in similar:
        if row["same_code"]:
            identified: dict[str, Any] = {"organization_id": row["id"]} if by.holds(row["alliance"]) else {}
            raise problems.CodeInUse(organization_code=body.code, **identified)
    if similar and not body.force:
        raise problems.PossibleDuplicate(
            candidates=[{name: row[name] for name in ("id", "code", "name", "legal_status")} for row in similar]
        )


_COLUMNS = set(ORGANIZATION.columns)


def _columns(body: OrganizationCreate | OrganizationChange, names: Iterable[str]) -> Values:
    """Return those of the `given` fields that a column holds as they are; a list that was cleared is empty."""
    fields = _COLUMNS.intersection(names)
    values = body.model_dump(include=fields.difference(LISTS))
    for name, items in body.model_dump(include=fields.intersection(LISTS), mode="json").items():
        values[name] = [] if items is None else items
    return values


def opening_values(body: OrganizationCreate, located: Located, searched: Values, at: datetime) -> Values:
    """Return the columns of an organization that is created `at` this instant. Raises Invalid."""
    seat = {
        **located.columns(),
        "seat_2025_commune_code": placed_code(
            body.seat_2025, located.commune_code, located.commune_map, located.province_2025
        ),
    }
    plain = _columns(body, OrganizationCreate.model_fields)
    if body.founded_on is None:
        plain["founded_precision"] = None
    elif body.founded_precision is None:
        plain["founded_precision"] = "day"
    state = {**seat, **{name: plain[name] for name in ("type", "legal_status", "operating_state")}}
    return {
        **plain,
        **searched,
        **seat,
        "alliance": located.province_2025,
        "merged_into": None,
        "created_at": at,
        "starts_on": first_day(body.registered_on, body.founded_on, day_of(at), None),
        **{f"opening_{name}": state[name] for name in STATE},
    }


def _unique(error: asyncpg.UniqueViolationError, code: str | None, id_: str | None) -> Exception:
    match error.constraint_name:
        case "uq_organization_code":
            return problems.CodeInUse(organization_code=code)
        case "pk_organization_external_id":
            return problems.ExternalIdInUse()
        case "pk_organization" | "pk_history":
            return kernel_problems.IdInUse(id=id_)
        case _:
            return error


def _opening(row: OrganizationRow) -> State:
    return State(
        type=row["opening_type"],
        legal_status=row["opening_legal_status"],
        operating_state=row["opening_operating_state"],
        commune_code=row["opening_commune_code"],
        commune_map=row["opening_commune_map"],
        commune_name=row["opening_commune_name"],
        address=row["opening_address"],
        province_2008=row["opening_province_2008"],
        province_2025=row["opening_province_2025"],
        seat_2025_commune_code=row["opening_seat_2025_commune_code"],
    )


def _merged(row: OrganizationRow, values: Values) -> OrganizationRow:
    return cast(OrganizationRow, {**row, **values})


async def change(
    tx: Transaction, row: OrganizationRow, body: OrganizationChange, *, by: Caller
) -> tuple[OrganizationRow, date | None]:
    """Apply a merge patch to the locked `row`; the timeline follows where its first day or period is corrected.

    Returns the row and the first day on which what figures count of it has changed, if any has.
    Raises DecidedByFacts, CodeInUse, ExternalIdInUse, BeforeStart, TransitionForbidden, StatusNotOfType.
    """
    refuse_merged(row)
    given = body.model_fields_set
    if not by.scopes & {"registry.write", "sync.write"} and not given <= _OWN_FIELDS:
        raise Forbidden(required_scope="registry.write")
    values = _columns(body, given.difference(STATE))
    await refuse_no_photos(tx, by, values.get("photo_file_ids", []), before=orjson.loads(row["photo_file_ids"]))
    if "name" in values:
        values.update(names(values["name"]))
    facts = await queries.facts_of(tx, row["id"])
    values.update(corrected_opening(row, body, given, {fact["fact"] for fact in facts}, by=by))
    facts = await _placed(tx, row, body, values, facts)
    merged = _merged(row, values)
    _check_founding(values, merged, given)
    try:
        after, since = await _apply(tx, row, values, facts, by=by, reason=body.reason)
        if "external_ids" in values:
            await queries.replace_external_ids(
                tx, row["id"], [(item["system"], item["value"]) for item in values["external_ids"]]
            )
    except asyncpg.UniqueViolationError as error:
        raise _unique(error, values.get("code"), None) from None
    return after, since


async def _placed(
    tx: Transaction, row: OrganizationRow, body: OrganizationChange, values: Values, facts: list[TimelineFact]
) -> list[TimelineFact]:
    """Say where the present seat lies today, or the first one where the body corrects that; return the facts then.

    The word stands with what brought the seat, the opening or the last move, but it is none of the two: neither gets a
    version or an event of it.
    """
    first = _merged(row, values)
    if _first_commune(first) != _first_commune(row):
        values["opening_seat_2025_commune_code"] = None
    if "seat_2025" not in body.model_fields_set:
        return facts
    move = next((fact for fact in reversed(facts) if fact["fact"] == "seat_change"), None)
    if move is None or "opening_commune_code" in values:
        code = placed_code(body.seat_2025, *_first_commune(first), first["opening_province_2025"])
        values["opening_seat_2025_commune_code"] = code
        return facts
    code = placed_code(body.seat_2025, str(move["commune_code"]), str(move["commune_map"]), str(move["province_2025"]))
    await queries.place_move(tx, move["id"], code)
    return await queries.facts_of(tx, row["id"])


def _first_commune(row: OrganizationRow) -> tuple[str, str]:
    return row["opening_commune_code"], row["opening_commune_map"]


def _check_founding(values: Values, merged: OrganizationRow, given: set[str]) -> None:
    """Judge the founding as it would stand; without a day of founding there is no precision of one."""
    pointer = "/founded_precision"
    try:
        if "founded_precision" in given:
            check_precision(merged["founded_on"], merged["founded_precision"])
        pointer = "/registered_on"
        check_founded(merged["founded_on"], merged["founded_precision"], merged["registered_on"])
        pointer = "/founding_partners"
        check_partners({"attribution": merged["founding_attribution"], "partners": merged["founding_partners"]})
    except PydanticCustomError as error:
        raise Invalid(as_fault(error, pointer=pointer)) from None
    if merged["founded_on"] is None:
        values["founded_precision"] = None
    elif merged["founded_precision"] is None:
        values["founded_precision"] = "day"


async def remove(tx: Transaction, row: OrganizationRow, elsewhere: list[Values], *, by: Caller, reason: str) -> None:
    """Delete the locked organization, entered by mistake; its history and the feed keep that it was there.

    `elsewhere`: what names it in other services. Raises OrganizationMerged, OrganizationReferenced.
    """
    refuse_merged(row)
    references = [*await count_belongings(tx, row["id"]), *elsewhere]
    if duplicates := await queries.count_duplicates(tx, row["id"]):
        named = {"service": "registry", "resource_type": ORGANIZATION.name, "resource": ORGANIZATION.path}
        references.insert(0, {**named, "field": "merged_into", "count": duplicates})
    if references:
        record_count = sum(reference["count"] for reference in references)
        raise problems.OrganizationReferenced(record_count=record_count, references=references)
    await records.remove(tx, ORGANIZATION, row, by=by, reason=reason)


def refuse_merged(row: OrganizationRow) -> None:
    """Refuse what would change an organization that was merged into another, or a fact that stayed with it.

    Raises OrganizationMerged.
    """
    if row["merged_into"] is not None:
        raise problems.OrganizationMerged(merged_into=row["merged_into"])


async def merge(tx: Transaction, row: OrganizationRow, into: OrganizationRow, *, by: Caller, reason: str) -> None:
    """Have the locked organization stand for nothing but `into`: it loses its timeline, and the feed says where it went."""
    values = {"merged_into": into["id"]}
    await records.update(tx, ORGANIZATION, row, values, by=by, reason=reason, action="merged", merged_into=into["id"])
    await queries.drop_states(tx, row["id"])


async def restore(tx: Transaction, row: OrganizationRow, *, by: Caller, reason: str) -> OrganizationRow:
    """Have a merged organization stand for itself again, with the timeline that its facts make."""
    facts = await queries.facts_of(tx, row["id"])
    after, _ = await _apply(tx, row, {"merged_into": None}, facts, by=by, reason=reason, action="restored")
    return after


async def follow_facts(tx: Transaction, row: OrganizationRow, *, by: Caller, reason: str) -> None:
    """Set where facts that came to the locked organization, or left it, count; an undated one begins anew by them."""
    if is_undated(row):
        await rebuild(tx, row, by=by, reason=reason)
    await queries.place_facts(tx, row["id"])


async def rebuild(tx: Transaction, row: OrganizationRow, *, by: Caller, reason: str | None) -> OrganizationRow:
    """Make the organization's timeline and present state follow its facts, after one of them changed."""
    facts = await queries.facts_of(tx, row["id"])
    after, _ = await _apply(tx, row, {}, facts, by=by, reason=reason, action="derived")
    return after


async def _apply(
    tx: Transaction,
    row: OrganizationRow,
    values: Values,
    facts: list[TimelineFact],
    *,
    by: Caller,
    reason: str | None,
    action: HistoryAction | None = None,
) -> tuple[OrganizationRow, date | None]:
    """Write `values` and what follows from them; return the row and since when what figures count has changed."""
    merged = _merged(row, values)
    merged["starts_on"] = await _first_day(tx, merged)
    after_periods, before_periods = timeline(merged, facts), await queries.states_of(tx, row["id"])
    since = first_difference(before_periods, after_periods)
    state = after_periods[-1].state
    after = await records.update(
        tx,
        ORGANIZATION,
        row,
        {**values, **state.columns(), "starts_on": merged["starts_on"], "alliance": state.alliance},
        by=by,
        reason=reason,
        action=action or ("changed" if since is None else "corrected"),
    )
    if before_periods != after_periods:
        await queries.replace_states(tx, row["id"], after_periods)
        if places(before_periods) != places(after_periods):
            await queries.place_facts(tx, row["id"])
        await refuse_ended_case(tx, row["id"])
    if after["alliance"] != row["alliance"]:
        await hand_over(tx, row["id"], after["alliance"], by=by)
    return after, since


def places(timeline: Iterable[Period]) -> list[tuple[date, str, str]]:
    """Return since when the organization lay where, by which its facts are placed: what else changed moves none of them."""
    found: list[tuple[date, str, str]] = []
    for period in timeline:
        provinces = (period.state.province_2008, period.state.province_2025)
        if not found or found[-1][1:] != provinces:
            found.append((period.valid_from, *provinces))
    return found


async def _first_day(tx: Transaction, row: OrganizationRow) -> date:
    earliest = await queries.earliest_fact(tx, row["id"]) if is_undated(row) else None
    return first_day(row["registered_on"], row["founded_on"], day_of(row["created_at"]), earliest)


def timeline(row: OrganizationRow, facts: Iterable[TimelineFact]) -> list[Period]:
    """Return the timeline of the organization in `row` under `facts`, each step checked against the law.

    Raises BeforeStart, TransitionForbidden, StatusNotOfType, ConversionForbidden.
    """
    state, starts_on = _opening(row), row["starts_on"]
    if state.legal_status not in codes.STATUSES_OF_TYPE[state.type]:
        raise problems.StatusNotOfType(to_status=state.legal_status, organization_type=state.type)
    steps = []
    type_, status = state.type, state.legal_status
    for entered, fact in enumerate(facts):
        if fact["on"] < starts_on:
            raise problems.BeforeStart(starts_on=starts_on.isoformat())
        sets: dict[str, str | None]
        match fact["fact"], fact["status"]:
            case "legal", str(to_status):
                _check_transition(type_, status, to_status, fact["basis"])
                status = to_status
                sets = {"legal_status": status}
            case "operating", observed:
                sets = {"operating_state": observed}
            case "type_conversion", str(conversion):
                type_ = _converted(type_, status, conversion)
                sets = {"type": type_}
            case _:
                columns: Mapping[str, Any] = fact
                sets = {name: columns[name] for name in SEAT}
        steps.append(Step(fact["on"], entered, tuple(sets.items())))
    return periods(starts_on, state, steps)


def _check_transition(type_: str, status: str, to_status: str, basis: str | None) -> None:
    if to_status not in codes.STATUSES_OF_TYPE[type_]:
        raise problems.StatusNotOfType(to_status=to_status, organization_type=type_)
    if status in codes.TERMINAL_STATUSES and basis is None:
        raise problems.TransitionForbidden(from_status=status, to_status=to_status)


def _converted(type_: str, status: str, conversion: str) -> str:
    needed, becomes = {
        "group_to_cooperative": ("cooperative_group", "cooperative"),
        "old_style_to_new_style": ("cooperative", "cooperative"),
    }[conversion]
    if type_ != needed or status in codes.TERMINAL_STATUSES or status not in codes.STATUSES_OF_TYPE[becomes]:
        raise problems.ConversionForbidden(organization_type=type_)
    return becomes
