"""Records of others that name a borrower: their approvals, and the groups of related persons that the borrower is in."""

from __future__ import annotations

from typing import Any, TypedDict

import orjson

from kernel.database.connections import Transaction
from kernel.database.statements import statement
from kernel.personal_data.erasure import ERASED
from kernel.personal_data.persons import Emptied
from kernel.values.text import name_folded
from services.funds.lending.applications.records import LOAN_APPLICATION
from services.funds.lending.borrower_groups.records import BORROWER_GROUP, BORROWER_GROUP_MEMBER
from services.funds.rows import BorrowerGroupMemberRow, BorrowerGroupRow, BorrowerRow, LoanApplicationRow

_NAMED_IN_APPROVALS = ("approval.limits.borrowers.borrower_name",)

# Approvals of others that counted the borrower, those of before as well: through all of the applications' history, as no index
# leads there and persons are erased one by one.
_COUNTED_IN = statement(
    LoanApplicationRow,
    f"""
    {LOAN_APPLICATION.select}
     WHERE id IN (SELECT resource_id FROM history
                   WHERE resource_type = 'loan_application'
                     AND content -> 'approval' -> 'limits'
                         @> jsonb_build_array(jsonb_build_object('borrowers', jsonb_build_array(jsonb_build_object('borrower_id', $1::text)))))
     ORDER BY id FOR NO KEY UPDATE""",  # noqa: S608 - of this module's constants
)


async def approvals_of_others(tx: Transaction, borrower: BorrowerRow) -> list[Emptied]:
    """Return the applications of others whose approval looked at what was lent to the borrower."""
    rows = await tx.fetch(_COUNTED_IN, borrower["id"])
    return [
        Emptied(LOAN_APPLICATION, row, {"approval": _without(row["approval"], borrower["id"])}, _NAMED_IN_APPROVALS)
        for row in rows
        if row["borrower_id"] != borrower["id"]
    ]


def _without(approval: str | None, borrower_id: str) -> dict[str, Any] | None:
    if approval is None:
        return None
    document: dict[str, Any] = orjson.loads(approval)
    for limit in document["limits"]:
        for each in limit.get("borrowers", ()):
            if each["borrower_id"] == borrower_id:
                each["borrower_name"] = ERASED
    return document


# By ix_borrower_group_member_borrower_id and ix_borrower_group_member_group_id; groups that the borrower was removed from are
# known by the history alone.
_GROUPS = statement(
    BorrowerGroupRow,
    f"""
    {BORROWER_GROUP.select}
     WHERE id IN (SELECT borrower_group_id FROM borrower_group_member WHERE borrower_id = $1::uuid
                   UNION
                  SELECT (content ->> 'borrower_group_id')::uuid FROM history
                   WHERE resource_type = 'borrower_group_member' AND content ->> 'borrower_id' = $1::text)
     ORDER BY id FOR NO KEY UPDATE""",  # noqa: S608 - as above
)
_MEMBERS = statement(
    BorrowerGroupMemberRow,
    f"{BORROWER_GROUP_MEMBER.select} WHERE borrower_group_id = $1::uuid ORDER BY id FOR NO KEY UPDATE",
)


class _Words(TypedDict):
    said: str | None


# By the primary key of history.
_WORDS_OF_BEFORE = statement(
    _Words,
    """
    SELECT concat_ws(' ', content ->> 'name', content ->> 'note', content ->> 'relation', reason) AS said FROM history
     WHERE resource_type = $1 AND resource_id = $2::uuid""",
)


async def groups_of(tx: Transaction, borrower: BorrowerRow) -> list[Emptied]:
    """Return the groups that the borrower is or was in, and their other members, where their words say the name.

    A group with no other member says nothing of anybody any more.
    """
    emptied = []
    for group in await tx.fetch(_GROUPS, borrower["id"]):
        others = [member for member in await tx.fetch(_MEMBERS, group["id"]) if member["borrower_id"] != borrower["id"]]
        if not others or await _says(tx, "borrower_group", group["id"], borrower["name"]):
            values = {"name": ERASED, "name_folded": name_folded(ERASED), "note": None}
            emptied.append(Emptied(BORROWER_GROUP, group, values, ("name", "note"), reasons=True))
        emptied += [
            Emptied(BORROWER_GROUP_MEMBER, member, {"relation": None}, ("relation",), reasons=True)
            for member in others
            if await _says(tx, "borrower_group_member", member["id"], borrower["name"])
        ]
    return emptied


async def _says(tx: Transaction, resource_type: str, id_: str, name: str) -> bool:
    versions = await tx.fetch(_WORDS_OF_BEFORE, resource_type, id_)
    return any(name_folded(name) in name_folded(version["said"] or "") for version in versions)
