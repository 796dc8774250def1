"""What the tags of identity hold, in the order in which readers of the contract find them."""

from __future__ import annotations

TAGS = {
    "sign-in": "Pages on which people sign in and out",
    "tokens": "Access tokens, their keys, and which are void",
    "me": "Who the caller is, and one's own password",
    "accounts": "People: accounts, roles, areas, passwords",
    "clients": "Systems and apps that call the API, with their secrets and scopes",
    "requests": "One's own calls of the last week: what was asked, how it ended",
    "audit": "Who signed in, who changed what",
}
