"""The scopes of figures that follow from the alliance's part in what is counted."""

from __future__ import annotations

from collections.abc import Mapping

SUPPORTED = ("alliance_led", "joint", "supported")
"""What the alliance had a part in, which the scope `alliance_supported` counts."""


def attributed_scopes(
    column: str, condition: str = "TRUE", *, first: str = "province", own_work: bool = False
) -> Mapping[str, str]:
    """Return scope → predicate of records whose `column` says the alliance's part, the default first.

    `province` counts all; `alliance_supported` all that the alliance led, did jointly or supported, and each of these has
    a scope of its own. `own_work`: the records are of the alliance's own work, so `alliance` counts all but what says `none`.
    """
    scopes = {"province": "TRUE"}
    if own_work:
        scopes["alliance"] = f"{column} IS DISTINCT FROM 'none'"
    scopes["alliance_supported"] = f"{column} IN ('alliance_led', 'joint', 'supported')"
    scopes |= {name: f"{column} = '{name}'" for name in SUPPORTED}
    return {
        scope: " AND ".join(part for part in (condition, scopes[scope]) if part != "TRUE") or "TRUE"
        for scope in sorted(scopes, key=lambda scope: scope != first)
    }
