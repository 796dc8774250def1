"""What the search of the reference looks through: every operation, and every field by name and label."""

from __future__ import annotations

from typing import Any

from services.gateway.portal.fields import Field
from services.gateway.portal.reference import Reference

# `limit` is a parameter of every list: nobody needs them all.
_MOST_OPERATIONS = 8


def search_index(reference: Reference) -> dict[str, Any]:
    """Return the index.

    `pages`: addresses. `operations`: [page, id, method, path, summary, Vietnamese summary]. `places`: [page, anchor].
    `fields`: [name, label, places as numbers]: a field's are records, a parameter's operations, the first few.
    """
    addresses = list(reference.pages)
    operations: list[list[Any]] = []
    places: dict[tuple[int, str], int] = {}
    fields: dict[tuple[str, str], list[int]] = {}

    def put(field: Field, page: int, anchor: str) -> None:
        known = fields.setdefault((field.name, field.label), [])
        place = places.setdefault((page, anchor), len(places))
        if place not in known and (not field.place or len(known) < _MOST_OPERATIONS):
            known.append(place)

    shown: set[str] = set()
    for number, page in enumerate(reference.pages.values()):
        for one in page.operations:
            operations.append([number, one.id, one.method, one.path, one.summary["en"], one.summary.get("vi", "")])
            for parameter in one.parameters:
                put(parameter, number, one.id)
        for record, of_record in page.records.items():
            if record not in shown:
                shown.add(record)
                for field in of_record:
                    put(field, number, record)
    return {
        "pages": addresses,
        "operations": operations,
        "places": [list(place) for place in places],
        "fields": [[name, label, known] for (name, label), known in fields.items()],
    }
