"""What the tags of the funds hold, in the order in which readers of the contract find them."""

from __future__ import annotations

TAGS = {
    "loans": "Contracts: terms, schedule, position, statement, printed documents, settlement",
    "loan-applications": "Applications: filing, appraisal, approval with its limits, rejection",
    "loan-quotes": "A schedule worked out before anything is recorded",
    "borrowers": "Who borrows: cooperatives, unions, members and their beneficiaries",
    "borrower-groups": "Borrowers related to each other, whose loans count together",
    "borrower-group-members": "Who belongs to a group of borrowers, and since when",
    "projects": "What loans pay for, loan by loan and project by project",
    "disbursements": "Tranches paid out, and taken back",
    "repayments": "Money received, how it was split, and its reversal",
    "reschedulings": "New schedules and early recalls: proposal, approval, reversal",
    "interest-reductions": "Interest waived or reduced",
    "write-offs": "Loans given up in steps, and recoveries",
    "reversals": "Steps to be undone, each once a second person confirms it",
    "collaterals": "What secures a loan, and its registration",
    "use-checks": "Whether a loan is used as agreed",
    "collection-actions": "Reminders, notices, minutes and lawsuits",
    "balance-statements": "Balances that the lender who keeps the books reports",
    "debt-classifications": "Debt groups and provisions of a day, saved with their loans",
    "ledger-closures": "Double entries, trial balance and closed periods",
    "reports": "Lending, arrears, the work list and collection sheets",
    "funds": "The funds themselves, their position and their capital",
    "capital-movements": "Capital allocated, received and paid back",
    "loan-products": "What a fund offers, on which terms",
    "lending-rules": "Dated limits and rules, of the nation and of a fund",
}
