"""What stands in the way of a start is one sentence in both languages, and no traceback."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from vca import databases
from vca.errors import Refusal
from vca.homes import check_port
from vca.settings import Place


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://a:b@localhost/c", "postgresql://u:p@127.0.0.1:1/x", "postgresql://h:p/x"]
)
def test_an_address_of_no_database_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("VCA_DATABASE_URL", url)
    with pytest.raises(Refusal, match="database of identity cannot be reached"):
        databases.ensure(None)


def test_a_port_that_the_account_may_not_open_is_not_called_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    def bind(self: socket.socket, address: tuple[str, int]) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", bind)
    with pytest.raises(Refusal, match="may not open port 80"):
        check_port(Place(Path("home"), 80, "http://127.0.0.1:80"))
