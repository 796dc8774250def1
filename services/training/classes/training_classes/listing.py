"""How classes are listed: to officers with all that stands in them, to cooperatives those they may register for."""

from __future__ import annotations

from kernel.records.crud import listing_of
from kernel.records.listing import Listing, SortKey, Source, code_filter, day_range, id_filter, text_filter
from kernel.records.province_filters import PROVINCE_FILTERS
from services.training import code_lists as codes
from services.training.classes.training_classes.records import CLASS, represent_open
from services.training.classes.training_classes.schemas import OpenClass, TrainingClass
from services.training.field_types import NAME_FILTER
from services.training.indicators import INDICATORS

LISTING = listing_of(
    CLASS,
    TrainingClass,
    (
        NAME_FILTER,
        code_filter("state", "r.state", codes.CLASS_STATES, "State."),
        code_filter("kind", "r.kind", codes.CLASS_KINDS, "Kind of class."),
        code_filter("topic", "r.topic", codes.TOPICS, "Topic."),
        code_filter("attribution", "r.attribution", codes.ATTRIBUTIONS, "Who organizes it."),
        text_filter("lead_alliance", "r.lead_alliance", "Alliance that leads it."),
        id_filter("program_id", "r.program_id", "Program that pays for it."),
        text_filter("class_number", "r.class_number", "Number of the class, exactly."),
        text_filter("decision_number", "r.decision_number", "Number of its decision, exactly."),
        *PROVINCE_FILTERS,
        *day_range("starts_on", "r.starts_on", "First day"),
        *day_range("counted_on", "r.counted_on", "Day it counts on"),
    ),
    sorts={
        "starts_on": SortKey("r.starts_on", "date"),
        "counted_on": SortKey("r.counted_on", "date"),
        "name": SortKey("r.name_folded"),
    },
    facets=("state", "kind", "topic", "attribution"),
    counts=INDICATORS,
)

_OPEN = Source(
    ", ".join(f"r.{name}" for name in CLASS.columns), "training_class r", ("r.state = 'open'",), "r.alliance", dated="r"
)
OPEN_LISTING = Listing(
    name="open_class",
    filters=(
        NAME_FILTER,
        code_filter("topic", "r.topic", codes.TOPICS, "Topic."),
        *day_range("starts_on", "r.starts_on", "First day"),
    ),
    sorts={"id": SortKey("r.id", "uuid"), "starts_on": SortKey("r.starts_on", "date")},
    default_sort="starts_on",
    source=lambda given: _OPEN,
    represent=represent_open,
    fields=tuple(OpenClass.model_fields),
    id_key=SortKey("r.id", "uuid"),
)
