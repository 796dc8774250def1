"""Who may do what: roles of people and the scopes they stand for."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.web.contract.document import SCOPES as _DESCRIBED

SCOPES: tuple[str, ...] = tuple(_DESCRIBED)
"""Every scope there is; a client system may be given any of them."""

_VIEW = ("registry.read", "funds.read", "training.read", "reports.read")

ROLES: dict[str, tuple[str, ...]] = {
    "viewer": _VIEW,
    "registry_officer": (*_VIEW, "registry.write"),
    "fund_officer": (*_VIEW, "funds.write"),
    "training_officer": (*_VIEW, "training.write"),
    "fund_approver": ("registry.read", "funds.read", "funds.approve"),
    "reporter": (*_VIEW, "reports.write"),
    "report_approver": (*_VIEW, "reports.approve"),
    "cooperative_user": ("own.read", "own.write"),
    "administrator": ("identity.admin",),
}

OWN_ROLE = "cooperative_user"
"""Sees one organization only, so it needs one, and mixes with no other role."""

ADMINISTRATOR = "administrator"

APPROVING = tuple(scope for scope in SCOPES if scope.endswith(".approve"))
"""Decisions on what others entered. Only people take them: a client system holds none of these."""
ROLES_BY_TWO = frozenset(role for role, scopes in ROLES.items() if {*APPROVING, "identity.admin"} & {*scopes})
"""Roles that one administrator enters and another confirms."""
GATEWAY, GATEWAY_ONLY = "service-gateway", "requests.report"
"""The gateway's own client system, and what it alone holds: who reports calls writes into what others read of their own."""
SYSTEM_SCOPES_BY_TWO = frozenset(
    {"identity.admin", GATEWAY_ONLY, *(scope for scope in SCOPES if scope.endswith(".write"))}
)
"""Scopes of a client system that one administrator enters and another confirms; another secret of one that has them, too."""
KEPT_APART = frozenset({"funds.write", "funds.approve"})
"""Never together in one account: who books in a fund does not approve there."""


def never_held(client_id: str) -> frozenset[str]:
    """Return the scopes that this client system is not to have, whoever gave them."""
    return frozenset(APPROVING) if client_id == GATEWAY else frozenset({*APPROVING, GATEWAY_ONLY})


def scopes_of(roles: Iterable[str]) -> tuple[str, ...]:
    """Return the scopes of `roles` together, in the order of the list of scopes; an unknown role gives none."""
    granted = {scope for role in roles for scope in ROLES.get(role, ())}
    return tuple(scope for scope in SCOPES if scope in granted)
