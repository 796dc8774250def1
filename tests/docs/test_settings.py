"""Every setting that the code reads is on a page for operators, in both languages, with the default that it has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from services.gateway.config import GatewayConfig
from services.identity.settings import IdentitySettings
from tests.docs.texts import pages, read, tracked
from vca.connection_budget import DEFAULT_POOL
from vca.log_rotation import DEFAULT_FILES, DEFAULT_MEGABYTES
from vca.metrics import DEFAULT_PORT
from vca.parts.settings import DRAIN, PORTS, drain_seconds
from vca.postgres_settings import PostgresSettings

_SETTING = re.compile(r"\bVCA_[A-Z_]*[A-Z]\b")
_FROM_CODE_TO_CODE = {
    "VCA_HANDOVER",  # what one version hands to the next
    "VCA_LOG_PATH",  # where `vca up` has a service's standard error lead
    "VCA_IDENTITY_KEY",  # as VCA_KEYS_IDENTITY, for one app alone
    "VCA_OBJECTS_PASSWORD",  # printed by `vca keys new` for the object store of deploy/
    "VCA_X",
    "VCA_X_FILE",
}
_OF_EACH_SERVICE = re.compile(r"_(?:REGISTRY|IDENTITY|FUNDS|TRAINING|REPORTING|GATEWAY)$")


def expanded(page: str) -> str:
    """Return a page's text with the short names of its tables written out: `VCA_POLLS_PER_PERSON`, `…_PER_SYSTEM`."""
    return re.sub(r"(VCA_\w+)_PER_PERSON`, `…_PER_SYSTEM", r"\1_PER_PERSON`, `\1_PER_SYSTEM", read(page))


@pytest.mark.parametrize("folder", ["docs/", "docs/vi/"])
def test_every_setting_that_is_read_is_on_a_page(folder: str) -> None:
    code = [name for name in tracked() if re.match(r"(kernel|services|vca)/.*\.py$", name)]
    known = {found for name in code for found in _SETTING.findall(read(name))}
    known |= {f"VCA_{field.upper()}" for field in IdentitySettings.model_fields}
    here = [name for name in pages() if name.startswith(folder) and "/" not in name.removeprefix(folder)]
    told = {found for name in here for found in _SETTING.findall(expanded(name))}
    told |= {_OF_EACH_SERVICE.sub("", name) for name in told}
    assert sorted(known - told - _FROM_CODE_TO_CODE) == []


def defaults() -> dict[str, str]:
    """Return setting → default as a page writes it, of those that have one in the code."""
    fields = IdentitySettings.model_fields
    of_services = {
        f"VCA_{name.upper()}": f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
        for name, field in fields.items()
        if isinstance(field.default, int | float | str) or any(isinstance(each, str) for each in get_args(field))
    }
    postgres = {f"VCA_POSTGRES_{name.upper()}": str(value) for name, value in vars(PostgresSettings()).items()}
    gateway = GatewayConfig(run_dir=Path(), port=1, public_url="", upstreams={}, jwks_file=Path())
    return {
        **of_services,
        **postgres,
        "VCA_RATE_LIMIT_PER_MINUTE": str(gateway.limit_per_subject),
        "VCA_SIGN_IN_LIMIT_PER_MINUTE": str(gateway.limit_sign_in),
        "VCA_TRUSTED_HOPS": str(gateway.trusted_hops),
        "VCA_BIND": gateway.bind,
        "VCA_POOL_SIZE": str(DEFAULT_POOL),
        "VCA_LOG_MAX_MB": DEFAULT_MEGABYTES,
        "VCA_LOG_FILES": DEFAULT_FILES,
        "VCA_METRICS_PORT": str(DEFAULT_PORT),
    }


@pytest.mark.parametrize("page", ["docs/operating.md", "docs/vi/operating.md"])
def test_the_table_says_the_default_that_the_code_has(monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    for name in ("VCA_BIND", "VCA_RATE_LIMIT_PER_MINUTE", "VCA_SIGN_IN_LIMIT_PER_MINUTE", "VCA_TRUSTED_HOPS"):
        monkeypatch.delenv(name, raising=False)
    said: dict[str, str] = {}
    for row in re.findall(r"^\| (`VCA_.*?) \| (.*?) \|", expanded(page), re.MULTILINE):
        names = _SETTING.findall(row[0])
        given = re.split(r"[,;] ", re.sub(r" \(.*?\)|`", "", row[1]))
        if len(given) >= len(names):
            said |= zip(names, [given[0], *given[-len(names) + 1 :]] if len(names) > 1 else given, strict=False)
    checked = {name: text for name, text in defaults().items() if name in said}
    assert len(checked) > 20
    wrong = {name: (said[name], text) for name, text in checked.items() if said[name].split()[0] != text}
    # The page's own words: what follows from another setting, and where nothing is set.
    assert wrong.keys() <= {"VCA_PUBLIC_URL"}, wrong


@pytest.mark.parametrize("page", ["docs/deploying.md", "docs/vi/deploying.md"])
def test_ports_and_seconds_of_parts_by_themselves_are_as_the_page_says(
    monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.delenv(DRAIN, raising=False)
    assert f"| `{DRAIN}` | " in read(page)
    assert re.search(rf"\| `{DRAIN}` \|[^|]*\| {drain_seconds()}:", read(page))
    assert f"{PORTS['identity']} (identity)" in read(page)
    assert f"{PORTS['reporting']} (reporting)" in read(page)
    assert str(PORTS["portal"]) in read(page)
