"""How unconfirmed trainees are listed: each with the trainees who may be the same person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from kernel.records.embedding import name_columns
from kernel.records.listing import Listing, SortKey, Source, id_filter, instant_range, text_filter
from services.training.classes.confirmations.schemas import LikelyMatch, UnconfirmedTrainee
from services.training.classes.trainees.records import TRAINEE, name_masked, represent_trainee
from services.training.names import ORGANIZATION_NAME

# Who stands already with the same number, else with the same name and year of birth.
_MATCHES = f"""LATERAL (
    SELECT coalesce(jsonb_agg(to_jsonb(m) ORDER BY m.same, m.trainee_id), '[]') AS likely FROM (
           SELECT k.id AS trainee_id, k.name, k.organization_id, k.organization_name,
                  {ORGANIZATION_NAME.column("k")},
                  CASE WHEN k.id_number_mark = r.id_number_mark THEN 'id_number' ELSE 'name_and_birth_year' END AS same
             FROM trainee k
            WHERE k.alliance = r.alliance AND k.id <> r.id AND k.state = 'confirmed' AND k.erased_on IS NULL
              AND (k.id_number_mark = r.id_number_mark
                   OR (k.name_folded = r.name_folded AND k.birth_year = r.birth_year))
            ORDER BY k.id_number_mark = r.id_number_mark DESC NULLS LAST, k.id LIMIT 5) m) m"""  # noqa: S608  names are constants of the code
_SOURCE = Source(
    ", ".join(f"r.{name}" for name in TRAINEE.columns) + f"{name_columns(TRAINEE.embeds, 'r')}, m.likely",
    f"trainee r CROSS JOIN {_MATCHES}",
    ("r.state = 'unconfirmed'", "r.erased_on IS NULL"),
    "r.alliance",
    dated="r",
)


def _represent(row: Mapping[str, Any]) -> dict[str, Any]:
    matches = [
        {name: name_masked(each["name"]) if name == "name_masked" else each[name] for name in LikelyMatch.model_fields}
        for each in orjson.loads(row["likely"])
    ]
    return {**represent_trainee(row), "likely_matches": matches}


UNCONFIRMED_LISTING = Listing(
    name="unconfirmed_trainee",
    filters=(
        id_filter("organization_id", "r.organization_id", "Organization whose user entered the person."),
        text_filter("alliance", "r.alliance", "Alliance that owns the record."),
        *instant_range("created_at", "r.created_at", "When it was entered"),
    ),
    sorts={"id": SortKey("r.id", "uuid"), "created_at": SortKey("r.created_at", "timestamptz")},
    default_sort="id",
    source=lambda given: _SOURCE,
    represent=_represent,
    embeds=TRAINEE.embeds,
    fields=tuple(UnconfirmedTrainee.model_fields),
    id_key=SortKey("r.id", "uuid"),
    cache_control="no-store",
)
