"""Devices that call the roll of one class: client systems with that scope alone, whose secret ends by itself.

A training officer makes them alone: they can do less than the officer, for one class, and are taken back at once. That the
class is within the device's area, and not long over, is looked at by training with each call.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

import orjson
from pydantic import ConfigDict, Field
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.problems.field_labels import Label
from kernel.records import existing
from kernel.records.listing import Listing, SortKey, Source, answer_list, flag_filter, id_filter, list_operation
from kernel.values.days import instant_text, now
from kernel.values.ids import Id, new_id
from kernel.values.text import name_folded
from kernel.web.calls import Call, CurrentCall
from kernel.web.field_types import UUID
from kernel.web.idempotency import once
from kernel.web.replies import json_reply
from kernel.web.schemas import Input, Output, Page, text
from services.identity.access import second_person
from services.identity.api import identity_router, once_sealed
from services.identity.audit import entries as audit
from services.identity.clients import secrets
from services.identity.clients.records import CLIENT
from services.identity.rows import ClientRow
from services.identity.security.sealing import new_token
from services.identity.sessions import revocations

router = identity_router("clients")
SCOPES = ("training.write",)
ROLL = "class.roll"
LONGEST = timedelta(days=120)

_EXAMPLE: dict[str, Any] = {"class_id": "0192c7e0-0000-7000-8000-00000000e101", "name": "Điện thoại ở cửa 1"}
_SHOWN: dict[str, Any] = {
    **_EXAMPLE,
    "id": "0192c7e0-0000-7000-8000-00000000c0d1",
    "client_id": "d-0192c7e000007000800000000000c0d1",
    "area": "25-2025",
    "created_at": "2026-03-02T02:00:00Z",
    "ends_at": "2026-03-06T17:00:00Z",
    "is_active": True,
}


class ClassDeviceCreate(Input):
    """A phone that is to call the roll of a class."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_EXAMPLE, "ends_at": "2026-03-06T17:00:00Z"}]})

    class_id: Id
    name: Annotated[str, text(100)] = Field(description="Which phone it is")
    ends_at: Annotated[datetime, Label("Dùng được đến")] = Field(
        description="Until when its secret is good: the day after the class, 120 days from now at most"
    )


class ClassDevice(Output):
    """A device that may call the roll of one class, and nothing else."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SHOWN]})

    id: str = Field(json_schema_extra=UUID)
    client_id: str
    class_id: str = Field(json_schema_extra=UUID)
    name: str
    area: str = Field(description="VN or an alliance: the class lies within it, or the device is of no use")
    created_at: datetime
    ends_at: Annotated[datetime, Label("Dùng được đến")] = Field(description="Until when its secret is good")
    is_active: bool = Field(description="False: it was taken back")


class ClassDeviceCreated(ClassDevice):
    """A new device with its secret."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_SHOWN, "client_secret": "q9Zt1mKcW0invented-secret-of-the-example0"}]}
    )

    client_secret: str = Field(description="Told in this answer only")


class ClassDevicePage(Page[ClassDevice]):
    """A page of devices."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"items": [_SHOWN], "next_cursor": None, "next": None, "count": None, "sums": None, "facets": None}
            ]
        }
    )


def _represent(row: ClientRow) -> dict[str, Any]:
    ends = [secret["expires_at"] for secret in orjson.loads(row["secrets"])]
    return {
        "id": row["id"],
        "client_id": row["client_id"],
        "class_id": row["class_id"],
        "name": row["name"],
        "area": row["alliance"],
        "created_at": row["created_at"],
        "ends_at": ends[0],
        "is_active": row["is_active"],
    }


_LISTING = Listing(
    name="class_device",
    filters=(
        id_filter("class_id", "class_id", "Class whose roll it calls."),
        flag_filter("is_active", "is_active", "Was not taken back."),
    ),
    sorts={"id": SortKey("id", "uuid")},
    default_sort="-id",
    source=lambda given: Source(", ".join(CLIENT.columns), "client", ("class_id IS NOT NULL",)),
    represent=_represent,
    fields=tuple(ClassDevice.model_fields),
    cache_control="no-store",
)


@list_operation(
    router, "/class-devices", _LISTING, page=ClassDevicePage, scopes=SCOPES, summary="List the devices of classes"
)
async def list_class_devices(call: CurrentCall) -> Response:
    """Page through the devices that call rolls of classes in the officer's area, the newest first."""
    return await answer_list(call, _LISTING)


def _check_end(ends_at: datetime) -> None:
    if ends_at.tzinfo is None or not now() < ends_at <= now() + LONGEST:
        words = (
            "Hãy chọn một thời điểm trong 120 ngày tới, kèm múi giờ.",
            "Choose an instant within the next 120 days, with its time zone.",
        )
        raise Invalid(FieldError("out_of_range", words, pointer="/ends_at"))


@router.operation(
    "POST",
    "/class-devices",
    scopes=SCOPES,
    status_code=201,
    response_model=ClassDeviceCreated,
    written_by=records.create,
    summary="Register a device of a class",
)
async def create_class_device(call: CurrentCall, body: ClassDeviceCreate) -> Response:
    """Let a phone call the roll of one class without an officer's account; its secret is told in this answer only.

    With `client_credentials` it gets tokens of the scope `class.roll`: for reading that class's roll and sending its check-ins,
    until `ends_at`, or the day after the class if that is earlier.
    """
    _check_end(body.ends_at)

    async def effect(tx: Transaction) -> Response:
        secret, id_ = new_token(), new_id()
        client_id = f"d-{id_.replace('-', '')}"
        entry = {**secrets.secret_entry(secret, at=now()), "expires_at": instant_text(body.ends_at)}
        values = {
            "id": id_,
            "alliance": call.caller.area,
            "client_id": client_id,
            "name": body.name,
            "name_folded": name_folded(f"{client_id} {body.name}"),
            "kind": "system",
            "scopes": [ROLL],
            "class_id": body.class_id,
            "secrets": [entry],
            "redirect_uris": [],
            "post_logout_redirect_uris": [],
            "allows_loopback": False,
            "session_idle_seconds": None,
            "is_active": True,
            **second_person.NOTHING_WAITS,
        }
        row = await records.create(tx, CLIENT, values, by=call.caller)
        await _note(tx, "class_device.created", row, call)
        return json_reply({**_represent(row), "client_secret": secret}, status=201)

    return await once_sealed(call, effect)


_LOADED = existing(CLIENT, "class_device_id")


async def _is_device(call: Call, path: dict[str, str]) -> None:
    await _LOADED(call, path)
    if call.record["class_id"] is None:
        raise kernel_problems.NotFound()


@router.operation(
    "POST",
    "/class-devices/{class_device_id}/revocation",
    scopes=SCOPES,
    guard=_is_device,
    response_model=ClassDevice,
    written_by=revocations.revoke,
    summary="Revoke a device of a class",
)
async def revoke_class_device(call: CurrentCall, class_device_id: Id) -> Response:
    """Take a device back: it is given no more tokens, and those that it has are void at once."""

    async def effect(tx: Transaction) -> Response:
        row = await records.locked(tx, call, CLIENT, class_device_id)
        if row["is_active"]:
            row = await records.update(tx, CLIENT, row, {"is_active": False}, by=call.caller)
            await revocations.revoke(tx, row["client_id"], least_version=row["version"])
            await _note(tx, "class_device.revoked", row, call)
        return json_reply(_represent(row))

    return await once(call, effect)


async def _note(tx: Transaction, action: str, row: ClientRow, call: Call) -> None:
    await audit.record(
        tx,
        action,
        actor=call.caller.id,
        alliance=row["alliance"],
        resource=(CLIENT.name, row["id"]),
        request_id=call.request_id,
        class_id=row["class_id"],
    )
