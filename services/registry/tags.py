"""What the tags of the registry hold, in the order in which readers of the contract find them."""

from __future__ import annotations

TAGS = {
    "organizations": "Cooperatives, cooperative groups, unions and enterprises: entering, finding, correcting, merging",
    "status-changes": "When an organization's legal status or its operation changed",
    "type-conversions": "When a group became a cooperative, or an old-style cooperative a new one",
    "seat-changes": "When an organization moved",
    "alliance-memberships": "Admission to the alliance, and leaving it",
    "products": "What organizations make and sell, with OCOP stars",
    "certificates": "Certificates of products and farms: VietGAP, organic, HACCP and others",
    "organization-statistics": "Members, workers, managers and money of an organization in a period, and its size class",
    "officers": "Who manages an organization: offices with their terms",
    "ratings": "How organizations were rated in a year, confirmed by a second person",
    "rating-schemes": "The tables of criteria by which organizations are rated",
    "successions": "Which organizations came out of which: divisions, separations, consolidations, mergers",
    "registry-approvals": "What of the registry waits for the caller's decision",
    "inspections": "Dossiers of founding and organizations that the alliance looked at, with what it recommended",
    "dissolution-cases": "Dissolutions on their way: planned year, blockers, steps, outcome",
    "member-teams": "The teams of the alliance's members, by area",
    "models": "Organizations recognised as effective, advanced, of high technology, of a value chain or typical",
    "value-chains": "Value chains: who leads one, and who supplies, produces, processes and trades in it",
    "admin-units": "Provinces, districts and communes of both maps, and what became of them",
}
