"""Cursors are read back as they were given out, and only by the list that gave them out."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import pytest

from kernel.problems import CursorMismatch
from kernel.records.cursors import computed_page, decode, encode, last_id, mark_of, next_path, read_cursor
from kernel.values.ids import new_id
from kernel.web.calls import Call

ASKED = ["25-2025", None, [("q", "che")], "-name"]


def _call(query: str) -> Call:
    scope = {"path": "/v1/tests/plots", "query_string": query.encode()}
    return cast(Call, SimpleNamespace(request=SimpleNamespace(scope=scope)))


@pytest.mark.parametrize("parts", [[], ["a"], ["đồi chè", "", "0192f000"], ["a?b&c=d/e+f", 7, None]])
def test_a_cursor_is_read_back_as_it_was_given_out_and_stands_in_an_address_as_it_is(parts: list[Any]) -> None:
    text = encode(parts)
    assert decode(text) == parts
    assert all(sign.isalnum() or sign in "-_" for sign in text)


def test_a_lists_cursor_gives_the_values_of_the_last_row_as_text() -> None:
    mark = mark_of(ASKED)
    assert read_cursor(encode([mark, "đồi chè", 7]), mark, 2) == ["đồi chè", "7"]


@pytest.mark.parametrize(
    "other",
    [
        ["15-2025", None, [("q", "che")], "-name"],
        ["25-2025", "0192f000", [("q", "che")], "-name"],
        ["25-2025", None, [("q", "cam")], "-name"],
        ["25-2025", None, [], "-name"],
        ["25-2025", None, [("q", "che")], "name"],
    ],
    ids=["area", "organization", "filter", "no filter", "sort"],
)
def test_a_cursor_of_another_question_does_not_fit(other: list[Any]) -> None:
    with pytest.raises(CursorMismatch):
        read_cursor(encode([mark_of(other), "x", "y"]), mark_of(ASKED), 2)


@pytest.mark.parametrize("values", [[], ["x"], ["x", "y", "z"]])
def test_a_cursor_with_more_or_fewer_keys_than_the_sort_does_not_fit(values: list[str]) -> None:
    with pytest.raises(CursorMismatch):
        read_cursor(encode([mark_of(ASKED), *values]), mark_of(ASKED), 2)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "chè",
        "a",
        "not a cursor",
        "!!!!",
        encode([mark_of(ASKED), "x"])[:-3],
        encode([mark_of(ASKED), "x"]) + "AAAA",
        base64.urlsafe_b64encode(b"\xff\xfe\x00").decode(),
        encode("just a text"),  # a text is JSON too, but no list
        base64.urlsafe_b64encode(b'{"0": "x"}').decode(),
    ],
)
def test_a_damaged_cursor_is_refused(text: str) -> None:
    with pytest.raises(CursorMismatch):
        read_cursor(text, mark_of(ASKED), 1)


def test_the_next_page_asks_the_same_with_the_new_cursor_in_place_of_the_old() -> None:
    path = next_path(_call("q=ch%C3%A8&cursor=old&crop=tea&crop=orange&note="), "new")
    assert urlsplit(path).path == "/v1/tests/plots"
    asked = [("q", "chè"), ("crop", "tea"), ("crop", "orange"), ("note", ""), ("cursor", "new")]
    assert parse_qsl(urlsplit(path).query, keep_blank_values=True) == asked
    assert next_path(_call(""), "new", "/v1/elsewhere") == "/v1/elsewhere?cursor=new"


def test_a_computed_list_goes_on_behind_the_id_that_its_page_ended_with() -> None:
    last = new_id()
    page = computed_page(_call("month=2023-08"), ["x", "y"], last=last, asked=["2023-08"])
    assert page["items"] == ["x", "y"]
    assert page["next"] == f"/v1/tests/plots?month=2023-08&cursor={page['next_cursor']}"
    assert last_id(page["next_cursor"], ["2023-08"]) == last
    with pytest.raises(CursorMismatch):
        last_id(page["next_cursor"], ["2023-09"])
    with pytest.raises(CursorMismatch):
        last_id(encode([mark_of(["2023-08"]), "made up"]), ["2023-08"])
    assert last_id(None, ["2023-08"]) is None


def test_the_last_page_of_a_computed_list_has_no_cursor() -> None:
    page = computed_page(_call(""), ["z"], last=None, asked=[], count=1)
    assert (page["next_cursor"], page["next"], page["count"]) == (None, None, 1)
