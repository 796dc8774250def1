"""SQL by which places in a class are taken and given back."""

from __future__ import annotations

from typing import TypedDict

from kernel.database.statements import command, scalar, statement

# Check and change in one statement: two who want the last place cannot both have it. By the primary key.
TAKE_PLACE = scalar(
    int,
    """
    UPDATE training_class SET registered_count = registered_count + 1
     WHERE id = $1::uuid AND state = 'open' AND (capacity IS NULL OR registered_count < capacity)
 RETURNING registered_count""",
)

# By the primary key.
GIVE_BACK = command("UPDATE training_class SET registered_count = registered_count - 1 WHERE id = $1::uuid")


class RegisteredRow(TypedDict):
    """Whose registration it is."""

    id: str
    organization_id: str | None


# The place that a person has in a class, under any entry with its number. By ix_registration_class_id.
REGISTERED = statement(
    RegisteredRow,
    """
    SELECT r.id, r.organization_id FROM registration r JOIN trainee t ON t.id = r.trainee_id
     WHERE r.class_id = $1::uuid AND r.state = 'registered'
       AND (t.id = $2::uuid OR (t.alliance = $3 AND t.id_number_mark = $4)) ORDER BY r.id LIMIT 1""",
)
