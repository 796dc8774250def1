"""What a trainee is: its table, how it is shown (masked) and listed, and what the history keeps of it: no name, no number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kernel.personal_data.listing import with_retention
from kernel.personal_data.persons import Kept
from kernel.problems import Forbidden
from kernel.records import Resource, table_of
from kernel.records.crud import listing_of
from kernel.records.embedding import own_fields
from kernel.records.listing import code_filter, flag_filter, id_filter
from kernel.web.calls import Call
from services.training import code_lists as codes
from services.training import models
from services.training.classes.trainees.audit import audited
from services.training.classes.trainees.schemas import Trainee
from services.training.filters import NAME_FILTER, in_provinces
from services.training.indicators import INDICATORS
from services.training.names import ORGANIZATION_NAME
from services.training.rows import TraineeRow
from services.training.scopes import OWN_READ, RecordType

_HIDDEN = {"name": "name", "phone": "phone_last4", "id_number": "id_number_last4"}


def name_masked(name: str | None) -> str | None:
    """Return a name by its initials: "Nguyễn Văn An" is "N. V. A."."""
    return None if name is None else " ".join(f"{word[0]}." for word in name.split())


def represent_trainee(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a trainee as it is shown: initials, and numbers only by their last four digits."""
    hidden = [name for name, column in _HIDDEN.items() if row[column] is not None]
    masked: dict[str, Any] = {
        "name": None,
        "phone": None,
        "id_number": None,
        "name_masked": name_masked(row["name"]),
        "redacted": hidden,
    }
    return {name: masked[name] if name in masked else row[name] for name in own_fields(Trainee)}


_KEPT = (
    "id",
    "version",
    "organization_id",
    "audience",
    "state",
    "erased_on",
    "created_at",
    "updated_at",
    "created_by",
    "alliance",
)


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _KEPT}


TRAINEE = Resource(
    name="trainee",
    table=table_of(models.Trainee),
    path="/v1/training/trainees",
    represent=represent_trainee,
    embeds=(ORGANIZATION_NAME,),
    row=TraineeRow,
    cache_control="no-store",
    own_column="organization_id",
)
TRAINEE_KEPT = replace(TRAINEE, represent=_kept)
"""For writing: the history cannot be changed, so it must not hold what a person may have erased."""

_LAST_DAY = """SELECT 'contact', c.ends_on FROM {table} a JOIN training_class c ON c.id = a.class_id WHERE a.trainee_id = r.id"""
KEPT = Kept(
    resource=TRAINEE_KEPT,
    # By ix_attendance_trainee_id, ix_registration_trainee_id and ix_training_certificate_trainee_id. A voucher has the name of
    # who got the allowance, and is kept as vouchers are; it is one of the year in which the class ended.
    held=f"""
    SELECT 'contact', (r.updated_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
     UNION ALL SELECT 'allowance_vouchers', c.ends_on FROM attendance a JOIN training_class c ON c.id = a.class_id
                WHERE a.trainee_id = r.id AND a.allowance_vnd > 0
     UNION ALL {_LAST_DAY.format(table="attendance")}
     UNION ALL {_LAST_DAY.format(table="registration")} AND a.state = 'registered'
     UNION ALL SELECT 'contact', g.issued_on FROM training_certificate g WHERE g.trainee_id = r.id""",  # noqa: S608  names are constants of the code
)
"""What holds a trainee."""

_MAY_READ_NAMES = "training.write"
# By ix_registration_class_id and ix_attendance_class_id.
_OF_CLASS = """r.id IN (SELECT trainee_id FROM registration WHERE class_id = ANY({0}::uuid[]) AND state = 'registered'
                        UNION ALL SELECT trainee_id FROM attendance WHERE class_id = ANY({0}::uuid[]))"""


async def _search_names(call: Call, parameters: Mapping[str, Any], sort: str) -> dict[str, Any]:
    """Let nobody find out a name by guessing at it who may not read names, and note each search. Raises Forbidden."""
    if "q" in parameters:
        if _MAY_READ_NAMES not in call.caller.scopes:
            raise Forbidden(required_scope=_MAY_READ_NAMES)
        await audited(
            call.db,
            "trainee.names_searched",
            of=None,
            alliance=call.caller.area,
            by=call.caller,
            request_id=call.request_id,
            detail={"class_ids": parameters.get("class_id", [])},
        )
    return {}


_LISTING = listing_of(
    TRAINEE,
    Trainee,
    (
        replace(
            NAME_FILTER,
            description="Search in full names without regard to case or marks; names stay masked in the answer. For "
            "training.write only, and each search is recorded. Who was erased is not found.",
            beyond=True,
            kept_nowhere=True,
        ),
        replace(
            id_filter("class_id", "", "Class that the person has a place in or came to."), sql=_OF_CLASS, beyond=True
        ),
        id_filter("organization_id", "r.organization_id", "Organization that the person belongs to."),
        code_filter("audience", "r.audience", codes.AUDIENCES, "In which role the person comes."),
        code_filter("sex", "r.sex", codes.SEXES, "Sex."),
        code_filter("state", "r.state", codes.TRAINEE_STATES, "Whether an officer has looked who it is."),
        flag_filter("is_erased", "(r.erased_on IS NOT NULL)", "Those whose data was erased, or was not."),
        *in_provinces(
            "r.id IN (SELECT a.trainee_id FROM attendance a JOIN training_class c ON c.id = a.class_id WHERE {})",
            beyond=True,
        ),
    ),
    facets=("audience", "sex", "state"),
    counts=INDICATORS,
)

TRAINEE_TYPE = RecordType(
    resource=TRAINEE,
    plural="trainees",
    output=Trainee,
    create=None,
    listing=replace(with_retention(_LISTING, KEPT), prepare=_search_names),
    columns=None,
    read_scopes=OWN_READ,
)
