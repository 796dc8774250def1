"""A field of an organization is written in its model, its schema and a migration: all else follows from these."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

MODEL = ("    legacy_number: str | None\n", "    tax_office: str | None\n")
CREATE = (
    "    seat: SeatInput\n",
    '    tax_office: Annotated[Annotated[str, text(100)] | None, InTemplate(heading="Cơ quan thuế")] = None\n',
)
OUTPUT = ("    legacy_number: str | None\n", "    tax_office: str | None\n")

LOOK = """
import json
from pathlib import Path
from vca import rows
Path("services/registry/rows.py").write_text(rows.written("registry"))
from kernel.records import table_of
from kernel.values.days import now
from services.registry.imports.columns import COLUMNS, body_of
from services.registry.models import Organization as Model
from services.registry.organizations import schemas, service
from services.registry.organizations.listing import LISTING
from services.registry.organizations.records import FIELDS, ORGANIZATION, represent

row = {column.name: "" for column in table_of(Model).columns}
row.update(commune_code="07894", commune_map="2008", province_2008="25-2008", province_2025="25-2025", tax_office="Đội 1")
seat = {"commune_code": "07894", "commune_map": "2008"}
new = schemas.OrganizationCreate(type="cooperative", name="A", seat=seat, tax_office="Đội 1")
patch = schemas.OrganizationChange(tax_office=None)
print(json.dumps({
    "read and stored by": ORGANIZATION.columns,
    "answered and exported": represent(row)["tax_office"],
    "may be asked for": [*FIELDS, *LISTING.fields],
    "entered": service.opening_values(new, new.seat.located(), {}, now())["tax_office"],
    "cleared": service._columns(patch, patch.model_fields_set),
    "in the template": {column.label: column.field for column in COLUMNS},
    "imported": body_of({"tax_office": "Đội 1"}, {})["tax_office"],
}))
"""


def insert(path: Path, line: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(line[0]) == 1, f"{line[0].strip()} marks one place in {path.name}"
    path.write_text(text.replace(line[0], "".join(line)), encoding="utf-8")


@pytest.fixture
def looked(tmp_path: Path) -> dict[str, Any]:
    """Return what the registry makes of a field that a copy of its model and its schema has more."""
    registry = tmp_path / "services" / "registry"
    # Not what another process is just compiling, which has another name a moment later.
    shutil.copytree(ROOT / "services" / "registry", registry, ignore=shutil.ignore_patterns("*.pyc.*"))
    (tmp_path / "services" / "__init__.py").touch()
    insert(registry / "models" / "organizations.py", MODEL)
    insert(registry / "organizations" / "schemas.py", CREATE)
    insert(registry / "organizations" / "schemas.py", OUTPUT)
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_a_field_in_model_and_schema_is_entered_changed_answered_and_imported(looked: dict[str, Any]) -> None:
    assert "tax_office" in looked["read and stored by"]
    assert looked["answered and exported"] == "Đội 1"
    assert looked["may be asked for"].count("tax_office") == 2
    assert looked["entered"] == "Đội 1"
    assert looked["cleared"] == {"tax_office": None}
    assert looked["in the template"]["Cơ quan thuế"] == "tax_office"
    assert looked["imported"] == "Đội 1"
