"""What the tags of reporting hold, in the order in which readers of the contract find them."""

from __future__ import annotations

TAGS = {
    "activities": "Work of the alliance that no other service holds: media, contests, science projects, poor households …",
    "figures": "Figures of every indicator of all services in one place, with plans and what others report of the same",
    "alliance-reports": "Reports on an area's days, written from figures: drafted, checked, submitted, approved, issued, revised",
    "report-receipts": "What the receiving level says of an issued report: received, accepted, returned",
    "reported-figures": "Totals as another body reports them, beside the figures that are counted from records",
    "plans": "Plans with their tasks and targets, approved as versions that never change",
    "tasks": "Tasks of plans, with the unit or person responsible",
    "task-completions": "That tasks were done, once or for one of their cycles",
    "measures": "What plans want of indicators, at a scope, in a place, over days",
    "estimates": "What measures are expected to come to by the end of their period",
    "reporting-approvals": "What waits for the decision of another person",
}
