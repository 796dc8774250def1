"""What a session of a class is: its table, how it is shown and listed, and how one is entered."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Transaction
from kernel.records import Resource, loaded, table_of
from kernel.records.crud import Parent, listing_of, representation
from kernel.records.listing import SortKey, day_range, id_filter
from kernel.web.calls import Call
from services.training import models, problems
from services.training.classes.sessions.schemas import ClassSession, ClassSessionCreate
from services.training.classes.training_classes.records import CLASS, class_of
from services.training.classes.training_classes.service import follow_sessions
from services.training.classes.training_classes.states import CLASS_STEPS
from services.training.names import CLASS_NAME
from services.training.rows import ClassSessionRow
from services.training.scopes import RecordType

SESSION = Resource(
    name="class_session",
    table=table_of(models.ClassSession),
    path="/v1/training/sessions",
    represent=representation(ClassSession),
    embeds=(CLASS_NAME,),
    row=ClassSessionRow,
)
SESSION_REFUSALS = (problems.SessionOutsideClass, problems.SessionNumberInUse, problems.ClassStateForbids)


async def _columns(
    tx: Transaction, call: Call, body: ClassSessionCreate, row: ClassSessionRow | None
) -> dict[str, Any]:
    class_id = loaded(call, CLASS)["id"] if row is None else row["class_id"]
    # Locked: the sessions of a class change one after the other, and its hours and its day follow from all of them.
    training_class = await class_of(tx, class_id, by=call.caller, lock=True)
    CLASS_STEPS.require("change", training_class["state"])
    if not training_class["starts_on"] <= body.held_on <= training_class["ends_on"]:
        raise problems.SessionOutsideClass(
            held_on=body.held_on.isoformat(),
            starts_on=training_class["starts_on"].isoformat(),
            ends_on=training_class["ends_on"].isoformat(),
        )
    return {
        **body.model_dump(exclude={"id", "reason"}),
        "class_id": class_id,
        "alliance": training_class["alliance"],
    }


async def _number_in_use(tx: Transaction, values: dict[str, Any]) -> Exception:
    return problems.SessionNumberInUse(number=values["number"])


async def _after(tx: Transaction, call: Call, body: ClassSessionCreate, row: ClassSessionRow) -> ClassSessionRow:
    await follow_sessions(tx, row["class_id"], by=call.caller)
    return row


SESSION_TYPE = RecordType(
    resource=SESSION,
    plural="sessions",
    many="class_sessions",
    output=ClassSession,
    create=ClassSessionCreate,
    listing=listing_of(
        SESSION,
        ClassSession,
        (id_filter("class_id", "r.class_id", "Class."), *day_range("held_on", "r.held_on", "Day of the session")),
        sorts={"held_on": SortKey("r.held_on", "date"), "number": SortKey("r.number", "integer")},
    ),
    columns=_columns,
    refusals=SESSION_REFUSALS,
    unique={"uq_class_session_number": _number_in_use},
    under=Parent(CLASS, "classes", "class_id"),
    after=_after,
)
