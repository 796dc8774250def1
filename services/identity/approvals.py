"""What of identity waits for another administrator."""

from __future__ import annotations

from kernel.records.approvals import PENDING_COLUMNS, PENDING_CONDITION, Waiting, approvals_router
from services.identity.api import ADMIN, PREFIX


def _pending(table: str, title: str, *, where: str = "") -> Waiting:
    """Return the kind of what waits in a table, by its index ix_<table>_pending."""
    # A move to another area is decided on by who holds both.
    to_area = f"(SELECT coalesce(pending_change ->> 'alliance', {table}.alliance) AS alliance) moved"
    return Waiting(
        resource_type=table,
        scopes=ADMIN,
        sql=f"id AS resource_id, {title} AS title, NULL::bigint AS amount_vnd, {PENDING_COLUMNS} FROM {table} "
        f"WHERE {PENDING_CONDITION} AND EXISTS (SELECT FROM {to_area} WHERE {{area}}){where}",
        path=f"{PREFIX}/{table}s/{{id}}",
        decision_path=f"{PREFIX}/{table}s/{{id}}/confirmation",
    )


KINDS = (
    # Nobody decides on a change of their own account.
    _pending("account", "concat_ws(' · ', username, full_name)", where=" AND id::text <> {caller}"),
    _pending("client", "concat_ws(' · ', client_id, name)"),
)

router = approvals_router("identity", KINDS)
