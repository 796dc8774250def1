"""Every kind of page keeps the rules of axe-core, on a desk and on a phone, in both languages, and fits the window."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.conftest import checked, on_a_phone
from tests.platform.conftest import Platform

pytestmark = [pytest.mark.browser, pytest.mark.platform]
_SIGN_IN = "/v1/identity/authorize?" + urlencode(
    {
        "client_id": "vca-web",
        "redirect_uri": "http://localhost/callback",
        "response_type": "code",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
)
PAGES = (
    "/",
    "/docs",
    "/docs/loans",
    "/docs/organizations",
    "/docs/signed-in",
    "/guide",
    "/guide/api",
    "/guide/funds",
    "/guide/adr/0001-one-way-to-the-database",
    "/changelog",
    "/problems",
    "/problems/stale",
    "/problems/nothing",
    "/status",
    _SIGN_IN,
)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("phone", [False, True])
def test_every_kind_of_page(reader: webdriver.Chrome, shown: Platform, axe: str, phone: bool, language: str) -> None:
    if phone:
        on_a_phone(reader)
    reader.set_script_timeout(60)
    wrong: list[str] = []
    for path in PAGES:
        name = "ui_locales" if path == _SIGN_IN else "lang"
        reader.get(f"{shown.gateway}{path}{'&' if '?' in path else '?'}{name}={language}")
        assert reader.find_element(By.TAG_NAME, "html").get_attribute("lang") == language
        wrong += checked(reader, axe, path)
    assert wrong == []


@pytest.mark.parametrize("phone", [False, True])
def test_an_open_console_and_the_results_of_a_search(
    reader: webdriver.Chrome, shown: Platform, axe: str, phone: bool
) -> None:
    if phone:
        on_a_phone(reader)
    reader.set_script_timeout(60)
    reader.get(f"{shown.gateway}/docs/organizations?lang=en#create_organization")
    reader.find_element(By.CSS_SELECTOR, "#create_organization button.try").click()
    reader.find_element(By.ID, "search").send_keys("name")
    reader.implicitly_wait(10)
    assert reader.find_element(By.CSS_SELECTOR, ".search li a")
    assert reader.find_element(By.CSS_SELECTOR, "#create_organization .console textarea")
    assert checked(reader, axe, "console") == []


def test_who_goes_by_keyboard_sees_where_they_are(reader: webdriver.Chrome, shown: Platform) -> None:
    for path in ("/", "/docs", "/guide/api", "/problems", _SIGN_IN):
        reader.get(f"{shown.gateway}{path}")
        for _ in range(4):
            webdriver.ActionChains(reader).send_keys(Keys.TAB).perform()
            focused = reader.switch_to.active_element
            assert focused.value_of_css_property("outline-style") == "solid", path
            assert focused.value_of_css_property("outline-width") != "0px", path
