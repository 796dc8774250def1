"""Tags that every service has: each carries the service's name, so that no two services share one."""

from __future__ import annotations

_COMMON = {
    "indicators": "Figures of a period with their evidence, and the table of what is counted",
    "coverages": "Which records of a province are complete, and for which days",
    "imports": "Taking records from a workbook or CSV, with a dry run and a report by row",
    "approvals": "What waits for a second person, of every kind in one list",
    "code-lists": "Closed lists of codes with their labels in Vietnamese and English",
    "organization-references": "Records that name an organization, and those that name one which is gone",
    "audit": "Who read whose personal data, when and what for",
    "changes": "The feed of changes, and checksums to compare a copy with",
    "exports": "Snapshots of all records of one type, with the cursor to follow on from",
    "jobs": "Slow work: how far it is, and its result",
    "files": "Uploading and downloading files that records refer to",
    "health": "Whether the service answers and is ready",
}


def common_tags(service: str) -> dict[str, str]:
    """Return the tags that `service` may have as others do, and what each holds."""
    return {f"{service}-{name}": meaning for name, meaning in _COMMON.items()}
