"""One run of a sandbox: the platform in a home of its own, its seed, what to try, and nothing left of it."""

from __future__ import annotations

import json
import os
import threading
import time
from datetime import date

from kernel.values.days import today, use_clock
from vca import databases
from vca.checked_settings import check_settings_of_gateway
from vca.demo.scenarios import SANDBOX
from vca.errors import Refusal
from vca.homes import check_port, console, held
from vca.sandbox import seed
from vca.sandbox.places import clock_file, new_place, note_ready, set_day
from vca.settings import Place
from vca.supervisor import answers
from vca.up import Run, vca_command

# Before today's map the seed's law and places would be others; after 2100 its terms end beyond what loans may have.
_EARLIEST, _LATEST = date(2025, 7, 1), date(2100, 12, 31)


def first_day() -> date:
    """Return the day that VCA_TODAY asks for, else the real one. Raises Refusal."""
    text = os.environ.pop("VCA_TODAY", "")
    if not text:
        return today()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not _EARLIEST <= day <= _LATEST or text != str(day):
        raise Refusal(
            f"VCA_TODAY={text} không phải một ngày từ {_EARLIEST} đến {_LATEST}, theo thứ tự năm-tháng-ngày.",
            f"VCA_TODAY={text} is not a day from {_EARLIEST} to {_LATEST}, as year-month-day.",
        )
    return day


def run(port: int | None) -> None:
    """Run a sandbox until it is told to stop. Raises Refusal."""
    day = first_day()
    with new_place(port) as place, held(place):
        check_settings_of_gateway()
        check_port(place, "--port")
        set_day(place, day)
        use_clock(clock_file(place))
        # Services are copies of this process, and find it in their settings.
        os.environ["VCA_SANDBOX_CLOCK"] = str(clock_file(place))
        SandboxRun(place).run()


class SandboxRun(Run):
    """The platform with the sandbox's seed, on a database that gives up durability for speed."""

    def __init__(self, place: Place) -> None:
        super().__init__(place, demo=True, quick=True)

    def _load_demo(self, urls: dict[str, str]) -> None:
        self._load(urls, (SANDBOX,), "dữ liệu mẫu / seed")
        seed.keep(databases.served(urls, self._server))
        # The copying cut the services off for a moment.
        self._supervisor.wait()
        note_ready(self._place, today())

    def _greet(self, seconds: float) -> None:
        place, vca = self._place, vca_command()
        credentials = json.loads(place.credentials.read_text(encoding="utf-8"))
        console.print(
            f"\nSandbox {place.gateway}, ngày / on {today()}, sau {seconds:.1f} giây / ready. "
            "Ctrl-C xóa hết / Ctrl-C ends it and removes all.\n"
        )
        for account in credentials["accounts"]:
            console.print(f"  {account['username']:24} {account['password']:20} {account['role']}, {account['area']}")
        for client in credentials["clients"]:
            console.print(f"  {client['client_id']:24} {client['client_secret']}  {client['area']}")
        console.print(f"\n  {place.credentials}    như trên / the same")
        port = f" --port {place.port}"
        console.print("\nỞ cửa sổ khác / in another terminal:\n")
        console.print(f"  {vca} sandbox clock{port} --days 30    dời ngày / moves the day on")
        console.print(f"  {vca} sandbox reset{port}              về ban đầu / back to the seed")
        console.print(f"  {vca} sandbox token{port} NAME         token\n")
        console.print(
            f'  curl -s -H "Authorization: Bearer $({vca} sandbox token{port} all-scopes-vn)" '
            f"'{place.gateway}/v1/registry/organizations?limit=5'\n"
        )
        # The start waited for no pages; whoever opens /docs finds them made.
        threading.Thread(target=answers, args=(place.port, "/problems"), daemon=True).start()


def wait_for_calls(place: Place, seconds: float = 20.0) -> None:
    """Wait until every service answers again after its database was changed under it."""
    from vca.services import SERVICES

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if all(answers(place.port, f"/v1/{service.name}/health/ready") for service in SERVICES):
            return
        time.sleep(0.05)
    raise Refusal("Sandbox không trả lời.", "The sandbox does not answer.")
