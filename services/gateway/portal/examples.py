"""The recorded examples beside the contract, one file an operation: read when they are asked for."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from kernel.web.contract.nodes import operations

Json = dict[str, Any]
_NAME = re.compile(r"[a-z0-9_]+")


class Examples:
    """What `make examples` recorded: the request of each operation and its answers by status. `folder` may be none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def of(self, operation_id: str) -> Json:
        """Return what is recorded of an operation; empty where nothing is."""
        if self._folder is None or not _NAME.fullmatch(operation_id):
            return {}
        try:
            found: Json = json.loads((self._folder / f"{operation_id}.json").read_bytes())
        except FileNotFoundError:
            return {}
        return found

    def body(self, operation_id: str, name: str) -> Any:
        """Return the body of the request (`request`) or of an answer (its status), None where nothing is recorded."""
        return part(self.of(operation_id), name).get("body")

    def put_into(self, document: Json) -> None:
        """Put each recorded body of JSON beside the schema that it is of, by the operation's id; what is shared shows all."""
        shared = document.get("components", {}).get("responses", {})
        for operation in operations(document):
            id_ = operation["operationId"]
            example = self.of(id_)
            answers: Json = example.get("responses", {})
            sent = {id_: example.get("request", {})} | {
                f"{id_}_{status}": answer["request"] for status, answer in answers.items() if "request" in answer
            }
            for name, request in sent.items():
                _put(operation.get("requestBody", {}), name, request)
            for status, holder in operation["responses"].items():
                _put(shared.get(holder.get("$ref", "").rpartition("/")[2], holder), id_, answers.get(status, {}))


def _put(holder: Json, name: str, recorded: Json) -> None:
    content = holder.get("content", {}).get("application/json")
    if content is not None and "body" in recorded:
        content.setdefault("examples", {})[name] = {"value": recorded["body"]}


def part(example: Json, name: str) -> Json:
    """Return the request (`request`) or the answer of a status; empty where it is not recorded."""
    found: Json = example.get("request", {}) if name == "request" else example.get("responses", {}).get(name, {})
    return found


def as_text(media_type: str, body: Any) -> str:
    """Return a recorded body as it is written: JSON, the fields of a form, the files of an upload."""
    match media_type:
        case "application/x-www-form-urlencoded":
            return "\n".join(f"{name}={value}" for name, value in body.items())
        case "multipart/form-data":
            return "\n\n".join(f"{name}: {file['filename']}\n{file['content'].strip()}" for name, file in body.items())
    return json.dumps(body, ensure_ascii=False, indent=2)
