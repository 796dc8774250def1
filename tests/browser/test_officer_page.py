"""The first page of an officer in a real browser, on a phone and on a desk: quick, by keyboard, on paper, and as the API has it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from services.gateway.portal.amounts import number, percent
from tests.browser.conftest import checked, on_a_phone
from tests.browser.logs import log_of
from tests.platform.conftest import Platform

pytestmark = [pytest.mark.browser, pytest.mark.platform]
_SECONDS = 30
_FIRST_PAINT_SECONDS = 1.0
"""What the page is made for. The test waits longer before it fails: other things run on its machine."""
_PATIENCE = 5.0
_YEAR = "/?year=2023&on=2023-08-31"
_PAINTED = """
    const entry = performance.getEntriesByName('first-contentful-paint')[0];
    return entry ? entry.startTime / 1000 : null;"""


def _sign_in(browser: webdriver.Chrome, platform: Platform, username: str) -> None:
    """Sign in from the first page with the keyboard alone."""
    person = next(each for each in platform.credentials["accounts"] if each["username"] == username)
    browser.get(f"{platform.gateway}/")
    browser.find_element(By.CSS_SELECTOR, "a.button[href*='/sign-in']").send_keys(Keys.ENTER)
    WebDriverWait(browser, _SECONDS).until(lambda page: page.find_elements(By.ID, "username"))
    browser.find_element(By.ID, "username").send_keys(person["username"], Keys.TAB)
    webdriver.ActionChains(browser).send_keys(person["password"], Keys.ENTER).perform()
    WebDriverWait(browser, _SECONDS).until(lambda page: urlsplit(page.current_url).path == "/")
    assert browser.find_element(By.CSS_SELECTOR, "header .name").text


def _first_paint(browser: webdriver.Chrome, address: str) -> float:
    """Return after how many seconds from the click on the page shows something."""
    browser.get(address)
    painted = WebDriverWait(browser, _SECONDS).until(lambda page: page.execute_script(_PAINTED))
    return float(str(painted))


def _year(browser: webdriver.Chrome, platform: Platform) -> dict[str, Any]:
    """Return what the API answers to the one who is signed in."""
    cookie = browser.get_cookie("vca_portal_access")
    assert cookie is not None
    headers = {"Authorization": f"Bearer {cookie['value']}", "Accept-Language": "vi"}
    answer = httpx.get(f"{platform.gateway}/v1/reporting/overview{_YEAR[1:]}", headers=headers, timeout=_SECONDS)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("phone", [True, False])
def test_an_officer_signs_in_and_sees_the_year(
    reader: webdriver.Chrome, shown: Platform, axe: str, phone: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    if phone:
        on_a_phone(reader)
    reader.set_script_timeout(60)
    _sign_in(reader, shown, "reporter")
    assert reader.find_element(By.TAG_NAME, "html").get_attribute("lang") == "vi"
    seconds = sorted(_first_paint(reader, f"{shown.gateway}{_YEAR}") for _ in range(3))
    with capsys.disabled():
        print(
            f"\nfirst paint of the officer's page, {'phone' if phone else 'desk'}: {seconds} s, for {_FIRST_PAINT_SECONDS} s"
        )
    assert seconds[0] <= _PATIENCE

    # The same numbers as the API, and each measure says in words what came of it.
    year = _year(reader, shown)
    cards = reader.find_elements(By.CSS_SELECTOR, ".measure")
    assert len(cards) == len(year["measures"]) > 10
    for card, measure in zip(cards, year["measures"], strict=True):
        assert card.find_element(By.TAG_NAME, "h4").text.startswith(measure["indicator_label"])
        assert card.find_element(By.CSS_SELECTOR, ".value").text == number(measure["value"], "vi")
        assert number(measure["plan"]["value"], "vi") in card.find_element(By.CSS_SELECTOR, ".plan-value").text
        assert card.find_element(By.CSS_SELECTOR, ".verdict").text
        if measure["plan"]["percent"] is not None:
            assert f"Đạt {percent(measure['plan']['percent'], 'vi')}" in card.text
    for part in ("waiting", "late"):
        lines = reader.find_elements(By.CSS_SELECTOR, f"[aria-labelledby={part}] .tasks li")
        assert [line.text.split("\n")[0] for line in lines] == [each["title"] for each in year[part]]

    # Scripts of the page read no token; nothing came from another host, and nothing was refused.
    assert reader.execute_script("return document.cookie") == ""
    assert _hosts(reader) == {f"127.0.0.1:{shown.port}"}
    assert [entry["message"] for entry in log_of(reader, "browser") if entry["level"] == "SEVERE"] == []

    wrong: list[str] = []
    for path in (
        _YEAR,
        f"{_YEAR}&lang=en",
        "/?year=2024",
        "/records?of=/v1/reporting/plans",
        "/records?of=/v1/identity",
    ):
        reader.get(f"{shown.gateway}{path}")
        wrong += checked(reader, axe, path)
    assert wrong == []


def _hosts(browser: webdriver.Chrome) -> set[str]:
    asked = (json.loads(str(entry["message"]))["message"] for entry in log_of(browser, "performance"))
    addresses = (each["params"]["request"]["url"] for each in asked if each["method"] == "Network.requestWillBeSent")
    return {urlsplit(address).netloc for address in addresses if address.startswith("http")}


def test_every_number_leads_to_its_records_and_the_keyboard_is_enough(
    reader: webdriver.Chrome, shown: Platform
) -> None:
    _sign_in(reader, shown, "registry-officer")
    reader.get(f"{shown.gateway}{_YEAR}")
    for _ in range(6):
        webdriver.ActionChains(reader).send_keys(Keys.TAB).perform()
        assert reader.switch_to.active_element.value_of_css_property("outline-style") == "solid"
    measure = next(each for each in _year(reader, shown)["measures"] if each["indicator"] == "cooperatives_new")
    reader.find_element(By.CSS_SELECTOR, ".measure .value a").send_keys(Keys.ENTER)
    WebDriverWait(reader, _SECONDS).until(lambda page: page.find_elements(By.CSS_SELECTOR, "table tbody tr"))
    assert len(reader.find_elements(By.CSS_SELECTOR, "table tbody tr")) == measure["value"]
    reader.find_element(By.CSS_SELECTOR, "table tbody a").send_keys(Keys.ENTER)
    WebDriverWait(reader, _SECONDS).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".details dt"))


def test_what_nobody_declared_is_declared_from_the_page_and_the_figure_is_there(
    reader: webdriver.Chrome, shown: Platform
) -> None:
    _sign_in(reader, shown, "training-officer")
    reader.get(f"{shown.gateway}/?year=2024")
    panels = reader.find_elements(By.CSS_SELECTOR, ".panel form")
    assert len(panels) == 1, "this officer enters what training has, and nothing else"
    panels[0].find_element(By.CSS_SELECTOR, "input[value=classes]").send_keys(Keys.SPACE)
    panels[0].find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
    WebDriverWait(reader, _SECONDS).until(lambda page: page.current_url.endswith("#coverage"))
    assert reader.find_elements(By.CSS_SELECTOR, ".panel form") == []


def test_it_prints_without_what_is_for_the_screen(reader: webdriver.Chrome, shown: Platform) -> None:
    _sign_in(reader, shown, "reporter")
    reader.get(f"{shown.gateway}{_YEAR}")
    reader.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    for shown_on_paper, selector in ((False, ".choose"), (False, "header form"), (True, ".measure"), (True, "h1")):
        assert reader.find_element(By.CSS_SELECTOR, selector).is_displayed() is shown_on_paper, selector


def test_who_signs_out_is_a_stranger_again_and_an_own_user_is_told_what_the_account_is_for(
    reader: webdriver.Chrome, shown: Platform
) -> None:
    _sign_in(reader, shown, "cooperative-user")
    assert "Tài khoản này là của một tổ chức" in reader.find_element(By.TAG_NAME, "main").text
    reader.find_element(By.CSS_SELECTOR, "header form button").send_keys(Keys.ENTER)
    WebDriverWait(reader, _SECONDS).until(
        lambda page: page.find_elements(By.CSS_SELECTOR, "a.button[href*='/sign-in']")
    )
    assert reader.get_cookie("vca_portal") is None
    # The sign-in at identity has ended, too: it asks for the password again.
    reader.find_element(By.CSS_SELECTOR, "a.button[href*='/sign-in']").click()
    WebDriverWait(reader, _SECONDS).until(lambda page: page.find_elements(By.ID, "password"))
