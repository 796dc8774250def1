"""A stand-in for a service behind the gateway: it answers below its prefix and says what it received.

Run by uvicorn in a process of its own: UPSTREAM names the service.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl

SERVICE = os.environ.get("UPSTREAM", "registry")
LARGE = {"items": [{"name": "Hợp tác xã Đồng Tâm", "number": number} for number in range(200)]}
calls: Counter[str] = Counter()
state = {"ready": True}
released = asyncio.Event()


async def _body(receive: Any) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer by the last part of the path."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    body = await _body(receive)
    query = dict(parse_qsl(scope["query_string"].decode()))
    last = scope["path"].rpartition("/")[2]
    status, headers, document = 200, [], {"service": SERVICE, "path": scope["path"], "method": scope["method"]}
    if last == "ready":
        status = 200 if state["ready"] else 503
        document |= {"status": "ok" if state["ready"] else "failing", "checks": {}, "feed_head": "7"}
        document["data_until"] = {"25-2008": "2023-08-31"}
    elif last == "readiness":
        state["ready"] = query["is"] == "good"
    elif last == "busy":
        # Answers 503 as often as asked, then says how often it was called.
        calls[query["key"]] += 1
        status = 503 if calls[query["key"]] <= int(query["times"]) else 200
        headers = [(b"retry-after", b"2")] if status == 503 else []
        document["calls"] = calls[query["key"]]
    elif last == "count":
        document["calls"] = calls[query["key"]]
    elif last == "refused":
        status, headers = 409, [(b"x-vca-problem", b"overpayment")]
    elif last == "held":
        calls["held"] += 1
        await released.wait()
    elif last == "released":
        released.set()
    elif last == "slow":
        await asyncio.sleep(float(query["seconds"]))
    elif last in ("large", "code-lists"):
        document = LARGE
        if "etag" in query:
            headers = [(b"etag", query["etag"].encode())]
    else:
        document |= {
            "headers": {name.decode(): value.decode("latin-1") for name, value in scope["headers"]},
            "body_bytes": len(body),
        }
    answer = json.dumps(document, ensure_ascii=False).encode()
    headers.append((b"x-vca-operation", f"{scope['method'].lower()}_{last}".encode()))
    headers += [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
