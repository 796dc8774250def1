"""Record types: what a record is (`Resource`), and reading, writing and answering with it, the same for all.

Read as `records.read`, `records.update`, or by name.
"""

from kernel.records.journal import OUT_OF_SCOPE, leave
from kernel.records.reading import existing, loaded, locked, read, remembered
from kernel.records.resources import R, Resource, Values, shown_to, table_of
from kernel.records.responses import answer, history
from kernel.records.writing import bring_back, create, remove, update

__all__ = [
    "OUT_OF_SCOPE",
    "R",
    "Resource",
    "Values",
    "answer",
    "bring_back",
    "create",
    "existing",
    "history",
    "leave",
    "loaded",
    "locked",
    "read",
    "remembered",
    "remove",
    "shown_to",
    "table_of",
    "update",
]
