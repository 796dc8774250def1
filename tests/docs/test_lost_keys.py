"""What a page has an operator clear when a key is lost is all that the key sealed."""

from __future__ import annotations

import pytest

from tests.docs.texts import read
from vca.key_use import SEALED_COLUMNS


@pytest.mark.parametrize("page", ["docs/operating.md", "docs/vi/operating.md"])
def test_all_that_a_lost_key_sealed_is_named_to_be_cleared(page: str) -> None:
    (told,) = (each for each in read(page).split("\n\n") if "`key_fingerprint`" in each)
    for sealed in SEALED_COLUMNS["identity"]:
        assert f"DELETE FROM {sealed.table}" in told
    for service in ("funds", "training"):
        for sealed in SEALED_COLUMNS[service]:
            assert all(f"`{column}`" in told for column in sealed.columns), service
