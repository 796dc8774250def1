"""What the tags of training and trade hold, in the order in which readers of the contract find them."""

from __future__ import annotations

TAGS = {
    "classes": "Classes from plan to report: opening, holding, closing, sheets to print",
    "sessions": "The sessions of a class",
    "registrations": "Who is registered for a class, from the office or by the organization itself",
    "invitations": "Organizations invited to a class, and their answers",
    "trainees": "People who were trained, confirmation of likely twins, sensitive data",
    "attendances": "Who was there, session by session",
    "check-ins": "Attendance taken on the spot: roll call, phone, file",
    "training-certificates": "Certificates given at the end of a class, and their public verification",
    "programs": "Programs that pay for classes and trade events",
    "trade-events": "Fairs, product weeks, matching conferences: from plan to report",
    "participations": "Organizations at a trade event, with products and results",
    "market-links": "Agreements between organizations and buyers",
    "organization-records": "What training and trade promotion an organization has had, year by year",
}
