"""What who administers accounts may see of organizations: their names."""

from __future__ import annotations

from kernel.problems import Forbidden
from kernel.web.calls import Call
from services.registry.scopes import OWN_READ, READ

_FIELDS = frozenset({"id", "name", "type", "code"})
# No filter or sort beyond these: what a list leaves out would tell of what is not shown.
_PARAMETERS = frozenset({"q", "id", "type", "code", "fields", "limit", "cursor"})


def check_names_only(call: Call) -> None:
    """Raise Forbidden where a caller who may not read the registry asks for more than names."""
    if call.caller.confined_to is not None or not call.caller.scopes.isdisjoint(READ):
        return
    asked = call.request.query_params
    if not (asked.keys() <= _PARAMETERS and set(asked.get("fields", "all").split(",")) <= _FIELDS):
        raise Forbidden(required_scope=" | ".join(sorted(OWN_READ)))
