"""Steps in the life of a class or an event: the states in which each may be taken, and taking one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import BaseModel
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.problems import Problem
from kernel.records import R, Resource, answer, locked
from kernel.records.in_sql import Memo, Pieces
from kernel.values.days import instant_text, now
from kernel.web.auth import Caller
from kernel.web.calls import Call
from kernel.web.idempotency import once


@dataclass(frozen=True)
class Steps:
    """Step → the states that it may be taken in, and what refuses it in any other."""

    allowed_in: Mapping[str, tuple[str, ...]]
    refusal: type[Problem]
    _shown: dict[str, orjson.Fragment] = field(init=False, default_factory=dict)

    def require(self, action: str, state: str) -> None:
        """Raise the refusal unless `action` may be taken in `state`."""
        if state not in self.allowed_in[action]:
            raise self.refusal(state=state, action=action, allowed_in=list(self.allowed_in[action]))

    def allowed_actions(self, state: str) -> orjson.Fragment:
        """Return every step as JSON: whether the state allows it, and what stands in the way."""
        if state not in self._shown:
            self._shown[state] = orjson.Fragment(orjson.dumps([self._action(name, state) for name in self.allowed_in]))
        return self._shown[state]

    def in_sql(self) -> Pieces:
        """Return the same of a row, for exports."""
        return (Memo("r.state", self.allowed_actions),)

    def _action(self, name: str, state: str) -> dict[str, Any]:
        allowed = state in self.allowed_in[name]
        return {"action": name, "allowed": allowed, "problem": None if allowed else self.refusal.type_path()}


def recorded(by: Caller) -> dict[str, Any]:
    """Return who recorded something and when, as documents in a column keep it."""
    return {"recorded_by": by.id, "recorded_at": instant_text(now())}


def cancelled(body: BaseModel, *, by: Caller) -> dict[str, Any]:
    """Return the columns of what is cancelled: its state, and the body with who recorded it and when."""
    return {"state": "cancelled", "cancellation": {**body.model_dump(mode="json"), **recorded(by)}}


def reported(body: BaseModel, *, by: Caller) -> dict[str, Any]:
    """Return the columns of what is reported; `actual_cost` is a column of its own, which only a report that has it changes."""
    values: dict[str, Any] = {
        "state": "reported",
        "report": {**body.model_dump(mode="json", exclude={"actual_cost"}), **recorded(by)},
    }
    actual_cost = body.model_dump(include={"actual_cost"})["actual_cost"]
    return values if actual_cost is None else {**values, "actual_cost": actual_cost}


async def take_step(
    call: Call, resource: Resource[R], id_: str, step: Callable[[Transaction, R], Awaitable[Mapping[str, Any]]]
) -> Response:
    """Take one step with the locked record, once for its key; If-Match is honored where it is sent."""

    async def effect(tx: Transaction) -> Response:
        row = await locked(tx, call, resource, id_)
        return await answer(tx, call, resource, await step(tx, row), status=201)

    return await once(call, effect)
