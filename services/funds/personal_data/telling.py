"""Which records tell of a borrower, and what of each names the person: that is emptied, numbers and days stay.

Words that the fund wrote down go whole: nobody can say of each whether it names somebody. Officers, council members and who
confirmed stay, as does what was agreed on and every amount.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from kernel.database.connections import Transaction
from kernel.database.statements import Statement
from kernel.personal_data.erasure import ERASED, of_before
from kernel.personal_data.persons import Emptied
from kernel.records import Resource, Values
from services.funds.lending.applications.records import LOAN_APPLICATION
from services.funds.lending.borrower_groups.records import BORROWER_GROUP_MEMBER
from services.funds.lending.borrowers.records import BORROWER
from services.funds.servicing.collaterals.records import COLLATERAL
from services.funds.servicing.disbursements.records import DISBURSEMENT
from services.funds.servicing.interest_reductions.resource import INTEREST_REDUCTION
from services.funds.servicing.loans.repayment_record import REPAYMENT
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.monitoring.records import BALANCE_STATEMENT, COLLECTION_ACTION, USE_CHECK
from services.funds.servicing.reschedulings.resource import RESCHEDULING
from services.funds.servicing.reversals.resource import REVERSAL
from services.funds.servicing.write_offs.resource import WRITE_OFF

_PROJECT = "project."
"""Columns of their own, which a loan and an application show as one object."""


@dataclass(frozen=True)
class Telling:
    """Records that name the borrower, or a loan of theirs, by `column`. `loses`: field → what stands there instead.

    A field within another is said with a point, as an erasure names it; of a list it is that of each object.
    """

    resource: Resource[Any]
    column: str
    loses: Mapping[str, Any]

    async def rows(self, db: Transaction, ids: list[str], *, lock: bool = False) -> list[Any]:
        """Return the rows that name one of `ids`, in the order of their own; `lock`: until the transaction ends."""
        select = f"{self.resource.select} WHERE {self.column} = ANY($1::uuid[]) ORDER BY id"
        found: list[Any] = await db.fetch(
            Statement(self.resource.row, f"{select} FOR NO KEY UPDATE" if lock else select), ids
        )
        return found

    def emptied(self, row: Mapping[str, Any]) -> Emptied:
        """Return what becomes of a row."""
        return Emptied(self.resource, row, self._values(row), tuple(self.loses), reasons=True)

    def _values(self, row: Mapping[str, Any]) -> Values:
        values: Values = {}
        for field, instead in self.loses.items():
            column, *within = field.removeprefix(_PROJECT).split(".")
            if row[column] is None:
                continue
            if within:
                document = values[column] if column in values else orjson.loads(row[column])
                values[column] = replaced(document, within, instead)
            else:
                values[column] = instead
        return values

    async def of_before(self, tx: Transaction, id_: str) -> list[Emptied]:
        """Return what is left of records that named this borrower and were removed, or are another's now."""
        return await of_before(tx, self.resource, self.column, id_, tuple(self.loses))


def replaced(document: Any, path: list[str], instead: Any) -> Any:
    """Return a document with `instead` at the path, in each object of a list; what is not there, or null, stays so."""
    if isinstance(document, list):
        return [replaced(each, path, instead) for each in document]
    if not isinstance(document, dict) or document.get(path[0]) is None:
        return document
    within = path[1:]
    return {**document, path[0]: replaced(document[path[0]], within, instead) if within else instead}


_CONFIRMATION = {"confirmation.reason": None}
_PROJECT_WORDS = {"project.purpose": ERASED, "project.expected_results": None}

ITSELF = Telling(
    BORROWER,
    "id",
    {
        "name": ERASED,
        "address": None,
        "organization_code": None,
        "phone_last4": None,
        "id_number_last4": None,
        "ended_as": None,
        "ended_on": None,
    },
)
OF_LOANS = Telling(
    LOAN,
    "borrower_id",
    {
        "borrower_name": ERASED,
        **_PROJECT_WORDS,
        "result": None,
        "in_force.reason": ERASED,
        "settlement.note": None,
        **_CONFIRMATION,
    },
)
OF_BORROWER = (
    Telling(
        LOAN_APPLICATION,
        "borrower_id",
        {
            "borrower_name": ERASED,
            **_PROJECT_WORDS,
            "documents.file_id": None,
            "documents.note": None,
            "appraisal.findings": None,
            "appraisal.required_security.note": None,
            "appraisal.file_ids": [],
            "approval.note": None,
            "approval.required_security.note": None,
            "rejection.reason": ERASED,
            "withdrawal.reason": None,
        },
    ),
    Telling(
        COLLATERAL,
        "borrower_id",
        {
            "description": ERASED,
            "owner_name": ERASED,
            "certificate_number": None,
            "registration_number": None,
            "file_ids": [],
        },
    ),
    Telling(BORROWER_GROUP_MEMBER, "borrower_id", {"relation": None}),
)
OF_LOAN = (
    Telling(
        DISBURSEMENT,
        "loan_id",
        {"bad_debt_check.reference": None, "bad_debt_check.file_id": None, "note": None, "reversal_reason": None},
    ),
    Telling(REPAYMENT, "loan_id", {"payer": None, "note": None, "reversal_reason": None}),
    Telling(
        RESCHEDULING,
        "loan_id",
        {"request_reason": ERASED, "rejection_reason": None, "reversal_reason": None, **_CONFIRMATION},
    ),
    Telling(INTEREST_REDUCTION, "loan_id", {"note": None, "reversal_reason": None, **_CONFIRMATION}),
    Telling(WRITE_OFF, "loan_id", {"note": None, "file_ids": [], "reversal_reason": None, **_CONFIRMATION}),
    Telling(REVERSAL, "loan_id", {"reason": ERASED, **_CONFIRMATION}),
    Telling(USE_CHECK, "loan_id", {"note": None, "file_ids": []}),
    Telling(COLLECTION_ACTION, "loan_id", {"promise": None, "note": None, "file_ids": []}),
    Telling(BALANCE_STATEMENT, "loan_id", {"note": None, "file_ids": []}),
)
