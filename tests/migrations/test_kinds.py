"""Every step says whether the version before works on beside it, and a program holds it to that as far as it can see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from alembic import op

from migrations import ddl
from migrations.kinds import KINDS, load, misfits, repeats
from migrations.run import FOLDER

STEPS = sorted(FOLDER.glob("*/versions/*.py"))


@pytest.mark.parametrize("path", STEPS, ids=lambda path: path.stem)
def test_a_step_says_its_kind_and_an_expand_only_expands(path: Path) -> None:
    step = load(path)
    assert getattr(step, "kind", None) in KINDS, f"{step.__name__} says neither {' nor '.join(KINDS)}"
    assert step.kind == "contract" or not misfits(step), f"{step.__name__} is no expand"


@pytest.mark.parametrize("path", STEPS, ids=lambda path: path.stem)
def test_a_step_that_breaks_off_may_be_run_again(path: Path) -> None:
    step = load(path)
    assert repeats(step) is (step.revision not in _MIXED), "a step that does something by itself does nothing else"


_MIXED = {"funds_0014", "funds_0016", "funds_0021", "registry_0007", "training_0007"}
"""Released before this was asked: where one of them breaks off in its index, what it did before is taken back by hand."""


def _rename() -> None:
    op.alter_column("loan", "note", new_column_name="remarks")


def _drop() -> None:
    op.drop_column("loan", "note")


def _drop_table() -> None:
    op.drop_table("loan")


def _require() -> None:
    op.alter_column("loan", "note", nullable=False)


def _require_at_once() -> None:
    op.add_column("loan", sa.Column("note", sa.String(), nullable=False))


def _retype() -> None:
    op.alter_column("loan", "note", type_=sa.Integer())


def _index() -> None:
    op.create_index("ix_loan_note", "loan", ["note"])


def _drop_index() -> None:
    op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_loan_note")


def _check() -> None:
    op.create_check_constraint("ck_loan_note", "loan", "note <> ''")


def _fill_at_once() -> None:
    op.execute("UPDATE loan SET remarks = note")


def _random() -> None:
    op.add_column("loan", sa.Column("mark", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False))


def _index_in_words() -> None:
    op.execute("CREATE UNIQUE INDEX uq_loan_note ON loan (note)")


def _step(upgrade: Callable[[], None]) -> ModuleType:
    module = ModuleType("step")
    module.__dict__["upgrade"] = upgrade
    return module


@pytest.mark.parametrize(
    ("upgrade", "said"),
    [
        (_rename, "renames loan or a part of it"),
        (_drop, "drops a part of loan"),
        (_drop_table, "drops loan"),
        (_require, "forbids null in loan"),
        (_require_at_once, "adds to loan a column that the version before does not fill"),
        (_retype, "changes a type of loan"),
        (_index, "builds an index of loan while writers wait: see ddl.build_index"),
        (_index_in_words, "builds an index of loan while writers wait: see ddl.build_index"),
        (_drop_index, "drops ix_loan_note"),
        (_check, "reads loan while writers wait: add it NOT VALID, validate it in the next step"),
        (_fill_at_once, "writes rows of loan in one transaction: see ddl.in_batches"),
        (_random, "writes every row of loan anew"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_the_version_before_would_not_bear_is_no_expand(upgrade: Callable[[], None], said: str) -> None:
    assert misfits(_step(upgrade)) == [said]


def _expand() -> None:
    op.add_column("loan", sa.Column("remarks", sa.String(), nullable=True))
    op.add_column("loan", sa.Column("is_old", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table("pledge", sa.Column("id", sa.UUID(), primary_key=True), sa.Column("loan_id", sa.UUID()))
    op.create_index("ix_pledge_loan_id", "pledge", ["loan_id"])
    op.create_index("ix_fund_note", "fund", ["note"])  # Of a small table.
    op.create_check_constraint("ck_loan_remarks", "loan", "remarks <> ''", postgresql_not_valid=True)
    ddl.build_index("ix_loan_remarks", "loan", ["remarks"])
    ddl.in_batches(
        "UPDATE loan SET remarks = note WHERE id IN (SELECT id FROM loan WHERE remarks IS NULL LIMIT :batch)"
    )


def test_what_only_adds_is_an_expand() -> None:
    assert misfits(_step(_expand)) == []
    assert not repeats(_step(_expand))
