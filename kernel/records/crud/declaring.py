"""How the operations on a type of record are declared: named, described, with the types of their parameters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.records.crud.record_type import RecordType
from kernel.web.field_types import path_id
from kernel.web.operations import ApiRouter

Endpoint = Callable[..., Awaitable[Response]]


class Declare:
    """Declares endpoints of one type: named, described, with the types of their parameters."""

    def __init__(self, record_type: RecordType[Any]) -> None:
        self.record_type = record_type
        self.router = ApiRouter(prefix=record_type.prefix, tags=[record_type.tag or record_type.plural])
        self.path = f"/{record_type.plural}"
        self.one = f"{self.path}/{{{record_type.parameter}}}"
        self.record_id = path_id(record_type.parameter)
        self.refusals = (kernel_problems.IdInUse, *record_type.refusals)

    def __call__(
        self,
        method: str,
        path: str,
        name: str,
        summary: str,
        about: str,
        description: str,
        *,
        types: dict[str, Any] | None = None,
        **options: Any,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare the operation `name`; `about`: what the type calls it where it describes it itself."""

        def keep(endpoint: Endpoint) -> Endpoint:
            endpoint.__name__, endpoint.__doc__ = name, self.record_type.about.get(about, description)
            endpoint.__annotations__.update(types or {})
            return self.router.operation(
                method,
                path,
                summary=summary,
                declared=self.record_type.declared,
                **{"written_by": self._written_by(method), **options},
            )(endpoint)

        return keep

    def _written_by(self, method: str) -> Callable[..., Any] | None:
        """Return the slice's own function in what a method does; None where the core does it alone."""
        if method == "POST":
            return self.record_type.columns
        if method == "PATCH":
            return self.record_type.patched or self.record_type.columns
        return self.record_type.derive if method == "DELETE" else None
