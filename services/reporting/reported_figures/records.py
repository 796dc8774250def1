"""What a reported figure is: its table, how it is shown and listed, and what stands in its columns."""

from __future__ import annotations

from typing import Annotated, Any

from kernel.database.connections import Transaction
from kernel.database.statements import scalar
from kernel.problems import Invalid
from kernel.records import Resource, table_of
from kernel.records.crud import batch_of, listing_of, merge_patch_model, outside_area, representation, split_by_map
from kernel.records.listing import Filter, SortKey, code_filter, day_range, flag_filter, text_filter
from kernel.records.province_filters import PROVINCE_FILTERS
from kernel.storage.files import check_files
from kernel.values import geography
from kernel.values.common_lists import BATCH_MODES, FIGURE_SCOPES
from kernel.values.text import name_folded
from kernel.web.auth import NATION
from kernel.web.calls import Call
from kernel.web.field_types import folded
from kernel.web.schemas import code
from services.reporting import code_lists as codes
from services.reporting import models, problems
from services.reporting.reported_figures.schemas import ReportedFigure, ReportedFigureCreate
from services.reporting.rows import ReportedFigureRow
from services.reporting.scopes import PREFIX, RecordType

REPORTED_FIGURE = Resource(
    name="reported_figure",
    table=table_of(models.ReportedFigure),
    path=f"{PREFIX}/reported-figures",
    represent=representation(ReportedFigure, parsed=("file_ids",)),
    row=ReportedFigureRow,
)
_SAME = ("indicator", "scope", "starts_on", "ends_on", "source_folded")
_SAME_OR_NONE = ("province", "commune_map", "commune_code", "document_number")
# By uq_reported_figure.
_EXISTING = scalar(
    str,
    """
    SELECT id FROM reported_figure
     WHERE indicator = $1 AND scope = $2 AND starts_on = $3::date AND ends_on = $4::date AND source_folded = $5
       AND province IS NOT DISTINCT FROM $6::text AND commune_map IS NOT DISTINCT FROM $7::text
       AND commune_code IS NOT DISTINCT FROM $8::text AND document_number IS NOT DISTINCT FROM $9::text""",
)


def _place(body: ReportedFigureCreate) -> dict[str, Any]:
    """Return where a figure is of; one of a province that was merged from several is of all of it.

    That of the nation is the nation's own: only who works for all of it enters and reads it.
    """
    if body.commune_code is not None:
        place = geography.place(body.commune_code, str(body.commune_map))
        assert place is not None, "checked with the body"
        return {"province_2008": place.province_2008, "province_2025": place.province_2025}
    if body.province == NATION:
        return {"province_2008": None, "province_2025": NATION}
    province = geography.province(str(body.province))
    assert province is not None, "checked with the body"
    old = geography.expand(province.id)
    return {
        "province_2008": old[0] if len(old) == 1 else None,
        "province_2025": province.id if province.map == "2025" else province.successor_id,
    }


async def _columns(
    tx: Transaction, call: Call, body: ReportedFigureCreate, row: ReportedFigureRow | None
) -> dict[str, Any]:
    place = _place(body)
    alliance = place["province_2025"]
    if not call.caller.holds(alliance) or (row is not None and row["alliance"] != alliance):
        raise outside_area("/province" if body.commune_code is None else "/commune_code")
    if field_errors := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*field_errors)
    return {
        **body.model_dump(exclude={"id", "reason"}),
        **place,
        "source_folded": name_folded(body.source),
        "alliance": alliance,
    }


async def _exists(tx: Transaction, values: dict[str, Any]) -> Exception:
    """Return the refusal of a second number for the same thing out of the same document."""
    existing = await tx.fetchval(_EXISTING, *(values[name] for name in (*_SAME, *_SAME_OR_NONE)))
    return problems.ReportedFigureExists(
        source=values["source"], indicator=values["indicator"], reported_figure_id=existing
    )


_LISTING = listing_of(
    REPORTED_FIGURE,
    ReportedFigure,
    (
        Filter(
            "q",
            "r.source_folded LIKE '%' || {0} || '%'",
            "Search in the bodies that report, without regard to case or marks.",
            folded,
        ),
        text_filter("indicator", "r.indicator", "Code of the indicator."),
        code_filter("scope", "r.scope", FIGURE_SCOPES, "Scope."),
        code_filter("comparator", "r.comparator", codes.COMPARATORS, "How the number stands to the true one."),
        text_filter("document_number", "r.document_number", "Number of the document, exactly."),
        flag_filter("is_synthetic", "r.is_synthetic", "Invented records only, or none."),
        *PROVINCE_FILTERS,
        *day_range("starts_on", "r.starts_on", "First day of the period"),
        *day_range("ends_on", "r.ends_on", "Last day of the period"),
    ),
    sorts={"ends_on": SortKey("r.ends_on", "date"), "indicator": SortKey("r.indicator")},
    facets=("indicator", "scope", "comparator"),
    check=split_by_map,
)

REPORTED_FIGURE_TYPE = RecordType(
    resource=REPORTED_FIGURE,
    plural="reported-figures",
    output=ReportedFigure,
    create=ReportedFigureCreate,
    change=merge_patch_model(ReportedFigureCreate),
    batch=batch_of(
        ReportedFigureCreate,
        name="ReportedFigureBatch",
        mode=Annotated[str, code(BATCH_MODES)],
        doc="Up to 500 reported figures. `atomic`: all or none; `each`: every item for itself (207).",
    ),
    listing=_LISTING,
    columns=_columns,
    refusals=(problems.ReportedFigureExists,),
    unique={"uq_reported_figure": _exists},
    removable=True,
)
