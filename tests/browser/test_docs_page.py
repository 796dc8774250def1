"""The reference pages in a real browser: they show every operation, the console works, no other host is asked."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from selenium import webdriver
from selenium.common.exceptions import ElementClickInterceptedException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.logs import log_of
from tests.platform.conftest import Platform, free_port

pytestmark = [pytest.mark.browser, pytest.mark.platform]
_SECONDS = 30


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The platform whose pages are read."""
    running = Platform(tmp_path_factory.mktemp("docs") / "home", free_port())
    running.start()
    yield running
    running.stop()


@pytest.fixture
def reader(chromium: webdriver.Chrome) -> webdriver.Chrome:
    """A browser whose notes begin with what it is told next, in a window wide enough for the list of operations."""
    chromium.set_window_size(1400, 1000)
    chromium.get("about:blank")
    for kind in ("browser", "performance"):
        log_of(chromium, kind)
    return chromium


def _notes(browser: webdriver.Chrome) -> list[dict[str, Any]]:
    """Return the requests that the browser made or was kept from making, since this was last asked."""
    messages = (json.loads(entry["message"])["message"] for entry in log_of(browser, "performance"))
    return [note["params"]["request"] for note in messages if note["method"] == "Network.requestWillBeSent"]


def _hosts(requests: list[dict[str, Any]]) -> set[str]:
    urls = (urlsplit(request["url"]) for request in requests)
    return {url.netloc for url in urls if url.scheme in ("http", "https", "ws", "wss")}


def _faults(browser: webdriver.Chrome) -> list[str]:
    return [entry["message"] for entry in log_of(browser, "browser") if entry["level"] == "SEVERE"]


def _contract(platform: Platform) -> dict[str, Any]:
    document: dict[str, Any] = httpx.get(f"{platform.gateway}/openapi.json").json()
    return document


def _found(browser: webdriver.Chrome, xpath: str) -> WebElement:
    """Wait for an element that can be seen, and bring it into sight."""

    def seen(page: webdriver.Chrome) -> WebElement | bool:
        return next((one for one in page.find_elements(By.XPATH, xpath) if one.is_displayed()), False)

    element = WebDriverWait(browser, _SECONDS).until(seen, f"there is no {xpath}")
    assert isinstance(element, WebElement)
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    return element


def _click(browser: webdriver.Chrome, xpath: str) -> None:
    def clicked(page: webdriver.Chrome) -> bool:
        _found(page, xpath).click()
        return True

    # A page that is still settling moves or replaces its buttons under the pointer.
    settling = (ElementClickInterceptedException, StaleElementReferenceException)
    WebDriverWait(browser, _SECONDS, ignored_exceptions=settling).until(clicked, f"{xpath} cannot be clicked")


def _button(words: str) -> str:
    return f"//button[normalize-space()='{words}']"


def _open_operation(browser: webdriver.Chrome, tag: str, summary: str) -> None:
    _click(browser, f"//aside//button[starts-with(normalize-space(), '{tag}')]")
    _click(browser, f"//aside//button[starts-with(normalize-space(), '{summary}')]")


def _send(browser: webdriver.Chrome, method: str, path: str) -> dict[str, Any]:
    """Press "Test Request" and "Send" of an operation; return the request that the browser made."""
    _click(browser, f"//button[contains(., 'Test Request') and contains(., '({method.lower()} {path})')]")
    _notes(browser)
    _click(browser, "//button[contains(., 'Send')]")
    sent_requests: list[dict[str, Any]] = []

    def sent(page: webdriver.Chrome) -> bool:
        sent_requests.extend(note for note in _notes(page) if urlsplit(note["url"]).path == path)
        return bool(sent_requests)

    WebDriverWait(browser, _SECONDS).until(sent)
    return sent_requests[0]


def _shows(browser: webdriver.Chrome, words: str) -> bool:
    """Wait until the page shows `words`."""
    return bool(
        WebDriverWait(browser, _SECONDS).until(
            lambda page: words in str(page.execute_script("return document.body.innerText")), f"the page lacks {words}"
        )
    )


def test_docs_lists_every_area_and_asks_no_other_host(reader: webdriver.Chrome, shown: Platform) -> None:
    contract = _contract(shown)
    reader.get(f"{shown.gateway}/docs")
    _shows(reader, contract["info"]["title"])
    for group in contract["x-tagGroups"]:
        assert _shows(reader, group["name"])
        for tag in group["tags"]:
            assert _found(reader, f"//aside//button[starts-with(normalize-space(), '{tag}')]")
    summaries = {operation["summary"] for operation in contract["paths"]["/v1/registry/organizations"].values()}
    _click(reader, "//aside//button[starts-with(normalize-space(), 'organizations')]")
    for summary in summaries:
        assert _found(reader, f"//aside//button[starts-with(normalize-space(), '{summary}')]")
    assert _hosts(_notes(reader)) == {f"127.0.0.1:{shown.port}"}
    assert _faults(reader) == []


def test_a_system_tries_an_operation_with_its_own_token(reader: webdriver.Chrome, shown: Platform) -> None:
    system = next(client for client in shown.credentials["clients"] if client["scope"] == "registry.read")
    reader.get(f"{shown.gateway}/docs")
    _click(reader, "//div[contains(@class, 'cm-content') and contains(., '12345')]")
    webdriver.ActionChains(reader).send_keys(system["client_id"]).perform()
    _found(reader, "//input[@placeholder='XYZ123']").send_keys(system["client_secret"])
    _click(reader, _button("Authorize"))
    _shows(reader, "Access Token")

    _open_operation(reader, "organizations", "List and search organizations")
    request = _send(reader, "GET", "/v1/registry/organizations")
    assert request["headers"]["authorization"].startswith("Bearer ey")
    assert _shows(reader, "200 OK")
    assert _shows(reader, "next_cursor")
    assert _hosts(_notes(reader)) <= {f"127.0.0.1:{shown.port}"}
    assert _faults(reader) == []


def test_a_person_signs_in_from_the_page_and_asks_who_they_are(reader: webdriver.Chrome, shown: Platform) -> None:
    person = next(account for account in shown.credentials["accounts"] if account["role"] == "viewer")
    reader.get(f"{shown.gateway}/docs")
    page = reader.current_window_handle
    _click(reader, _button("authorizationCode"))
    _click(reader, _button("Authorize"))
    wait = functools.partial(WebDriverWait, reader, _SECONDS)
    wait().until(lambda browser: len(browser.window_handles) == 2)
    reader.switch_to.window(next(handle for handle in reader.window_handles if handle != page))
    wait().until(lambda browser: browser.find_elements(By.ID, "username"))
    reader.find_element(By.ID, "username").send_keys(person["username"])
    reader.find_element(By.ID, "password").send_keys(person["password"], Keys.ENTER)
    wait().until(lambda browser: browser.window_handles == [page])
    reader.switch_to.window(page)
    _shows(reader, "Access Token")

    _open_operation(reader, "me", "Read the current user")
    request = _send(reader, "GET", "/v1/identity/me")
    assert request["headers"]["authorization"].startswith("Bearer ey")
    assert _shows(reader, "200 OK")
    assert _shows(reader, person["username"])
    assert _hosts(_notes(reader)) <= {f"127.0.0.1:{shown.port}"}


def test_redoc_shows_every_operation_and_asks_no_other_host(reader: webdriver.Chrome, shown: Platform) -> None:
    contract = _contract(shown)
    reader.get(f"{shown.gateway}/redoc")
    _shows(reader, contract["info"]["title"])
    for path, item in contract["paths"].items():
        for operation in item.values():
            assert _shows(reader, operation["summary"]), path
    assert _hosts(_notes(reader)) == {f"127.0.0.1:{shown.port}"}
    assert _faults(reader) == []


def test_problem_pages_are_readable_without_scripts(reader: webdriver.Chrome, shown: Platform) -> None:
    reader.get(f"{shown.gateway}/problems")
    assert reader.find_element(By.TAG_NAME, "html").get_attribute("lang") == "vi"
    reader.find_element(By.LINK_TEXT, "stale").click()
    assert reader.find_element(By.TAG_NAME, "h1").text == "Bản ghi đã thay đổi"
    reader.find_element(By.LINK_TEXT, "English").click()
    assert reader.find_element(By.TAG_NAME, "h1").text == "Record changed in the meantime"
    assert _hosts(_notes(reader)) == {f"127.0.0.1:{shown.port}"}
    assert _faults(reader) == []
