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
    "models": "Organizations recognised as effective, advanced, of high technology, of a value chain or typical",
    "value-chains": "Value chains: who leads one, and who supplies, produces, processes and trades in it",
    "admin-units": "Provinces, districts and communes of both maps, and what became of them",
}
