"""What has to hold over all the rows of a list: its sums."""

from __future__ import annotations

from typing import Any

from tests.support.answers import every_item, ok
from tests.support.client import ApiClient
from tests.support.contract import Operation


def sums_offered(operation: Operation) -> list[str]:
    """Return the closed list of `sums` of a list; empty where it sums nothing."""
    for parameter in operation.document.get("parameters", ()):
        if parameter["name"] == "sums":
            return list(parameter["schema"]["items"]["enum"])
    return []


def _value(item: dict[str, Any], name: str) -> int:
    if name in item:
        return int(item[name] or 0)
    # Money by source: `budget_vnd` is what stands in the list `budget`.
    return sum(each["amount_vnd"] for each in item[name.removesuffix("_vnd")])


async def check_sums(client: ApiClient, *, skip: frozenset[str] = frozenset()) -> dict[str, dict[str, int]]:
    """Check on every list of the service that has no parent that its sums are those of all its pages, to the last đồng.

    Return the sums by path.
    """
    found: dict[str, dict[str, int]] = {}
    for operation in client.contract.operations:
        names = sums_offered(operation)
        if not names or operation.path_parameters or operation.id in skip:
            continue
        asked: dict[str, str | int] = {"sums": ",".join(names), "limit": 3}
        page = ok(await client.get(operation.path, params=asked))
        items = await every_item(client, operation.path, limit=3)
        expected = {name: sum(_value(item, name) for item in items) for name in names}
        assert page["sums"] == expected, operation.id
        found[operation.path.rpartition("/")[2]] = expected
    return found
