"""Search by name: what it finds is what any part of a name finds, typed as people type, and the best match comes first."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterator

import asyncpg
import pytest

from kernel.database.connections import connect
from kernel.values.text import fold_query, name_distinct
from services.registry.organizations.name_search import tokens_of
from tests.registry.builders import ORGANIZATIONS, Make
from tests.support.answers import ok
from tests.support.client import ApiClient
from vca.national.generate import National

NAMES, QUERIES = 5_000, 2_000


async def found(client: ApiClient, typed: str, **params: str) -> list[str]:
    """Return the names of all pages, two to a page."""
    path, names = ORGANIZATIONS, []
    query: dict[str, str] | None = {"q": typed, "limit": "2", **params}
    while path:
        page = ok(await client.get(path, params=query))
        names += [item["name"] for item in page["items"]]
        path, query = page["next"], None
    return names


async def test_those_that_are_called_so_come_first_on_every_page(registry: ApiClient, make: Make) -> None:
    called_so = [f"{lead} Vĩnh Lại" for lead in ("Hợp tác xã", "HTX Nông nghiệp", "HTX dịch vụ")]
    others = ["Hợp tác xã Vĩnh Lại Thượng", "Hợp tác xã Vĩnh Lại Hạ Long", "Hợp tác xã Tân Vĩnh Lại"]
    for name in reversed((*called_so, *others)):
        await make.organization(name=name, force=True, reason="khác nhau")
    names = await found(registry, "vinh lai")
    # Of one name they come in the order of their ids.
    assert (sorted(names[:3]), names[3:]) == (sorted(called_so), others)
    assert await found(registry, "vinh lai", sort="-id") == [*called_so, *others]
    counted = ok(await registry.get(ORGANIZATIONS, params={"q": "vinh lai", "count": "exact", "facets": "type"}))
    assert counted["count"] == 6
    assert counted["facets"][0]["values"][0]["count"] == 6


@pytest.mark.parametrize(
    "typed",
    ["v", "nh l", "la", "h la", "inh lai t", "vĩnh lại thượng", "lai thuong", "thuon", "VINH  LAI-T", "'vinh lai':*"],
)
async def test_any_part_of_a_name_finds_it(registry: ApiClient, make: Make, typed: str) -> None:
    organization = await make.organization(name="Hợp tác xã Vĩnh Lại Thượng")
    await make.organization(name="Hợp tác xã Minh Kha")
    assert await found(registry, typed) == [organization.name]


async def test_syllables_that_stand_apart_are_not_found_as_if_they_were_neighbours(
    registry: ApiClient, make: Make
) -> None:
    await make.organization(name="Hợp tác xã Tân Vĩnh Lại Tân Thượng")
    assert await found(registry, "tan thuong vinh") == []
    assert await found(registry, "vinh thuong") == []


async def test_a_name_of_one_endless_word_is_found_by_its_parts(registry: ApiClient, make: Make) -> None:
    word = "".join(random.Random(4).choices("abcdeghiklmnopqrstuvxy", k=120))
    organization = await make.organization(name=f"HTX {word} Minh Khai {word}")
    for typed in (word, word[:70], word[40:], f"{word[90:]} minh", f"khai {word[:80]}", f"{word} minh khai {word}"):
        assert await found(registry, typed) == [organization.name], typed


# --- beside what searched before: every name that holds what was typed


def _dropped(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text))
    return text[:at] + text[at + 1 :]


def _doubled(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text))
    return text[:at] + text[at] + text[at:]


def _swapped(chance: random.Random, text: str) -> str:
    at = chance.randrange(max(1, len(text) - 1))
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


def _begun(chance: random.Random, text: str) -> str:
    return text[: chance.randrange(1, len(text) + 1)]


def _middle(chance: random.Random, text: str) -> str:
    begin = chance.randrange(len(text))
    return text[begin : chance.randrange(begin + 1, len(text) + 1)]


def _syllables(chance: random.Random, text: str) -> str:
    words = text.split(" ")
    begin = chance.randrange(len(words))
    return " ".join(words[begin : begin + chance.randrange(1, 4)])


_TYPED: tuple[Callable[[random.Random, str], str], ...] = (
    lambda chance, text: text,
    lambda chance, text: text.upper(),
    _dropped,
    _doubled,
    _swapped,
    _begun,
    _middle,
    _syllables,
)


def _names() -> list[str]:
    national = National(NAMES)
    return [each.organization["name"] for index in range(national.batches) for each in national.batch(index)]


def _queries(names: list[str]) -> Iterator[str]:
    """Yield what people type for these names, as it is compared: whole, in part, with a slip of a finger."""
    chance = random.Random(11)
    while True:
        typed = chance.choice(_TYPED)(chance, chance.choice(names))
        if (folded := fold_query(typed)) and tokens_of(folded):
            yield folded


@pytest.fixture
async def connection(registry_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(registry_url)
    yield connection
    await connection.close()


@pytest.mark.thorough
async def test_nothing_is_lost_that_a_search_of_every_name_finds(connection: asyncpg.Connection) -> None:
    names = _names()
    distinct = [name_distinct(name) for name in names]
    await connection.execute("CREATE TEMP TABLE named (number integer, name text)")
    await connection.copy_records_to_table("named", records=list(enumerate(distinct)))
    await connection.execute("CREATE INDEX ON named USING gin (name_tokens(name)); ANALYZE named")
    await connection.execute("SET enable_seqscan = off")
    search = await connection.prepare(
        "SELECT number FROM named WHERE name_tokens(name) @@ $2::text::tsquery AND name LIKE '%' || $1 || '%'"
    )
    hits = wanted = 0
    for _, folded in zip(range(QUERIES), _queries(names), strict=False):
        expected = {number for number, name in enumerate(distinct) if folded in name}
        got = {row["number"] for row in await search.fetch(folded, tokens_of(folded))}
        assert got <= expected, folded
        hits, wanted = hits + len(got), wanted + len(expected)
    assert wanted > 10 * QUERIES, "the queries find something"
    assert hits == wanted, f"recall {hits / wanted:.4f}"
