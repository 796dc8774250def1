"""Rules without a database: roles, passwords, addresses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.identity import code_lists
from services.identity.clients import redirects
from services.identity.roles import ROLES, SCOPES, scopes_of
from services.identity.security import guessable, passwords

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
        "class.roll",
        "requests.report",
    }
    assert scopes_of(["no_such_role"]) == ()


def test_one_time_passwords_keep_the_rules_and_differ() -> None:
    words = {passwords.one_time() for _ in range(200)}
    assert len(words) == 200
    for password in words:
        assert passwords.fault_of(password, username="lan.nguyen") is None
        assert len(password) == 19


def test_the_commonest_are_the_first_of_zxcvbns_list() -> None:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    path = Path(guessable.__file__).parent / "data" / "commonest_passwords.txt"
    assert path.read_text(encoding="utf-8").splitlines() == FREQUENCY_LISTS["passwords"][:10_000]


def test_no_common_password_is_taken_that_is_long_enough_to_be_tried() -> None:
    tried = [password for password in guessable._common() if len(password) >= passwords.MIN_LENGTH]
    assert len(tried) > 400
    assert [each for each in tried if passwords.fault_of(each, username="someone") is None] == []


@settings(max_examples=300)
@given(
    st.sampled_from(sorted(each for each in guessable._common() if len(each) >= 6 and each.isalpha())),
    st.sampled_from([str.lower, str.upper, str.title, lambda word: word.replace("a", "@").replace("o", "0")]),
    st.from_regex(r"[0-9]{0,4}[!@#.]{0,3}", fullmatch=True),
    st.sampled_from(["", "123", "!!"]),
)
def test_a_common_password_is_none_the_better_for_what_is_put_around_it(
    word: str, spelled: Callable[[str], str], behind: str, before: str
) -> None:
    password = before + spelled(word) + behind
    if len(password) >= passwords.MIN_LENGTH:
        assert passwords.fault_of(password, username="someone") is not None, password


_KNOWN = [
    "hợp tác xã",
    "HTX",
    "Liên minh",
    "lienminh",
    "quỹ tín dụng",
    "Phú Thọ",
    "hanoi",
    "Nguyễn",
    "Lan",
    "lan.nguyen",
]


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(_KNOWN), min_size=1, max_size=4),
    st.sampled_from(["", " ", "-", "_"]),
    st.sampled_from(["2024", "1990", "123456", "!", "@2026", "25-12-1990", "qwerty", "asdf", "aaa"]),
)
def test_words_of_the_field_and_of_oneself_with_a_year_are_refused(words: list[str], between: str, end: str) -> None:
    password = between.join([*words, end])
    fault = passwords.fault_of(password, username="lan.nguyen", full_name="Nguyễn Thị Lan")
    assert fault is not None
    if len(password) >= passwords.MIN_LENGTH and "lan.nguyen" not in password:
        assert fault[0] in ("known_words", "too_common"), password
        assert "hãy" in fault[1]


_SYLLABLES = [
    "con",
    "trâu",
    "đi",
    "trước",
    "cái",
    "cày",
    "mưa",
    "nắng",
    "chợ",
    "đò",
    "bưởi",
    "tre",
    "sông",
    "gió",
    "mắm",
    "khoai",
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(_SYLLABLES), min_size=4, max_size=8, unique=True), st.sampled_from([*_KNOWN, ""]))
def test_a_sentence_of_four_other_words_is_taken_whatever_stands_beside_it(words: list[str], beside: str) -> None:
    password = " ".join([*words, beside]).strip()
    fault = passwords.fault_of(password, username="hoa.tran", full_name="Trần Thị Hoa")
    assert fault is None or len(password) < passwords.MIN_LENGTH, (password, fault)


@settings(max_examples=300)
@given(st.text(max_size=250), st.text(max_size=64), st.text(max_size=100))
def test_any_text_is_judged_and_told_in_both_languages(password: str, username: str, full_name: str) -> None:
    fault = passwords.fault_of(password, username=username, full_name=full_name)
    assert fault is None or all(fault)


@pytest.mark.parametrize(
    "password",
    [
        "Password2024!",
        "P@ssw0rd2024!!",
        "lienminh2025!!",
        "Liên minh HTX Phú Thọ 2025",
        "quytindung123",
        "phutho12345678",
        "qwertyuiop12",
        "1q2w3e4r5t6y",
        "lan nguyen 1990!",
        "mật khẩu 1234",
        "dragon2024!!",
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    assert passwords.fault_of(password, username="lan.nguyen", full_name="Nguyễn Thị Lan") is not None


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
