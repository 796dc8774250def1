"""Looking up many organizations at once: by code, by id, by their keys in other systems."""

from __future__ import annotations

from typing import Any

import orjson

from kernel.database.connections import Transaction
from kernel.records.embedding import name_all
from kernel.web.calls import Call
from services.registry.organizations import queries
from services.registry.organizations.records import ORGANIZATION, represent
from services.registry.organizations.schemas import OrganizationLookup
from services.registry.rows import OrganizationRow


async def looked_up(tx: Transaction, call: Call, asked: OrganizationLookup) -> list[dict[str, Any]]:
    """Return an answer for each code, id and key that was asked for, in that order, from the caller's area."""
    items: list[dict[str, Any]] = []
    alliance = call.caller.alliance
    if codes := asked.codes:
        rows = await queries.with_codes(tx, [code.replace("-", "") for code in codes], alliance=alliance)
        by_code = {row["code"]: document for row, document in await _shown(tx, rows)}
        items += [_item(by_code.get(code.replace("-", "")), code=code) for code in codes]
    if ids := asked.ids:
        rows = await queries.with_ids(tx, ids, alliance=alliance)
        by_id = {row["id"]: document for row, document in await _shown(tx, rows)}
        items += [_item(by_id.get(id_), id=id_) for id_ in ids]
    if asked.external_ids:
        keys = [(key.system, key.value) for key in asked.external_ids]
        rows = await queries.with_external_ids(tx, keys, alliance=alliance)
        by_key = {
            (key["system"], key["value"]): document
            for row, document in await _shown(tx, rows)
            for key in orjson.loads(row["external_ids"])
        }
        items += [_item(by_key.get(key), external_id=dict(zip(("system", "value"), key, strict=True))) for key in keys]
    return items


async def _shown(tx: Transaction, rows: list[OrganizationRow]) -> list[tuple[OrganizationRow, dict[str, Any]]]:
    documents = [represent(row) for row in rows]
    await name_all(tx, ORGANIZATION.embeds, rows, documents)
    return list(zip(rows, documents, strict=True))


def _item(organization: dict[str, Any] | None, **asked_by: Any) -> dict[str, Any]:
    by: dict[str, Any] = {"code": None, "id": None, "external_id": None, **asked_by}
    return {**by, "found": organization is not None, "organization": organization}
