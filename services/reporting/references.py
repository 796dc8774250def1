"""Which records of reporting name organizations of the registry."""

from __future__ import annotations

from kernel.feed.references import Reference
from services.reporting.activities.records import ACTIVITY

REFERENCES = (Reference(ACTIVITY),)
