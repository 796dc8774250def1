"""What stands in the columns of a class: judged as a whole, for a new one and for what a correction leads to."""

from __future__ import annotations

from datetime import date
from typing import Any, TypedDict

from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.records.crud import outside_area
from kernel.storage.files import check_files
from kernel.values import geography
from kernel.values.days import today
from kernel.values.text import name_folded
from kernel.web.auth import Caller
from kernel.web.calls import Call
from services.training import problems
from services.training.classes.programs.records import check_program
from services.training.classes.training_classes.queries import session_totals
from services.training.classes.training_classes.schemas import TrainingClassCreate
from services.training.classes.training_classes.states import CLASS_STEPS
from services.training.rows import TrainingClassRow


def joint_key(body: TrainingClassCreate) -> str | None:
    """Return what two alliances' records of one joint class agree on: its decision, else its name, and its first day."""
    if body.attribution != "joint":
        return None
    return f"{name_folded(body.decision_number or body.name)}|{body.starts_on}"


async def class_columns(
    tx: Transaction, call: Call, body: TrainingClassCreate, row: TrainingClassRow | None
) -> dict[str, Any]:
    """Return the columns of a new class, or of what `row` becomes. Raises what refuses."""
    if row is not None:
        CLASS_STEPS.require("change", row["state"])
    place = _place_in_area(call.caller, body.commune_code, body.commune_map)
    alliance = place["alliance"]
    if row is not None and row["alliance"] != alliance:
        words = ("Lớp không chuyển sang Liên minh khác.", "A class does not move to another alliance.")
        raise Invalid(FieldError("outside_area", words, pointer="/commune_code"))
    await check_program(tx, body.program_id, by=call.caller)
    if field_errors := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*field_errors)
    lead = body.lead_alliance or alliance
    if body.attribution != "joint" and lead != alliance:
        words = ("Chỉ lớp phối hợp mới do Liên minh khác chủ trì.", "Only a joint class is led by another alliance.")
        raise Invalid(FieldError("not_allowed", words, pointer="/lead_alliance"))
    if body.attribution == "joint" and lead != alliance and alliance not in {p.alliance for p in body.partners}:
        words = ("Liên minh của bạn cần có trong đơn vị phối hợp.", "Your alliance has to be one of the partners.")
        raise Invalid(FieldError("required", words, pointer="/partners"))
    values = {
        **body.model_dump(exclude={"id", "reason", "is_held"}),
        **place,
        "lead_alliance": lead,
        "is_counted": lead == alliance,
        "joint_key": joint_key(body),
        "name_folded": name_folded(body.name),
    }
    if row is None:
        _refuse_untimely(body)
        return {**values, **_BEGINNING, "counted_on": body.ends_on, "state": "held" if body.is_held else "planned"}
    if body.capacity is not None and row["registered_count"] > body.capacity:
        raise problems.CapacityBelowRegistered(capacity=body.capacity, registered_count=row["registered_count"])
    last = await _last_session(tx, row["id"], body.starts_on, body.ends_on)
    return {**values, "counted_on": last or body.ends_on}


_BEGINNING: dict[str, Any] = {
    "session_minutes": 0,
    "registered_count": 0,
    "reported_attendance_count": None,
    "reported_list_file_id": None,
    "cancellation": None,
    "report": None,
}


def _refuse_untimely(body: TrainingClassCreate) -> None:
    if body.is_held and body.ends_on > today():
        words = (
            "Lớp chưa kết thúc nên chưa phải là đã tổ chức; hãy ghi sau ngày kết thúc.",
            "It has not ended yet, so it was not held; enter it afterwards.",
        )
        raise Invalid(FieldError("in_the_future", words, pointer="/ends_on"))


class _Place(TypedDict):
    province_2008: str
    province_2025: str
    alliance: str


def _place_in_area(caller: Caller, commune_code: str, commune_map: str) -> _Place:
    """Return both provinces of a checked commune and the alliance that owns what lies there.

    Raises Invalid for one beyond the caller's area.
    """
    place = geography.place(commune_code, commune_map)
    assert place is not None, "checked with the body"
    if not caller.holds(place.province_2025):
        raise outside_area("/commune_code")
    return {
        "province_2008": place.province_2008,
        "province_2025": place.province_2025,
        "alliance": place.province_2025,
    }


async def _last_session(tx: Transaction, class_id: str, first: date, last: date) -> date | None:
    """Return the day of the class's last session, or None without one. Raises SessionOutsideClass."""
    sessions = await session_totals(tx, class_id)
    first_session, last_session = sessions["first"], sessions["last"]
    if first_session is None or last_session is None:
        return None
    if first_session < first or last_session > last:
        outside = first_session if first_session < first else last_session
        raise problems.SessionOutsideClass(
            held_on=outside.isoformat(), starts_on=first.isoformat(), ends_on=last.isoformat()
        )
    return last_session
