"""What operators watch by: the alert rules and dashboards of deploy/, and the metrics that they name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
ALERT_TESTS = ROOT / "deploy" / "prometheus" / "alerts_test.yml"
PROMETHEUS = ROOT / "deploy" / "prometheus" / "prometheus.yml"
_METRIC = re.compile(r"\b(?:vca|envoy|process)_[a-z0-9_]+\b")
_LABELS = re.compile(r"\{[^}]*\}|\b(?:by|on|without)\s*\([^)]*\)")


def alerts() -> list[dict[str, Any]]:
    """Return the alert rules."""
    document = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def dashboards() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the dashboards by file name."""
    for path in sorted((ROOT / "deploy" / "grafana").glob("*.json")):
        yield path.name, json.loads(path.read_text(encoding="utf-8"))


def queries() -> list[str]:
    """Return every query of rules and dashboards."""
    of_panels = [
        target["expr"]
        for _, dashboard in dashboards()
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
    ]
    return [rule["expr"] for rule in alerts()] + of_panels


def metrics_of(query: str) -> set[str]:
    """Return the metrics that a query names."""
    return set(_METRIC.findall(_LABELS.sub("", query)))
