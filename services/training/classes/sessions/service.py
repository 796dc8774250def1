"""Correcting and deleting sessions: the class is locked first, and follows."""

from __future__ import annotations

from typing import Any

from sqlmodel import func, select

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import always, param
from kernel.records import loaded, locked
from kernel.records.crud import change
from kernel.web.calls import Call
from services.training import models, problems
from services.training.classes.sessions.records import SESSION, SESSION_TYPE
from services.training.classes.training_classes.records import class_of
from services.training.classes.training_classes.service import follow_sessions
from services.training.rows import ClassSessionRow

_CHECK_INS = always(
    int, select(func.count()).select_from(models.CheckIn).where(models.CheckIn.class_session_id == param(1))
)


async def _locked(tx: Transaction, call: Call) -> ClassSessionRow:
    """Return the session of the path, locked. The class first, always: its sessions change one after the other."""
    session = loaded(call, SESSION)
    await class_of(tx, session["class_id"], by=call.caller, lock=True)
    return await locked(tx, call, SESSION, session["id"])


async def change_session(tx: Transaction, call: Call, patch: Any) -> ClassSessionRow:
    """Correct the session of the path. Raises ClassStateForbids, SessionOutsideClass, SessionNumberInUse, Stale."""
    session = await _locked(tx, call)
    after = await change(tx, call, SESSION_TYPE, session, patch)
    await follow_sessions(tx, after["class_id"], by=call.caller)
    return after


async def remove_session(tx: Transaction, call: Call, *, reason: str | None) -> None:
    """Delete the session of the path. Raises SessionAttended, Stale."""
    session = await _locked(tx, call)
    if check_ins := await tx.fetchval(_CHECK_INS, session["id"]):
        raise problems.SessionAttended(check_ins=check_ins)
    await records.remove(tx, SESSION, session, by=call.caller, reason=reason)
    await follow_sessions(tx, session["class_id"], by=call.caller)
