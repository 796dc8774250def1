"""The signed scan or PDF of an issued report: its bytes are read by a process of its own, outside any transaction."""

from __future__ import annotations

from typing import Any

import orjson

from kernel.storage.files import READ_FILE
from kernel.storage.object_store import store_of
from kernel.web.calls import Call
from kernel.web.readers import Readers

_CHILD = "services.reporting.reports.signature_child"
_UNREAD = {"signed": False, "intact": None, "signer": None, "signed_at": None, "trusted": None}


async def signature_on(call: Call, file_id: str) -> dict[str, Any] | None:
    """Return what the signature of a PDF says; None of another file, and of one that the caller may not name.

    Raises Busy where too many files are being read.
    """
    row = await call.db.fetchrow(READ_FILE, file_id)
    if row is None or row["media_type"] != "application/pdf" or not call.caller.holds(row["alliance"]):
        return None
    data = await store_of(call.request.app).get(row["sha256"])
    readers: Readers = call.state.readers
    whose = f"{call.caller.client_id}/{call.caller.id}"
    output = await readers.output(_CHILD, "1", data, whose=whose)
    return {"file_id": file_id, **(_UNREAD if output is None else orjson.loads(output))}
