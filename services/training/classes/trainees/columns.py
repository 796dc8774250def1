"""What stands in the columns of a trainee: what it is found by, its numbers sealed, and a body without what names it."""

from __future__ import annotations

import functools
import re
from typing import Any

from kernel.storage.sealing import Sealer
from kernel.values.text import name_folded
from services.training.classes.trainees.schemas import TraineeNamed

SECRETS = ("phone", "id_number")
NUMBER_COLUMNS = ("id_number_last4", "id_number_sealed", "id_number_mark")
_NO_DIGITS = re.compile(r"\D+")
_PLAIN = ("name", "birth_year", "sex", "organization_id", "organization_name", "position", "audience")


@functools.lru_cache(maxsize=2000)
def _organization_folded(name: str) -> str:
    return name_folded(name)


def person_key(folded: str, birth_year: int | None, organization_id: str | None, organization_name: str | None) -> str:
    """Return what a person without a number is found by, of the folded name and the rest.

    An unknown birth year or organization fits only unknown ones.
    """
    whose = organization_id or _organization_folded(organization_name or "")
    return f"{folded}|{birth_year or ''}|{whose}"


def trainee_columns(sealer: Sealer, body: TraineeNamed, alliance: str, *, state: str = "confirmed") -> dict[str, Any]:
    """Return the columns of a new trainee; numbers are sealed."""
    values: dict[str, Any] = {name: getattr(body, name) for name in _PLAIN}
    folded = name_folded(body.name)
    values.update(
        alliance=alliance,
        name_folded=folded,
        state=state,
        erased_on=None,
        person_key=person_key(folded, body.birth_year, body.organization_id, body.organization_name),
        **_sealed(sealer, "phone", body.phone),
        **_sealed(sealer, "id_number", body.id_number),
    )
    return values


def _sealed(sealer: Sealer, name: str, plain: str | None) -> dict[str, Any]:
    """Return the columns that keep one number."""
    digits = _NO_DIGITS.sub("", plain or "")
    columns: dict[str, Any] = {
        f"{name}_last4": digits[-4:] or None,
        f"{name}_sealed": None if plain is None else sealer.seal(name, plain),
    }
    if name == "id_number":
        columns["id_number_mark"] = None if plain is None else sealer.mark(name, plain)
    return columns


def without_secrets(sealer: Sealer, body: dict[str, Any]) -> dict[str, Any]:
    """Return a body as it may be recognized by its hash: what names the person only as marks."""
    kept = dict(body)
    for name in ("name", *SECRETS):
        if kept.get(name) is not None:
            kept[name] = sealer.mark(name, kept[name])
    if kept.get("sensitive") is not None:
        kept["sensitive"] = sealer.mark("sensitive", str(sorted(kept["sensitive"].items())))
    if isinstance(kept.get("trainee"), dict):
        kept["trainee"] = without_secrets(sealer, kept["trainee"])
    return kept
