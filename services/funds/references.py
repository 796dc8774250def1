"""Which records of the funds name organizations of the registry."""

from __future__ import annotations

from kernel.feed.references import Reference
from services.funds.lending.applications.records import LOAN_APPLICATION
from services.funds.lending.borrowers.records import BORROWER
from services.funds.servicing.loans.resource import LOAN

REFERENCES = (
    Reference(BORROWER),
    Reference(BORROWER, "beneficiary_organization_id"),
    Reference(LOAN_APPLICATION),
    Reference(LOAN),
)
