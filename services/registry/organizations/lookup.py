"""Looking up many organizations at once: by code, by id, by their keys in other systems."""

from __future__ import annotations

from typing import Any

import orjson

from kernel.database.connections import Transaction
from services.registry.organizations import queries
from services.registry.organizations.records import represent
from services.registry.organizations.schemas import OrganizationLookup


async def looked_up(tx: Transaction, asked: OrganizationLookup, *, alliance: str | None) -> list[dict[str, Any]]:
    """Return an answer for each code, id and key that was asked for, in that order; None looks in every alliance."""
    items: list[dict[str, Any]] = []
    if codes := asked.codes:
        rows = await queries.with_codes(tx, [code.replace("-", "") for code in codes], alliance=alliance)
        by_code = {row["code"]: represent(row) for row in rows}
        items += [_item(by_code.get(code.replace("-", "")), code=code) for code in codes]
    if ids := asked.ids:
        by_id = {row["id"]: represent(row) for row in await queries.with_ids(tx, ids, alliance=alliance)}
        items += [_item(by_id.get(id_), id=id_) for id_ in ids]
    if asked.external_ids:
        keys = [(key.system, key.value) for key in asked.external_ids]
        by_key = {
            (key["system"], key["value"]): represent(row)
            for row in await queries.with_external_ids(tx, keys, alliance=alliance)
            for key in orjson.loads(row["external_ids"])
        }
        items += [
            _item(by_key.get((system, value)), external_id={"system": system, "value": value}) for system, value in keys
        ]
    return items


def _item(organization: dict[str, Any] | None, **asked_by: Any) -> dict[str, Any]:
    by: dict[str, Any] = {"code": None, "id": None, "external_id": None, **asked_by}
    return {**by, "found": organization is not None, "organization": organization}
