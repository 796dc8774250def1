"""SQL by which a person is found again. All of it runs with every registration and check-in."""

from __future__ import annotations

from kernel.database.statements import scalar, statement
from services.training.classes.trainees.records import TRAINEE
from services.training.rows import TraineeRow

# Of several who wait with one number, the one that stands, else the one of the organization that is named.
# By ix_trainee_id_number.
BY_NUMBER = statement(
    TraineeRow,
    f"""{TRAINEE.select} WHERE alliance = $1 AND id_number_mark = $2
     ORDER BY state, organization_id IS NOT DISTINCT FROM $3::uuid DESC, id LIMIT 1 FOR NO KEY UPDATE""",
)

# The same among the persons of one organization alone. By ix_trainee_organization_id.
OWN_BY_NUMBER = statement(
    TraineeRow,
    f"""{TRAINEE.select} WHERE organization_id = $3::uuid AND alliance = $1 AND id_number_mark = $2
     ORDER BY state, id LIMIT 1 FOR NO KEY UPDATE""",
)

# Those of one name, birth year and organization. By ix_trainee_person_key.
BY_KEY = statement(
    TraineeRow, f"{TRAINEE.select} WHERE alliance = $1 AND person_key = $2 ORDER BY id FOR NO KEY UPDATE"
)

# Those whom the rows of a file may be about, at once. By ix_trainee_id_number and ix_trainee_person_key.
OF_ROLL = statement(
    TraineeRow,
    f"""{TRAINEE.select} WHERE alliance = $1 AND (id_number_mark = ANY($2::text[]) OR person_key = ANY($3::text[]))
     ORDER BY id""",
)

# Held against being joined to another until what is entered for it stands. By the primary key.
NAMED = statement(
    TraineeRow,
    f"""{TRAINEE.select} WHERE id = $1::uuid AND alliance = $2 AND ($3::uuid IS NULL OR organization_id = $3)
     FOR KEY SHARE""",
)

# Who has the same number, in the order in which one may stand for all: who attended, who is registered, who was named.
# By ix_trainee_id_number, uq_attendance_trainee and uq_registration_trainee.
IN_CLASS = statement(
    TraineeRow,
    """
    SELECT {columns} FROM trainee t
     WHERE t.alliance = $1 AND t.id_number_mark = $2
     ORDER BY EXISTS (SELECT FROM attendance a WHERE a.class_id = $3::uuid AND a.trainee_id = t.id) DESC,
              EXISTS (SELECT FROM registration r
                       WHERE r.class_id = $3::uuid AND r.trainee_id = t.id AND r.state = 'registered') DESC,
              t.id = $4::uuid DESC, t.state, t.id
     LIMIT 1 FOR KEY SHARE""".replace("{columns}", ", ".join(f"t.{name}" for name in TRAINEE.columns)),
)

# Another who has, or would have, the same number or the same name, birth year and organization as a corrected trainee.
# By ix_trainee_id_number and ix_trainee_person_key.
LIKE_CORRECTED = scalar(
    str,
    """
    SELECT id FROM trainee
     WHERE alliance = $1 AND id <> $4::uuid
       AND ((id_number_mark = $2 AND state = 'confirmed' AND $5 = 'confirmed')
            OR ($2::text IS NULL AND id_number_mark IS NULL AND person_key = $3))""",
)
