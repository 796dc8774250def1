"""Reading answers: refusals, faults, whole lists."""

from __future__ import annotations

from typing import Any

import httpx


def assert_problem(response: httpx.Response, status: int, code: str, **members: Any) -> dict[str, Any]:
    """Check that `response` refuses with this problem and these members; return the document."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    document: dict[str, Any] = response.json()
    assert document["code"] == code, document
    assert document["status"] == status
    assert document["type"] == "/problems/" + code.replace("_", "-")
    assert document["request_id"] == response.headers["x-request-id"]
    assert document["title"]
    assert {name: document.get(name) for name in members} == members
    return document


def faults(response: httpx.Response) -> set[tuple[str, str]]:
    """Return where and what is wrong, according to a 422: pointer (or parameter) and code of each fault."""
    document = assert_problem(response, 422, "invalid")
    return {(item.get("pointer", item.get("parameter")), item["code"]) for item in document["errors"]}


def ok(response: httpx.Response, status: int = 200) -> dict[str, Any]:
    """Return the body of an answer that has this status."""
    assert response.status_code == status, f"{response.request.method} {response.request.url}: {response.text}"
    body: dict[str, Any] = response.json()
    return body


async def every_item(client: httpx.AsyncClient, path: str, **params: Any) -> list[dict[str, Any]]:
    """Return all items of a list, page by page as its `next` says."""
    page = ok(await client.get(path, params=params or None))
    items: list[dict[str, Any]] = page["items"]
    while page["next"] is not None:
        page = ok(await client.get(page["next"]))
        items += page["items"]
    return items


def etag(record: dict[str, Any]) -> dict[str, str]:
    """Return the If-Match header for a record just read."""
    return {"If-Match": f'"{record["version"]}"'}
