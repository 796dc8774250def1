"""The alert rules, the dashboards and the runbook hold together: each alert has its page in both languages, and a test."""

from __future__ import annotations

import re

import pytest
import yaml

from kernel.runtime.metrics import FAMILIES
from tests.docs.texts import read
from tests.support.watching import ALERT_TESTS, PROMETHEUS, alerts, dashboards, metrics_of, queries

NAMES = [rule["alert"] for rule in alerts()]


@pytest.mark.parametrize("page", ["docs/runbook.md", "docs/vi/runbook.md"])
def test_every_alert_has_its_section_and_every_section_its_alert(page: str) -> None:
    sections = re.split(r"^### ", read(page), flags=re.MULTILINE)[1:]
    assert [section.partition("\n")[0] for section in sections] == NAMES
    for section in sections:
        words = section.partition("\n")[2].split("\n## ")[0].split()
        assert len(words) > 25, f"{section[:30]} says too little to act on"


def test_every_alert_says_how_grave_it_is_and_where_its_page_is() -> None:
    assert len(set(NAMES)) == len(NAMES) > 10
    for rule in alerts():
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"]["summary"]
        link = f"{{{{ $externalLabels.gateway }}}}/guide/runbook#{rule['alert'].lower()}"
        assert rule["annotations"]["runbook_url"] == link
    assert yaml.safe_load(PROMETHEUS.read_text())["global"]["external_labels"]["gateway"]


def test_every_alert_is_fired_by_a_case_of_its_own() -> None:
    cases = yaml.safe_load(ALERT_TESTS.read_text(encoding="utf-8"))["tests"]
    fired = [case["alertname"] for test in cases for case in test["alert_rule_test"] if case["exp_alerts"]]
    assert fired == NAMES


def test_rules_and_dashboards_name_only_metrics_that_there_are() -> None:
    ours = {f"{name}{ending}" for name in FAMILIES for ending in ("", "_bucket", "_count", "_sum")}
    named = {name for query in queries() for name in metrics_of(query) if name.startswith("vca_")}
    assert len(named) > 20
    assert named <= ours
    watched = named | {re.sub("_(bucket|count|sum)$", "", name) for name in named}
    assert FAMILIES.keys() <= watched, "nobody looks at these"


def test_dashboards_choose_their_prometheus_and_name_each_panel_in_both_languages() -> None:
    shown = dict(dashboards())
    assert shown
    for name, dashboard in shown.items():
        assert dashboard["title"], name
        for panel in dashboard["panels"]:
            assert panel["title"], name
            if panel["type"] != "row":
                assert panel["datasource"]["uid"] == "${datasource}", f"{name}: {panel['title']}"
