"""Finding a person again, so that one person is one trainee however often entered.

An officer's entry is looked for in the whole alliance. An entry of an organization's own user is looked for among that
organization's persons alone and waits `unconfirmed` for an officer: whether somebody has the same number elsewhere is
not looked at, so nothing that its user sees, not even how long the answer takes, can tell.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from kernel.database.connections import Row, Transaction
from kernel.feed.organizations import organization
from kernel.problems import FieldError, Invalid
from kernel.records import records
from kernel.storage.sealing import Sealer, sealer_of
from kernel.values.text import name_folded
from kernel.web.operations import Call
from services.training import problems
from services.training.classes.trainees.audit import audited
from services.training.classes.trainees.records import TRAINEE, TRAINEE_KEPT
from services.training.classes.trainees.schemas import TraineeNamed

SECRETS = ("phone", "id_number")
SENSITIVE = ("ethnic_group", "has_disability", "is_poor_household")
_NO_DIGITS = re.compile(r"\D+")
_PLAIN = ("name", "birth_year", "sex", "organization_id", "organization_name", "position", "audience")


@functools.lru_cache(maxsize=2000)
def _organization_folded(name: str) -> str:
    return name_folded(name)


def person_key(folded: str, birth_year: int | None, organization_id: str | None, organization_name: str | None) -> str:
    """Return what a person without a number is found by, of the folded name and the rest.

    An unknown birth year or organization fits only unknown ones.
    """
    organization = organization_id or _organization_folded(organization_name or "")
    return f"{folded}|{birth_year or ''}|{organization}"


def columns_of(sealer: Sealer, body: TraineeNamed, alliance: str, *, state: str = "confirmed") -> dict[str, Any]:
    """Return the columns of a new trainee; numbers are sealed."""
    values: dict[str, Any] = {name: getattr(body, name) for name in _PLAIN}
    folded = name_folded(body.name)
    values.update(
        alliance=alliance,
        name_folded=folded,
        state=state,
        erased_on=None,
        person_key=person_key(folded, body.birth_year, body.organization_id, body.organization_name),
        **sealed(sealer, "phone", body.phone),
        **sealed(sealer, "id_number", body.id_number),
    )
    return values


def sealed(sealer: Sealer, name: str, plain: str | None) -> dict[str, Any]:
    """Return the columns that keep one number."""
    digits = _NO_DIGITS.sub("", plain or "")
    made: dict[str, Any] = {
        f"{name}_last4": digits[-4:] or None,
        f"{name}_sealed": None if plain is None else sealer.seal(name, plain),
    }
    if name == "id_number":
        made["id_number_mark"] = None if plain is None else sealer.mark(name, plain)
    return made


def without_secrets(sealer: Sealer, given: dict[str, Any]) -> dict[str, Any]:
    """Return a body as it may be recognized by its hash: what names the person only as marks."""
    kept = dict(given)
    for name in ("name", *SECRETS):
        if kept.get(name) is not None:
            kept[name] = sealer.mark(name, kept[name])
    if kept.get("sensitive") is not None:
        kept["sensitive"] = sealer.mark("sensitive", str(sorted(kept["sensitive"].items())))
    if isinstance(kept.get("trainee"), dict):
        kept["trainee"] = without_secrets(sealer, kept["trainee"])
    return kept


# Of several who wait with one number, the one that stands, else the one of the organization that is named.
_BY_MARK = f"""{TRAINEE.select} WHERE alliance = $1 AND id_number_mark = $2
 ORDER BY state, organization_id IS NOT DISTINCT FROM $3::uuid DESC, id LIMIT 1 FOR NO KEY UPDATE"""
_OWN_BY_MARK = f"""{TRAINEE.select} WHERE organization_id = $3::uuid AND alliance = $1 AND id_number_mark = $2
 ORDER BY state, id LIMIT 1 FOR NO KEY UPDATE"""
_BY_KEY = f"{TRAINEE.select} WHERE alliance = $1 AND person_key = $2 ORDER BY id FOR NO KEY UPDATE"
TURN = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


async def find_or_enter(
    tx: Transaction,
    call: Call,
    body: TraineeNamed,
    alliance: str,
    *,
    id_: str | None = None,
    digest: bytes | None = None,
    pointer: str = "",
) -> tuple[Row, bool]:
    """Return the trainee whom `body` describes, entered if not known, and whether it is new.

    Two that describe one person at the same time take turns. Sensitive attributes are kept of one who is new; of one
    who is found again nothing is changed. An own user may leave its organization out. Raises TraineeAmbiguous, IdInUse, and for a new one what `organization` raises.
    """
    confined = call.caller.confined_to
    if confined is not None and body.organization_id is None:
        body = body.model_copy(update={"organization_id": confined})
    if confined is not None and body.organization_id != confined:
        words = (
            "Chỉ nhập được người của đơn vị mình; hãy bỏ trống mục này.",
            "Only persons of your own organization can be entered; leave this out.",
        )
        raise Invalid(FieldError("outside_area", words, pointer=f"{pointer}/organization_id"))
    sealer = sealer_of(call)
    values = columns_of(sealer, body, alliance, state="confirmed" if confined is None else "unconfirmed")
    await tx.execute(TURN, f"trainee/{alliance}/{values['person_key']}")
    row = await _known(tx, call, values)
    new = row is None
    if row is None:
        # Only now: a person who is known already may belong to an organization that has ended since.
        if body.organization_id is not None:
            await organization(tx, call, body.organization_id, f"{pointer}/organization_id")
        row = await records.create(tx, TRAINEE_KEPT, {"id": id_, **values}, by=call.caller, digest=digest)
        if body.sensitive is not None:
            await keep_sensitive(tx, call, row, body.sensitive.model_dump(exclude_none=True))
    return row, new


async def _known(tx: Transaction, call: Call, values: Mapping[str, Any]) -> Row | None:
    mark, alliance, own = values["id_number_mark"], values["alliance"], call.caller.confined_to
    if mark is not None:
        # An own user takes turns with those of its organization alone: a wait would tell of others.
        await tx.execute(TURN, f"trainee/{alliance}/{own or ''}/{mark}")
        by_mark = _BY_MARK if own is None else _OWN_BY_MARK
        if (row := await tx.fetchrow(by_mark, alliance, mark, values["organization_id"])) is not None:
            return row
    like = await tx.fetch(_BY_KEY, alliance, values["person_key"])
    if mark is None:
        if len(like) > 1:
            raise problems.TraineeAmbiguous(count=len(like), trainee_ids=[row["id"] for row in like])
        return like[0] if like else None
    for row in like:
        if row["id_number_mark"] is None:
            # Known without a number until now: it is filled in. One that its own user says waits for an officer.
            number = {name: values[name] for name in ("id_number_last4", "id_number_sealed", "id_number_mark")}
            if own is not None:
                number["state"] = "unconfirmed"
            after: Row = await records.update(tx, TRAINEE_KEPT, row, number, by=call.caller)
            return after
    return None


_KEEP_SENSITIVE = """
    INSERT INTO trainee_sensitive AS s (trainee_id, alliance, ethnic_group, has_disability, is_poor_household)
    VALUES ($1::uuid, $2, $3, $4, $5) ON CONFLICT (trainee_id) DO UPDATE
       SET ethnic_group = CASE WHEN 'ethnic_group' = ANY($6::text[]) THEN excluded.ethnic_group ELSE s.ethnic_group END,
           has_disability = CASE WHEN 'has_disability' = ANY($6::text[]) THEN excluded.has_disability ELSE s.has_disability END,
           is_poor_household = CASE WHEN 'is_poor_household' = ANY($6::text[]) THEN excluded.is_poor_household
                                    ELSE s.is_poor_household END"""


async def keep_sensitive(tx: Transaction, call: Call, row: Row, given: Mapping[str, Any]) -> None:
    """Keep what is said of a person's sensitive attributes; what is not said stays. Which ones were said is recorded."""
    if not given:
        return
    values = [given.get(name) for name in SENSITIVE]
    await tx.execute(_KEEP_SENSITIVE, row["id"], row["alliance"], *values, list(given))
    await audited(tx, call, "trainee.sensitive_changed", row, {"attributes": sorted(given)})


# Held against being joined to another until what is entered for it stands.
_NAMED = f"""{TRAINEE.select} WHERE id = $1::uuid AND alliance = $2 AND ($3::uuid IS NULL OR organization_id = $3)
 FOR KEY SHARE"""


async def person_of(
    tx: Transaction, call: Call, trainee_id: str | None, body: TraineeNamed | None, alliance: str
) -> Row:
    """Return the trainee that a body names or describes. Raises Invalid, TraineeAmbiguous, TraineeErased."""
    if trainee_id is None:
        assert body is not None, "a body names or describes a person"
        row, _ = await find_or_enter(tx, call, body, alliance, pointer="/trainee")
        return row
    found = await tx.fetchrow(_NAMED, trainee_id, alliance, call.caller.confined_to)
    if found is None or not call.caller.holds(alliance):
        words = ("Không có học viên này trong địa bàn của bạn.", "There is no such trainee in your area.")
        raise Invalid(FieldError("unknown_trainee", words, pointer="/trainee_id"))
    if found["erased_on"] is not None:
        raise problems.TraineeErased(erased_on=found["erased_on"].isoformat())
    return found


# Who has the same number, in the order in which one may stand for all: who attended, who is registered, who was named.
_IN_CLASS = f"""
    SELECT {", ".join(f"t.{name}" for name in TRAINEE.columns)} FROM trainee t
     WHERE t.alliance = $1 AND t.id_number_mark = $2
     ORDER BY EXISTS (SELECT FROM attendance a WHERE a.class_id = $3::uuid AND a.trainee_id = t.id) DESC,
              EXISTS (SELECT FROM registration r
                       WHERE r.class_id = $3::uuid AND r.trainee_id = t.id AND r.state = 'registered') DESC,
              t.id = $4::uuid DESC, t.state, t.id
     LIMIT 1 FOR KEY SHARE"""


async def as_in_class(tx: Transaction, person: Row, class_id: str) -> Row:
    """Return the trainee as whom `person` stands in a class, where it was entered more than once: it attends once.

    For officers alone: who else has the number is not for an organization's own user.
    """
    if person["id_number_mark"] is None:
        return person
    row = await tx.fetchrow(_IN_CLASS, person["alliance"], person["id_number_mark"], class_id, person["id"])
    return person if row is None else row
