"""What a class is: its table, how it is shown and listed, and how one is entered."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlmodel import col, select

from kernel.database.connections import Transaction
from kernel.database.statements import param, scalar
from kernel.problems import FieldError, Invalid, NotFound
from kernel.records import Resource, read, table_of
from kernel.records.crud import listing_of, merge_patch_model, representation
from kernel.records.in_sql import Fields, said_in_sql, with_fields
from kernel.records.listing import SortKey, code_filter, day_range, id_filter, text_filter
from kernel.records.province_filters import PROVINCE_FILTERS
from kernel.web.auth import Caller
from services.training import code_lists as codes
from services.training import models, problems
from services.training.classes.training_classes.columns import class_columns
from services.training.classes.training_classes.schemas import TrainingClass, TrainingClassCreate
from services.training.classes.training_classes.states import CLASS_STEPS
from services.training.filters import NAME_FILTER, sums_by_source
from services.training.indicators import INDICATORS
from services.training.names import OF_STEP_NAMES, PROGRAM_NAME
from services.training.rows import TrainingClassRow
from services.training.scopes import RecordType

_stored = representation(
    TrainingClass,
    parsed=(
        "partners",
        "budget",
        "actual_cost",
        "lecturers",
        "expected_audience",
        "cancellation",
        "report",
        "file_ids",
    ),
    computed=("allowed_actions",),
)


def _represent(row: TrainingClassRow) -> dict[str, Any]:
    """Return the public representation of a class's row; jsonb passes through unparsed.

    How many registered is not in it: a registration would make every copy stale. See the class's summary.
    """
    document = _stored(row)
    document["allowed_actions"] = CLASS_STEPS.allowed_actions(row["state"])
    return document


@said_in_sql(_represent)
def _in_sql(table: Table) -> Fields:
    return with_fields(_stored, table, allowed_actions=CLASS_STEPS.in_sql())


CLASS = Resource(
    name="class",
    table=table_of(models.TrainingClass),
    path="/v1/training/classes",
    represent=_represent,
    embeds=(PROGRAM_NAME, *OF_STEP_NAMES),
    row=TrainingClassRow,
)


async def class_of(tx: Transaction, id_: str, *, by: Caller, lock: bool = False) -> TrainingClassRow:
    """Return the class with `id_` within the caller's area. Raises NotFound."""
    training_class = await read(tx, CLASS, id_, by, lock=lock)
    if training_class is None:
        raise NotFound()
    return training_class


async def class_named(tx: Transaction, id_: str, pointer: str, *, by: Caller) -> TrainingClassRow:
    """Return the class that a body names at `pointer`. Raises Invalid if it is not there or beyond the caller's area."""
    training_class = await read(tx, CLASS, id_, by)
    if training_class is None:
        words = ("Không có lớp này trong địa bàn của bạn.", "There is no such class in your area.")
        raise Invalid(FieldError("unknown_class", words, pointer=pointer))
    return training_class


_WITH_NUMBER = scalar(
    str,
    select(models.TrainingClass.id).where(
        models.TrainingClass.alliance == param(1), models.TrainingClass.class_number == param(2)
    ),
)
# The conditions are those of uq_training_class_joint: at most one record of a joint class counts.
_LEAD_OF_JOINT = scalar(
    str,
    select(models.TrainingClass.lead_alliance).where(
        models.TrainingClass.joint_key == param(1),
        col(models.TrainingClass.is_counted),
        models.TrainingClass.state != "cancelled",
    ),
)


async def _number_in_use(tx: Transaction, values: dict[str, Any]) -> Exception:
    existing = await tx.fetchval(_WITH_NUMBER, values["alliance"], values["class_number"])
    return problems.ClassNumberInUse(class_number=values["class_number"], class_id=existing)


async def _joint_claimed(tx: Transaction, values: dict[str, Any]) -> Exception:
    return problems.JointClassClaimed(lead_alliance=await tx.fetchval(_LEAD_OF_JOINT, values["joint_key"]))


CLASS_TYPE = RecordType(
    resource=CLASS,
    plural="classes",
    output=TrainingClass,
    create=TrainingClassCreate,
    change=merge_patch_model(TrainingClassCreate, without=("is_held",)),
    listing=listing_of(
        CLASS,
        TrainingClass,
        (
            NAME_FILTER,
            code_filter("state", "r.state", codes.CLASS_STATES, "State."),
            code_filter("kind", "r.kind", codes.CLASS_KINDS, "Kind of class."),
            code_filter("topic", "r.topic", codes.TOPICS, "Topic."),
            code_filter("attribution", "r.attribution", codes.ATTRIBUTIONS, "Who organizes it."),
            text_filter("lead_alliance", "r.lead_alliance", "Alliance that leads it."),
            id_filter("program_id", "r.program_id", "Program that pays for it."),
            text_filter("class_number", "r.class_number", "Number of the class, exactly."),
            text_filter("decision_number", "r.decision_number", "Number of its decision, exactly."),
            *PROVINCE_FILTERS,
            *day_range("starts_on", "r.starts_on", "First day"),
            *day_range("counted_on", "r.counted_on", "Day it counts on"),
        ),
        sorts={
            "starts_on": SortKey("r.starts_on", "date"),
            "counted_on": SortKey("r.counted_on", "date"),
            "name": SortKey("r.name_folded"),
        },
        facets=("state", "kind", "topic", "attribution"),
        sums=sums_by_source("budget", "actual_cost"),
        counts=INDICATORS,
    ),
    columns=class_columns,
    refusals=(
        problems.ClassNumberInUse,
        problems.JointClassClaimed,
        problems.ClassStateForbids,
        problems.CapacityBelowRegistered,
        problems.SessionOutsideClass,
    ),
    unique={"uq_training_class_number": _number_in_use, "uq_training_class_joint": _joint_claimed},
)
