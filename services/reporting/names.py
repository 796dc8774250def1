"""Organizations as people call them, beside their ids in answers (docs/adr/0012)."""

from __future__ import annotations

from kernel.records.organization_names import organization_name

ORGANIZATION_NAME = organization_name("followed_organization")
