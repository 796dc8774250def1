"""The sign-in of docs/signing-in.md, as it stands, in a real browser: StrictMode, reload, several tabs, sign-out."""

from __future__ import annotations

import functools
import http.server
import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.docs.guide_typescript import compiled
from tests.platform.test_sandbox import Sandbox
from vca.postgres import free_port

pytestmark = [pytest.mark.browser, pytest.mark.platform]
_SECONDS = 30
_PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><title>App</title><pre id="result"></pre>
<script type="module">
import * as app from "/signing-in.js";
window.app = app;
// As React's StrictMode does, the effect of the page runs twice.
const done = location.pathname === "/callback" ? Promise.all([app.finishSignIn(), app.finishSignIn()]) : Promise.resolve(["ready"]);
done.then(found => found[0], error => String(error)).then(text => { document.getElementById("result").textContent = text; });
</script></html>"""
_ME = """
const done = arguments[0], ask = () => app.call("/v1/identity/me").then(answer => answer.json().then(body => body.username ?? body.code));
Promise.all([ask(), ask(), ask()]).then(done, error => done([String(error)]));
"""
_REFRESHES = (
    "return performance.getEntriesByType('resource').filter(each => each.name.endsWith('/v1/identity/token')).length"
)


@pytest.fixture
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A small platform of its own."""
    running = Sandbox(tmp_path_factory.mktemp("s"), free_port())
    try:
        running.wait()
        yield running
    finally:
        running.process.send_signal(signal.SIGINT)
        running.process.wait(60)


@pytest.fixture
def origin(sandbox: Sandbox, tmp_path: Path) -> Iterator[str]:
    """Where the app runs: its one page at every address, and the module of the guide."""
    folder = tmp_path / "app"
    folder.mkdir()
    module = compiled(folder, sandbox.gateway)["signing-in.md"].read_bytes()

    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_module = self.path == "/signing-in.js"
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript" if is_module else "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(module if is_module else _PAGE.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_module_of_the_page_signs_in_once_survives_a_reload_refreshes_once_and_signs_out(
    chromium: webdriver.Chrome, sandbox: Sandbox, origin: str
) -> None:
    wait = functools.partial(WebDriverWait, chromium, _SECONDS)
    credentials = json.loads((sandbox.home / "demo-credentials.json").read_text())
    person = next(each for each in credentials["accounts"] if each["role"] == "registry_officer")

    def told(text: str) -> None:
        wait().until(lambda page: page.find_element(By.ID, "result").text)
        assert chromium.find_element(By.ID, "result").text == text

    chromium.get(f"{origin}/")
    told("ready")
    assert "signed out" in chromium.execute_async_script(_ME)[0]
    chromium.execute_script("app.signIn('/start')")
    wait().until(lambda page: "/v1/identity/authorize" in page.current_url and page.find_elements(By.ID, "username"))
    chromium.find_element(By.ID, "username").send_keys(person["username"])
    chromium.find_element(By.ID, "password").send_keys(person["password"], Keys.ENTER)
    wait().until(lambda page: page.current_url == f"{origin}/start")
    told("/start")
    assert chromium.execute_async_script(_ME) == [person["username"]] * 3
    assert chromium.execute_script(_REFRESHES) == 1, "the code was exchanged more than once"

    for _ in range(2):
        chromium.refresh()
        told("ready")
        assert chromium.execute_async_script(_ME) == [person["username"]] * 3
        assert chromium.execute_script(_REFRESHES) == 1, "three calls at once refreshed more than once"

    chromium.switch_to.new_window("tab")
    chromium.get(f"{origin}/other")
    told("ready")
    assert chromium.execute_async_script(_ME) == [person["username"]] * 3

    refresh_token = chromium.execute_script("return localStorage.getItem('refresh_token')")
    chromium.execute_script("app.signOut()")
    wait().until(lambda page: page.current_url == f"{origin}/")
    told("ready")
    assert "signed out" in chromium.execute_async_script(_ME)[0]
    form = {"grant_type": "refresh_token", "client_id": "vca-web", "refresh_token": refresh_token}
    answer = httpx.post(f"{sandbox.gateway}/v1/identity/token", data=form)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_grant")
