"""A real headless Chromium, and the platform it talks to."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests.browser.logs import log_of
from tests.platform.conftest import ROOT, Platform
from vca.postgres import free_port

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--accept-lang=vi,en",
    "--window-size=1000,1200",
)

_TOOLS = ROOT / "tools" / "browser"
_RUN = """
    const done = arguments[arguments.length - 1];
    axe.run().then(found => done({
      rules: found.passes.length,
      violations: found.violations.map(one => `${one.id}: ${one.nodes[0].html}`),
    }));"""


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """A browser with a profile of its own, which notes its console and what it asks of the network."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("chromium and chromedriver are not installed (Debian: chromium, chromium-driver)")
    options = Options()
    options.binary_location = browser
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    running = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield running
    finally:
        running.quit()


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The platform whose pages are read."""
    running = Platform(tmp_path_factory.mktemp("docs") / "home", free_port())
    running.start()
    yield running
    running.stop()


@pytest.fixture
def reader(chromium: webdriver.Chrome) -> webdriver.Chrome:
    """A browser whose notes begin with what it is told next, in a window as wide as a desk's."""
    chromium.set_window_size(1400, 1000)
    chromium.get("about:blank")
    for kind in ("browser", "performance"):
        log_of(chromium, kind)
    return chromium


def on_a_phone(browser: webdriver.Chrome) -> None:
    """Make the window as small as a phone's, of someone who reads light on dark."""
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, installed by npm at the first test."""
    script = _TOOLS / "node_modules" / "axe-core" / "axe.min.js"
    npm = shutil.which("npm")
    if not script.exists() and npm is None:
        pytest.skip("npm is not installed")
    if not script.exists():
        subprocess.run([str(npm), "install", "--silent", "--no-progress"], cwd=_TOOLS, check=True)
    return script.read_text()


def checked(browser: webdriver.Chrome, axe: str, where: str) -> list[str]:
    """Return what axe-core finds wrong with the page that is open, and whether it is wider than the window."""
    browser.execute_script(axe)
    found: dict[str, Any] = browser.execute_async_script(_RUN)
    assert found["rules"] > 10, where
    width = browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    wide = [f"{width} pixels wider than the window"] if int(str(width)) > 0 else []
    return [f"{where}: {fault}" for fault in [*found["violations"], *wide]]
