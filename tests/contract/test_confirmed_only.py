"""Every statement that reads what a second person confirms, or what may be reversed, says whether it counts that."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from kernel.database.columns import ConfirmationColumns
from services.funds import models

ROOT = Path(models.__file__).resolve().parent.parent
_TABLES = tuple(
    str(model.__table__.name)
    for model in vars(models).values()
    if isinstance(model, type) and issubclass(model, ConfirmationColumns) and hasattr(model, "__table__")
)
_BY_OTHER_MEANS = {
    "loan": "one that waits has not begun: starts_on is null, so are its sums",
    "rescheduling": "one that waits is proposed, as others are until they are approved",
    "fund": "a fund counts at once; only a later change of one day waits",
}
"""Table → why a statement need not name the state. Where a loan counts before it begins, `_BEFORE_IT_BEGINS` says so."""
_BEFORE_IT_BEGINS = ("LENT_NOW", "LENT_ON", "LOANS_OF_BORROWER", "SHARED_BENEFICIARY")
"""Statements that count contracts which have not begun."""
_REVERSED = tuple(
    str(table.name)
    for table in (getattr(model, "__table__", None) for model in vars(models).values())
    if table is not None and "reversed_at" in table.columns
)
_SAYS_ITS_STATE = "rescheduling"
"""One that was reversed is `reversed`, as others are rejected."""


def _statements(path: Path) -> list[tuple[str, str]]:
    """Return the texts of a module that read a table, with the name that each is given."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.Return | ast.keyword | ast.Call):
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            name = target.id if isinstance(target, ast.Name) else ""
            for text in ast.walk(node):
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    named.append((name, text.value))
    return named


def _faults(root: Path) -> list[str]:
    faults = set()
    for path in sorted(root.rglob("*.py")):
        for name, text in _statements(path):
            read = [
                table
                for table in re.findall(rf"(?:FROM|JOIN) ({'|'.join(_TABLES)})\b", text)
                if table not in _BY_OTHER_MEANS or (table == "loan" and name in _BEFORE_IT_BEGINS)
            ]
            # Each table that is read says it for itself.
            if len(read) > text.count("confirmation_state"):
                faults.add(f"{path.relative_to(root)}: {' '.join(text.split())[:100]} reads {read}")
            undone = [
                table
                for table in re.findall(rf"(?:FROM|JOIN) ({'|'.join(_REVERSED)})\b", text)
                if table != _SAYS_ITS_STATE
            ]
            if len(undone) > text.count("reversed_at"):
                faults.add(f"{path.relative_to(root)}: {' '.join(text.split())[:100]} reads reversed {undone}")
    return sorted(faults)


def test_what_is_read_of_confirmed_tables_says_what_it_counts() -> None:
    assert len(_TABLES) == 7, _TABLES
    assert _faults(ROOT) == []


def test_a_statement_that_says_nothing_of_one_of_two_tables_is_a_fault(tmp_path: Path) -> None:
    said = "FROM write_off WHERE reversed_at IS NULL AND coalesce(confirmation_state, 'confirmed') = 'confirmed'"
    (tmp_path / "both.py").write_text(f'X = "SELECT 1 {said} UNION SELECT 1 FROM capital_movement"')
    (tmp_path / "right.py").write_text(f'X = "SELECT 1 {said}"')
    (tmp_path / "undone.py").write_text('X = "SELECT 1 FROM repayment"')
    (tmp_path / "begun.py").write_text('X = "SELECT 1 FROM loan"\nLENT_NOW = "SELECT 2 FROM loan"')
    assert [fault.partition(":")[0] for fault in _faults(tmp_path)] == ["begun.py", "both.py", "undone.py"]
