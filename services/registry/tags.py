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
    "admin-units": "Provinces, districts and communes of both maps, and what became of them",
}
