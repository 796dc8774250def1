"""A web app of another origin signs a person in, reads and writes, and reads every refusal, in a real browser."""

from __future__ import annotations

import functools
import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.logs import log_of
from tests.platform.conftest import Platform
from vca.postgres import free_port

pytestmark = [pytest.mark.browser, pytest.mark.platform]
_APP = Path(__file__).parent / "app.html"
_SECONDS = 30


class _Pages(http.server.BaseHTTPRequestHandler):
    """Serves the app's one page at every address."""

    def do_GET(self) -> None:
        served = self.path.partition("?")[0] in ("/", "/callback")
        self.send_response(200 if served else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        if served:
            self.wfile.write(_APP.read_bytes())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def app_origin() -> Iterator[str]:
    """Where the app runs: another origin than the gateway's, by host and by port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def strict_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The platform with its demo, and a limit of sign-ins low enough to meet."""
    running = Platform(tmp_path_factory.mktemp("strict") / "home", free_port())
    running.environment["VCA_SIGN_IN_LIMIT_PER_MINUTE"] = "60"
    running.start()
    yield running
    running.stop()


def _person(platform: Platform, role: str) -> dict[str, str]:
    account: dict[str, str] = next(
        a for a in platform.credentials["accounts"] if a["role"] == role and a["area"] == "25-2025"
    )
    return account


def _focused(chromium: webdriver.Chrome) -> str:
    return str(chromium.switch_to.active_element.get_attribute("id"))


def test_an_app_of_another_origin_signs_in_reads_writes_and_reads_refusals(
    chromium: webdriver.Chrome, strict_platform: Platform, app_origin: str
) -> None:
    person = _person(strict_platform, "registry_officer")
    settings = urlencode({"gateway": strict_platform.gateway, "name": "HTX trong trình duyệt"})
    wait = functools.partial(WebDriverWait, chromium, _SECONDS)
    chromium.get(f"{app_origin}/#{settings}")
    wait().until(
        lambda page: "/v1/identity/authorize" in str(page.find_element(By.ID, "sign-in").get_attribute("href"))
    )
    chromium.find_element(By.ID, "sign-in").click()

    # Signed in with the keyboard alone, at the second try.
    wait().until(lambda page: page.title.startswith("Sign in"))
    for password in ("not the password", person["password"]):
        keyboard = webdriver.ActionChains(chromium)
        chromium.find_element(By.ID, "username").clear()
        chromium.find_element(By.TAG_NAME, "h1").click()
        chromium.execute_script("document.activeElement.blur()")
        chromium.find_element(By.ID, "username").send_keys(person["username"], Keys.TAB)
        assert _focused(chromium) == "password"
        keyboard.send_keys(password, Keys.ENTER).perform()
        if password != person["password"]:
            wait().until(lambda page: page.title.startswith("Error: "))
            summary = chromium.find_element(By.CSS_SELECTOR, "[role=alert]")
            assert chromium.switch_to.active_element == summary
            assert "The user name or the password is wrong; check them and try again." in summary.text
            assert chromium.find_element(By.ID, "username").get_attribute("aria-invalid") == "true"

    wait().until(lambda page: page.current_url.startswith(f"{app_origin}/callback?code="))
    wait().until(lambda page: page.find_element(By.ID, "result").text)
    result = json.loads(chromium.find_element(By.ID, "result").text)
    assert "error" not in result, result

    assert result["sameState"] is True
    assert result["iss"] == f"{strict_platform.gateway}/v1/identity"
    assert result["token"]["status"] == 200
    assert result["me"]["body"]["username"] == person["username"]

    # Weak, and with a hash of the names beside ids; a browser reads it from another origin all the same.
    assert re.fullmatch(rf'W/"{result["before"]["body"]["version"]}-[0-9a-f]{{10}}"', result["before"]["etag"])
    assert result["patched"]["status"] == 200
    assert result["patched"]["etag"] == result["after"]["etag"] != result["before"]["etag"]
    assert result["after"]["body"]["name_short"] == "HTX trong trình duyệt"

    assert (result["stale"]["status"], result["stale"]["body"]["code"]) == (412, "stale")
    assert (result["stranger"]["status"], result["stranger"]["body"]["code"]) == (401, "token_missing")
    assert result["stranger"]["requestId"] == result["stranger"]["body"]["request_id"]
    assert result["refreshed"]["status"] == 200
    assert (result["limited"]["status"], result["limited"]["body"]["code"]) == (429, "too_many_requests")
    assert int(result["limited"]["retryAfter"]) > 0


def test_the_sign_in_page_breaks_no_rule_of_its_own(
    chromium: webdriver.Chrome, strict_platform: Platform, app_origin: str
) -> None:
    query = urlencode(
        {
            "client_id": "vca-web",
            "redirect_uri": f"{app_origin}/callback",
            "response_type": "code",
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "code_challenge_method": "S256",
        }
    )
    WebDriverWait(chromium, 90).until(
        lambda page: _opened(page, f"{strict_platform.gateway}/v1/identity/authorize?{query}")
    )
    assert chromium.find_element(By.TAG_NAME, "html").get_attribute("lang") == "vi"
    # The style was let in by the policy: its hash is right.
    button = chromium.find_element(By.TAG_NAME, "button")
    assert button.size["height"] >= 44
    assert button.value_of_css_property("font-weight") == "600"
    for field in chromium.find_elements(By.CSS_SELECTOR, "input:not([type=hidden])"):
        assert chromium.find_elements(By.CSS_SELECTOR, f"label[for={field.get_attribute('id')}]")
        assert field.size["height"] >= 44
    english = chromium.find_element(By.LINK_TEXT, "English").get_attribute("href")
    assert english
    WebDriverWait(chromium, 90).until(lambda page: _opened(page, english))
    assert chromium.find_element(By.TAG_NAME, "h1").text == "Sign in"
    assert [entry["message"] for entry in log_of(chromium, "browser") if entry["level"] == "SEVERE"] == []


def _opened(chromium: webdriver.Chrome, address: str) -> bool:
    """Open the page, once the limit that the test before ran into has passed."""
    chromium.get(address)
    if chromium.find_elements(By.TAG_NAME, "form"):
        log_of(chromium, "browser")
        return True
    return False
