"""The committed contract: openapi/<service>.yaml as the code makes it, and all merged in openapi/gateway.yaml."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import yaml
from fastapi import FastAPI

from kernel.runtime.settings import ServiceSettings
from vca.translations import translate, untranslated

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "openapi"
EXAMPLES = FOLDER / "examples"
SERVICES = ("identity", "registry", "funds", "training", "reporting")


def application(service: str) -> FastAPI:
    """Return the app of `service`, with a database that is never asked."""
    main = importlib.import_module(f"services.{service}.main")
    settings_type = getattr(main, "Settings", ServiceSettings)
    app: FastAPI = main.create_app(settings_type(database_url="postgresql://localhost/none"))
    return app


def document(service: str) -> dict[str, Any]:
    """Return the OpenAPI document that the code of `service` makes, with its texts in Vietnamese."""
    return translate(application(service).openapi())


class _Dumper(yaml.CSafeDumper):  # type: ignore[misc]  # PyYAML has no types
    """Writes every string that could be taken for something else in quotes, and no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def text(contract: dict[str, Any]) -> str:
    """Return a document as YAML, in the order in which it was made."""
    dumped: str = yaml.dump(contract, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return dumped


def documents() -> dict[str, dict[str, Any]]:
    """Return every service's document, and all merged as `gateway`."""
    from services.gateway.merge import merge

    by_service = {service: document(service) for service in SERVICES}
    return by_service | {"gateway": merge(list(by_service.values()))}


def without_vietnamese() -> dict[str, list[str]]:
    """Return the texts that openapi/vi/ lacks, by service."""
    return {service: texts for service in SERVICES if (texts := untranslated(document(service)))}


def written(made: Mapping[str, dict[str, Any]] | None = None) -> dict[str, str]:
    """Return what every committed file should hold, by name: as `documents` has them, unless they are `made` already."""
    return {f"{name}.yaml": text(contract) for name, contract in (made or documents()).items()}


def write_with_examples(folder: Path) -> list[Path]:
    """Write every document with the recorded examples in it, as JSON; return the files."""
    from services.gateway.portal.examples import Examples

    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, contract in documents().items():
        Examples(EXAMPLES).put_into(contract)
        paths.append(folder / f"{name}.json")
        paths[-1].write_bytes(orjson.dumps(contract))
    return paths


def write() -> list[Path]:
    """Write the committed files; return those that changed."""
    FOLDER.mkdir(exist_ok=True)
    changed = []
    for name, wanted in written().items():
        path = FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != wanted:
            path.write_text(wanted, encoding="utf-8")
            changed.append(path)
    return changed


def stale(made: Mapping[str, dict[str, Any]] | None = None) -> list[str]:
    """Return the names of committed files that differ from what the code makes, or `made`."""
    return [
        name
        for name, wanted in written(made).items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != wanted
    ]
