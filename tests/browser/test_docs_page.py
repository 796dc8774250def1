"""The reference in a real browser: light at once, searched, and its console works signed in; no other host is asked."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.conftest import on_a_phone
from tests.browser.logs import log_of
from tests.platform.conftest import Platform

pytestmark = [pytest.mark.browser, pytest.mark.platform]
_SECONDS = 30
_LOADED = """
    const loaded = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
    return loaded.reduce((sum, one) => sum + one.decodedBodySize, 0);"""


def _hosts(browser: webdriver.Chrome) -> set[str]:
    """Return the hosts that the browser asked, or was kept from asking, since this was last called."""
    messages = (json.loads(entry["message"])["message"] for entry in log_of(browser, "performance"))
    urls = (urlsplit(m["params"]["request"]["url"]) for m in messages if m["method"] == "Network.requestWillBeSent")
    return {url.netloc for url in urls if url.scheme in ("http", "https", "ws", "wss")}


def _errors(browser: webdriver.Chrome) -> list[str]:
    return [entry["message"] for entry in log_of(browser, "browser") if entry["level"] == "SEVERE"]


def _wait(browser: webdriver.Chrome) -> WebDriverWait[webdriver.Chrome]:
    return WebDriverWait(browser, _SECONDS)


def _shows(browser: webdriver.Chrome, selector: str) -> None:
    """Wait until the page has an element that fits."""
    _wait(browser).until(lambda page: page.find_elements(By.CSS_SELECTOR, selector))


def _page_of(platform: Platform, operation: str) -> str:
    """Return the address at which the search of the reference finds an operation."""
    index: dict[str, Any] = httpx.get(f"{platform.gateway}/docs/search.json", timeout=60).json()
    page = next(one[0] for one in index["operations"] if one[1] == operation)
    return f"{platform.gateway}{index['pages'][page]}?lang=en#{operation}"


def _console(browser: webdriver.Chrome, platform: Platform, operation: str) -> WebElement:
    """Open an operation's console."""
    browser.get(_page_of(platform, operation))
    section = browser.find_element(By.ID, operation)
    section.find_element(By.CSS_SELECTOR, "button.try").click()
    return _wait(browser).until(lambda page: section.find_element(By.CLASS_NAME, "console"))


def _press(console: WebElement, words: str) -> None:
    console.find_element(By.XPATH, f".//button[normalize-space()='{words}']").click()


def _sent(browser: webdriver.Chrome, console: WebElement) -> tuple[str, Any]:
    """Send what is filled in; return the status and the answer that the page shows."""
    _press(console, "Send")
    status = _wait(browser).until(lambda page: console.find_element(By.CLASS_NAME, "answer-status")).text
    return status, json.loads(str(console.find_element(By.CSS_SELECTOR, ".result pre").get_property("textContent")))


def _sent_again(browser: webdriver.Chrome, console: WebElement, status: str) -> Any:
    """Send once more; return the answer once the page shows the status, which is not the one before."""
    _press(console, "Send")
    replaced = (StaleElementReferenceException,)
    WebDriverWait(browser, _SECONDS, ignored_exceptions=replaced).until(
        lambda page: console.find_element(By.CLASS_NAME, "answer-status").text == status
    )
    return json.loads(str(console.find_element(By.CSS_SELECTOR, ".result pre").get_property("textContent")))


def _sign_in_as_a_system(browser: webdriver.Chrome, console: WebElement, system: dict[str, str]) -> None:
    console.find_element(By.TAG_NAME, "summary").click()
    console.find_element(By.CSS_SELECTOR, "input[id$=-client]").send_keys(system["client_id"])
    console.find_element(By.CSS_SELECTOR, "input[id$=-secret]").send_keys(system["client_secret"])
    _press(console, "Get a token")
    _wait(browser).until(lambda page: "There is a token." in console.text)


def _system(platform: Platform) -> dict[str, str]:
    found: dict[str, str] = next(c for c in platform.credentials["clients"] if c["scope"] == "registry.read")
    return found


@pytest.mark.parametrize("phone", [False, True])
def test_the_pages_are_light_and_ask_no_other_host(reader: webdriver.Chrome, shown: Platform, phone: bool) -> None:
    if phone:
        on_a_phone(reader)
    for path in ("/docs", "/docs/loans", "/docs/organizations", "/guide/funds", "/problems"):
        reader.get(f"{shown.gateway}{path}")
        assert len(reader.find_elements(By.XPATH, "//*")) <= 5_000, path
        assert int(str(reader.execute_script(_LOADED))) <= 300_000, path
    assert _hosts(reader) == {f"127.0.0.1:{shown.port}"}
    assert _errors(reader) == []


def test_search_finds_operations_and_fields_without_marks(reader: webdriver.Chrome, shown: Platform) -> None:
    reader.get(f"{shown.gateway}/docs?lang=en")
    search = reader.find_element(By.ID, "search")
    for words, found in (("list organizations", "#list_organizations"), ("du no goc", "#LoanPosition")):
        search.clear()
        search.send_keys(words)
        _shows(reader, f".search a[href$='{found}']")
    search.send_keys("zzz")
    _wait(reader).until(lambda page: page.find_element(By.CSS_SELECTOR, "[role=status]").text == "Nothing found.")
    search.clear()
    search.send_keys("record a repayment", Keys.ENTER)
    reader.switch_to.active_element.send_keys(Keys.ENTER)
    _wait(reader).until(lambda page: page.current_url.endswith("/docs/repayments?lang=en#record_repayment"))
    assert _errors(reader) == []


def test_a_system_tries_an_operation_with_its_own_token(reader: webdriver.Chrome, shown: Platform) -> None:
    console = _console(reader, shown, "list_organizations")
    _sign_in_as_a_system(reader, console, _system(shown))
    console.find_element(By.ID, "try-list_organizations-query-limit").send_keys("1")
    status, answer = _sent(reader, console)
    assert (status, len(answer["items"])) == ("200 OK", 1)

    # What the contract separates by commas is sent so, what it repeats is repeated, and a name keeps its comma.
    filled = {"fields": "name,code", "type": "cooperative,cooperative_union", "q": "rau, quả", "count": "exact"}
    for name, value in filled.items():
        console.find_element(By.ID, f"try-list_organizations-query-{name}").send_keys(value)
    reader.execute_script("performance.clearResourceTimings()")
    _press(console, "Send")
    asked = "return performance.getEntriesByType('resource').map(one => one.name).find(one => one.includes('/v1/'))"
    sent = parse_qs(urlsplit(str(_wait(reader).until(lambda page: page.execute_script(asked)))).query)
    assert sent == {
        "limit": ["1"],
        "fields": ["name,code"],
        "type": ["cooperative", "cooperative_union"],
        "q": ["rau, quả"],
        "count": ["exact"],
    }
    _wait(reader).until(lambda page: '"count"' in console.find_element(By.CSS_SELECTOR, ".result pre").text)

    # The token is there on the next page too; a body is sent as it is written.
    console = _console(reader, shown, "lookup_organizations")
    body = console.find_element(By.TAG_NAME, "textarea")
    recorded = httpx.get(f"{shown.gateway}/openapi/examples/lookup_organizations/request.json").json()
    assert json.loads(str(body.get_property("value"))) == recorded
    body.clear()
    body.send_keys(json.dumps({"codes": [answer["items"][0]["code"] or "0101234567"]}))
    status, found = _sent(reader, console)
    assert (status, len(found["items"])) == ("200 OK", 1)
    assert _hosts(reader) <= {f"127.0.0.1:{shown.port}"}
    assert _errors(reader) == []


def test_a_file_is_sent_from_the_page(reader: webdriver.Chrome, shown: Platform, tmp_path: Path) -> None:
    console = _console(reader, shown, "upload_registry_file")
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.4\n%%EOF\n")
    console.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(tmp_path / "paper.pdf"))
    # Whoever has no token is refused before the file is read; with one that may only read, for want of the scope.
    assert _sent(reader, console)[1]["code"] == "token_missing"
    _sign_in_as_a_system(reader, console, _system(shown))
    assert _sent_again(reader, console, "403 Forbidden")["code"] == "scope_missing"


def test_a_refusal_is_shown_as_it_came(reader: webdriver.Chrome, shown: Platform) -> None:
    console = _console(reader, shown, "list_organizations")
    status, answer = _sent(reader, console)
    assert (status, answer["code"]) == ("401 Unauthorized", "token_missing")


@pytest.mark.parametrize("phone", [False, True])
def test_a_person_signs_in_from_the_page_and_asks_who_they_are(
    reader: webdriver.Chrome, shown: Platform, phone: bool
) -> None:
    if phone:
        on_a_phone(reader)
    person = next(account for account in shown.credentials["accounts"] if account["role"] == "viewer")
    console = _console(reader, shown, "read_me")
    page = reader.current_window_handle
    _press(console, "Sign in")
    wait = functools.partial(WebDriverWait, reader, _SECONDS)
    wait().until(lambda browser: len(browser.window_handles) == 2)
    reader.switch_to.window(next(handle for handle in reader.window_handles if handle != page))
    wait().until(lambda browser: browser.find_elements(By.ID, "username"))
    reader.find_element(By.ID, "username").send_keys(person["username"])
    reader.find_element(By.ID, "password").send_keys(person["password"], Keys.ENTER)
    wait().until(lambda browser: browser.window_handles == [page])
    reader.switch_to.window(page)
    wait().until(lambda browser: "There is a token." in console.text)
    status, answer = _sent(reader, console)
    assert (status, answer["username"]) == ("200 OK", person["username"])
    assert _hosts(reader) <= {f"127.0.0.1:{shown.port}"}
    assert _errors(reader) == []


def test_problem_pages_are_readable_without_scripts(reader: webdriver.Chrome, shown: Platform) -> None:
    reader.get(f"{shown.gateway}/problems")
    assert reader.find_element(By.TAG_NAME, "html").get_attribute("lang") == "vi"
    reader.find_element(By.LINK_TEXT, "stale").click()
    assert reader.find_element(By.TAG_NAME, "h1").text == "Bản ghi đã thay đổi"
    reader.find_element(By.LINK_TEXT, "English").click()
    assert reader.find_element(By.TAG_NAME, "h1").text == "Record changed in the meantime"
    assert _hosts(reader) == {f"127.0.0.1:{shown.port}"}
    assert _errors(reader) == []


def test_the_first_page_says_that_all_is_well(reader: webdriver.Chrome, shown: Platform) -> None:
    reader.get(f"{shown.gateway}/?lang=en")
    assert "Every service is well." in reader.find_element(By.TAG_NAME, "main").text
    for path in ("openid-configuration", "oauth-authorization-server", "oauth-authorization-server/v1/identity"):
        document = httpx.get(f"{shown.gateway}/.well-known/{path}").json()
        assert document["issuer"] == f"{shown.gateway}/v1/identity"
