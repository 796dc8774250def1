"""What a program can see of a step's kind: whether one that says `expand` only expands.

`expand`: the version before goes on reading and writing, right and without waiting, while the step runs and after it.
`contract`: anything else. Each file says which it is; for what it says of rows and their meaning its author vouches, and
of what its statements do to tables in use `misfits` tells.
"""

from __future__ import annotations

import importlib.util
import io
import re
from pathlib import Path
from types import ModuleType

from alembic.migration import MigrationContext
from alembic.operations import Operations

KINDS = ("expand", "contract")

SMALL = frozenset({"account", "client", "fund", "lending_rule", "loan_product"})
"""Tables of some thousands of rows at most, read in no time: a lock while they are is no outage."""

_NAME = r'(?:IF (?:NOT )?EXISTS )?(?:ONLY )?"?(\w+)"?'
_BREAKS = {
    rf"DROP (?:TABLE|VIEW|MATERIALIZED VIEW) {_NAME}": "drops {}",
    rf"DROP INDEX (?:CONCURRENTLY )?{_NAME}": "drops {}",
    rf"ALTER TABLE {_NAME} .*?DROP (?:COLUMN|CONSTRAINT)": "drops a part of {}",
    rf"ALTER (?:TABLE|INDEX|VIEW) {_NAME} .*?RENAME": "renames {} or a part of it",
    rf"ALTER TABLE {_NAME} .*?ALTER COLUMN \S+ (?:SET DATA )?TYPE": "changes a type of {}",
    rf"ALTER TABLE {_NAME} .*?SET NOT NULL": "forbids null in {}",
    rf"ALTER TABLE {_NAME} .*?ADD COLUMN (?!.*DEFAULT).*NOT NULL": "adds to {} a column that the version before does not fill",
    rf"ALTER TABLE {_NAME} .*?ADD COLUMN .*(?:GENERATED|SERIAL|random)": "writes every row of {} anew",
    rf"LOCK TABLE {_NAME}": "locks {}",
}
"""Pattern of a statement → what it does to a table, index or view that was there before."""

_HOLDS_UP = {
    rf"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)\S+ ON {_NAME}": "builds an index of {} while writers wait: see ddl.build_index",
    rf"ALTER TABLE {_NAME} .*?ADD CONSTRAINT (?!.*NOT VALID)(?!.*USING INDEX)": "reads {} while writers wait: add it NOT VALID, validate it in the next step",
    rf"(?:UPDATE|DELETE FROM|TRUNCATE) {_NAME}": "writes rows of {} in one transaction: see ddl.in_batches",
}
"""Likewise, of what takes as long as the table is large; of a small one it may be."""

_MAKES = re.compile(
    rf"CREATE (?:OR REPLACE )?(?:TEMPORARY |UNIQUE |MATERIALIZED )?(?:TABLE|VIEW|INDEX CONCURRENTLY|INDEX) {_NAME}"
)
_REPEATABLE = re.compile(r"SET LOCAL |CREATE OR REPLACE |CREATE (?:\w+ )?IF NOT EXISTS ")


def load(path: Path) -> ModuleType:
    """Return the module of a migration's file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None, path
    assert spec.loader is not None, path
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def statements(module: ModuleType) -> list[tuple[str, bool]]:
    """Return the statements of a step, each on one line, and whether it runs by itself, outside the step's transaction."""
    written = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written, "transactional_ddl": True}
    )
    with context.begin_transaction(), Operations.context(context):
        module.upgrade()
    alone, found = False, []
    # An empty line follows what Alembic writes, and none is within a function's body.
    for statement in re.split(r";\n\n", written.getvalue()):
        line = " ".join(statement.split())
        if line in ("COMMIT", "BEGIN"):
            alone = line == "COMMIT"
        elif line:
            found.append((line, alone))
    return found


def misfits(module: ModuleType) -> list[str]:
    """Return what a step does that keeps it from being an `expand`, one short sentence each; none if nothing does."""
    found = statements(module)
    own = {match[1] for line, _ in found for match in _MAKES.finditer(line)}
    return list(dict.fromkeys(said for line, alone in found for said in _said(line, alone, own)))


def repeats(module: ModuleType) -> bool:
    """Say whether a step that breaks off may be run again from its beginning.

    What runs by itself commits what stood before it in the step, while the database does not count as having taken it.
    """
    found = statements(module)
    within = [line for line, alone in found if not alone and not _REPEATABLE.match(line)]
    return not within or not any(alone for _, alone in found)


def _said(line: str, alone: bool, own: set[str]) -> list[str]:
    hits = [(said, match[1]) for pattern, said in _BREAKS.items() for match in re.finditer(f"^{pattern}", line)]
    for pattern, said in _HOLDS_UP.items():
        by_itself = alone and pattern.startswith("(?:UPDATE")
        hits += [
            (said, match[1]) for match in re.finditer(f"^{pattern}", line) if match[1] not in SMALL and not by_itself
        ]
    return [said.format(name) for said, name in hits if name not in own]
