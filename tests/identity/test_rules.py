"""Rules without a database: roles, passwords, addresses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.identity import code_lists
from services.identity.clients import redirects
from services.identity.roles import ROLES, SCOPES, scopes_of
from services.identity.security import passwords

VIEW = {"registry.read", "funds.read", "training.read", "reports.read"}


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        ("viewer", VIEW),
        ("registry_officer", VIEW | {"registry.write"}),
        ("fund_officer", VIEW | {"funds.write"}),
        ("training_officer", VIEW | {"training.write"}),
        ("fund_approver", {"registry.read", "funds.read", "funds.approve"}),
        ("reporter", VIEW | {"reports.write"}),
        ("report_approver", VIEW | {"reports.approve"}),
        ("cooperative_user", {"own.read", "own.write"}),
        ("administrator", {"identity.admin"}),
    ],
)
def test_each_role_stands_for_its_scopes(role: str, scopes: set[str]) -> None:
    assert set(scopes_of([role])) == scopes


def test_no_role_follows_feeds_and_every_scope_of_a_role_exists() -> None:
    assert {scope for scopes in ROLES.values() for scope in scopes} == set(SCOPES) - {
        "sync.read",
        "sync.write",
        "references.read",
        "names.read",
        "tokens.follow",
        "requests.report",
    }
    assert scopes_of(["no_such_role"]) == ()


def test_one_time_passwords_keep_the_rules_and_differ() -> None:
    words = {passwords.one_time() for _ in range(200)}
    assert len(words) == 200
    for password in words:
        assert passwords.fault_of(password, username="lan.nguyen") is None
        assert len(password) == 19


def test_the_common_passwords_are_long_enough_to_be_tried() -> None:
    common = passwords._common()
    assert len(common) > 150
    for password in common:
        assert passwords.fault_of(password, username="someone") is not None
        assert password == password.casefold()


@pytest.mark.parametrize("password", ["con trâu đi trước cái cày", "correct horse battery", "Xã viên số 12 ở Lâm Thao"])
def test_a_sentence_is_a_good_password(password: str) -> None:
    assert passwords.fault_of(password, username="lan.nguyen") is None


async def test_a_password_matches_its_own_hash_only() -> None:
    hasher = passwords.Passwords()
    kept = await hasher.hash("con trâu đi trước cái cày")
    assert kept.startswith("$argon2id$v=19$m=12288,t=3,p=1$")
    assert await hasher.matches("con trâu đi trước cái cày", kept)
    assert not await hasher.matches("con trâu đi trước cái bừa", kept)
    assert not await hasher.matches("con trâu đi trước cái cày", None)


@settings(max_examples=300)
@given(st.text(max_size=60), st.sampled_from(["localhost", "127.0.0.1", "[::1]"]))
def test_no_text_around_a_loopback_host_makes_another_host_loopback(text: str, host: str) -> None:
    from urllib.parse import urlsplit

    for uri in (f"http://{text}{host}/cb", f"http://{host}{text}", f"{text}http://{host}/"):
        if redirects.is_loopback(uri):
            assert urlsplit(uri).hostname in ("localhost", "127.0.0.1", "::1")
            assert not set(uri) & set(" \\#@\r\n\t")


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        ("http://localhost:5173/cb?x=1", "http://localhost:5173"),
        ("https://app.example.org/cb", "https://app.example.org"),
        ("vn.vca.mobile:/callback", "vn.vca.mobile:"),
    ],
)
def test_a_form_may_lead_to_the_apps_own_origin(uri: str, target: str) -> None:
    assert redirects.form_target(uri) == target
    assert redirects.check(uri) == uri


def test_every_code_has_its_labels() -> None:
    assert list(code_lists.ROLES) == list(ROLES)
    assert list(code_lists.SCOPES) == list(SCOPES)
    for codes in code_lists.ALL.values():
        assert all(vi and en for vi, en in codes.values())
