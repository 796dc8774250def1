"""What a registration is: its table, how it is shown and listed, and how it is recognised when it is sent again."""

from __future__ import annotations

from kernel.records import Resource, table_of
from kernel.records.crud import listing_of, representation
from kernel.records.listing import code_filter, id_filter
from services.training import code_lists as codes
from services.training import models
from services.training.classes.registrations.schemas import Registration
from services.training.names import OF_CLASS_NAMES
from services.training.rows import RegistrationRow
from services.training.scopes import OWN_READ, RecordType

REGISTRATION = Resource(
    name="registration",
    table=table_of(models.Registration),
    path="/v1/training/registrations",
    represent=representation(Registration),
    embeds=OF_CLASS_NAMES,
    row=RegistrationRow,
    own_column="organization_id",
)
REGISTRATION_TYPE = RecordType(
    resource=REGISTRATION,
    plural="registrations",
    output=Registration,
    create=None,
    listing=listing_of(
        REGISTRATION,
        Registration,
        (
            id_filter("class_id", "r.class_id", "Class."),
            id_filter("trainee_id", "r.trainee_id", "Person."),
            id_filter("organization_id", "r.organization_id", "Organization that the person belongs to."),
            code_filter("state", "r.state", codes.REGISTRATION_STATES, "Whether it stands."),
            code_filter("channel", "r.channel", codes.REGISTRATION_CHANNELS, "Who registered."),
        ),
        facets=("state", "channel"),
    ),
    columns=None,
    read_scopes=OWN_READ,
)
