"""A real headless Chromium, and the platform it talks to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests.browser.logs import log_of
from tests.platform.conftest import Platform, free_port

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
