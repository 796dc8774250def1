"""Whatever a page, a comment or a message names is there: files, modules, rules, commands, operations, problems."""

from __future__ import annotations

import ast
import fnmatch
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import typer
import yaml

from tests.docs.texts import ROOT, Text, pages, read, texts, tracked, words_of_code
from vca.cli import add_commands, app
from vca.openapi import SERVICES

_ROOTS = r"(?:kernel|services|vca|migrations|tests|bench|docs|openapi|tools)"
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_PATH = re.compile(rf"(?<![\w/.…{{}}-]){_ROOTS}/[\w./<>*{{}},-]*[\w>*}}/]")
_PAGE = re.compile(r"(?<![\w/.-])(?:[\w-]+/)*[\w-]+\.md\b")
_OUTSIDE = re.compile(r"\.\./shared|\bDOMAIN:")
_FILE = re.compile(r"[\w-]+\.(?:py|csv|yaml|toml|lock|md)")
_MODULE = re.compile(rf"(?<![\w./-]){_ROOTS}(?:\.[A-Za-z_]\w*)+(?::\w+)?")
_NAME = re.compile(r"`((?:[a-z_]\w*\.)?[A-Za-z]\w*)`")
_INVENTING = ("docs/adding-a-resource.md", "docs/api-style.md", "docs/code-style.md", "docs/migrations.md")
"""Pages whose rules are shown by invented names."""
_RUN = re.compile(rf"python -m ({_ROOTS}(?:\.\w+)*)")
_ADR = re.compile(r"\bADR (\d{4})|docs/adr/(\d{4})")
_RULE = re.compile(r"\brules? (\d+)\b")
_MAKE = re.compile(r"\bmake ([a-z][a-z-]*)")
_MAKE_IN_CODE = re.compile(r"(?:`|\brun |\bchạy )make ([a-z][a-z-]*)")
_VCA = re.compile(r"(?:(?<![\w./-])|(?<=\.venv/bin/))vca((?: [a-z][a-z-]*)+)((?: \S+)*)")
_VCA_IN_CODE = re.compile(r"`vca((?: [a-z][a-z-]*)+)((?: [^`]+)?)`")
_SETTING = re.compile(r"\bVCA_[A-Z_]*[A-Z]")
_REFUSAL = re.compile(r"`(4\d\d|503) ([a-z_]+)`")
_OPERATION = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) ([^`\s]*/[^`\s]*)")


def named(
    pattern: re.Pattern[str], *kinds: str, among: Callable[[Text], bool] = lambda text: True
) -> list[tuple[str, re.Match[str]]]:
    """Return each place in texts of these kinds where the pattern stands, and what it found there."""
    return [
        (text.where, match)
        for text in texts()
        if text.kind in kinds and among(text)
        for match in pattern.finditer(text.text)
    ]


def nothing(lost: list[str]) -> None:
    """Fail with every reference that leads nowhere, a line each."""
    assert not lost, "these lead nowhere:\n" + "\n".join(sorted(set(lost)))


@cache
def all_places() -> frozenset[str]:
    """Return every file and every folder of the tree."""
    return frozenset(str(place) for name in tracked() for place in (PurePosixPath(name), *PurePosixPath(name).parents))


def is_there(path: str) -> bool:
    """Say whether a path leads to a file or a folder of the tree; `<x>` and `*` stand for any name, `{a,b}` for each."""
    if braces := re.search(r"\{([^}]*)\}", path):
        before, after = path[: braces.start()], path[braces.end() :]
        return all(is_there(before + option + after) for option in braces[1].split(","))
    if re.fullmatch(r"docs/adr/\d{4}", path):
        path += "-*.md"  # A decision may be named by its number alone.
    pattern = re.sub(r"<\w+>", "*", path.rstrip("/"))
    return pattern in all_places() or ("*" in pattern and bool(fnmatch.filter(all_places(), pattern)))


def anchors(page: str) -> set[str]:
    """Return the anchors of the headings of a page, made as GitHub makes them."""
    prose = re.sub(r"^```.*?^```", "", read(page), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_of_a_page_leads_somewhere() -> None:
    lost = []
    for page in pages():
        for target in _LINK.findall(read(page)):
            if "://" in target or target.startswith("mailto:"):
                continue
            name, _, anchor = target.partition("#")
            path = ROOT / PurePosixPath(page).parent / name if name else ROOT / page
            if not path.exists() or (anchor and anchor not in anchors(str(path.resolve().relative_to(ROOT)))):
                lost.append(f"{page}: {target}")
    nothing(lost)


def test_every_path_that_is_named_is_there() -> None:
    places = named(_PATH, "page", "code", "comment")
    nothing([f"{where}: {match[0]}" for where, match in places if not is_there(match[0])])


def test_every_page_that_is_named_is_there() -> None:
    def found(page: str, where: str) -> bool:
        beside = PurePosixPath(where).parent / page
        return any((ROOT / name).exists() for name in (page, f"docs/{page}", beside))

    places = named(_PAGE, "page", "code", "comment")
    nothing([f"{where}: {match[0]}" for where, match in places if not found(match[0], where)])


def test_nothing_that_lies_outside_of_the_repository_is_named() -> None:
    nothing([f"{where}: {match[0]}" for where, match in named(_OUTSIDE, "page", "code", "comment", "string")])


def test_every_file_name_in_a_page_is_some_files_name() -> None:
    names = {PurePosixPath(name).name for name in tracked()}
    code = [text for text in texts() if text.kind == "code" and _FILE.fullmatch(text.text)]
    nothing([f"{text.where}: {text.text}" for text in code if text.text not in names])


@cache
def names_of(module: Path) -> set[str]:
    """Return what a module's top level binds; of a package also what stands in its folder."""
    bound = {path.stem for path in module.parent.iterdir()} if module.name == "__init__.py" else set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                bound.add(name)
            case ast.ImportFrom(module=source, names=[ast.alias(name="*")]):
                bound |= names_of(module_file(str(source)) or module)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                bound |= {alias.asname or alias.name for alias in names}
    return bound


def module_file(name: str) -> Path | None:
    """Return the file of a module of the tree, or None."""
    base = ROOT / name.replace(".", "/")
    options = (base.with_name(f"{base.name}.py"), base / "__init__.py")
    return next((path for path in options if path.is_file()), None)


def leads_to_code(dotted: str) -> bool:
    """Say whether `package.module`, `package.module.name` or `package.module:name` is there."""
    parts = dotted.replace(":", ".").split(".")
    for end in range(len(parts), 0, -1):
        name = ".".join(parts[:end])
        if path := module_file(name):
            return end == len(parts) or parts[end] in names_of(path)
        if end == len(parts) and (ROOT / name.replace(".", "/")).is_dir():
            return True
    return False


def test_every_module_that_is_named_is_there() -> None:
    # In strings of the code `vca.` also begins hosts, files and keys of ours.
    places = named(_MODULE, "page", "code", "comment") + [
        (where, match) for where, match in named(_MODULE, "string") if not match[0].startswith("vca.")
    ]
    files = ("md", "toml", "yaml", "csv", "json", "js")
    wanted = [(where, match[0]) for where, match in places if match[0].rpartition(".")[2] not in files]
    nothing([f"{where}: {name}" for where, name in wanted if not leads_to_code(name)])


def test_every_name_that_is_marked_as_code_is_said_by_the_code() -> None:
    places = named(_NAME, "comment") + named(_NAME, "page", among=lambda text: not text.where.startswith(_INVENTING))
    names = [(where, match[1].rpartition(".")[2]) for where, match in places if not match[1].startswith("VCA_")]
    nothing([f"{where}: {name}" for where, name in names if name not in words_of_code()])


def test_every_module_that_is_to_be_run_is_there() -> None:
    places = named(_RUN, "page", "code", "comment", "string")
    lost = [f"{where}: {match[1]}" for where, match in places if not leads_to_code(match[1])]
    nothing(lost)


def test_every_decision_and_every_rule_that_is_named_is_there() -> None:
    decisions = {name.split("/")[2][:4] for name in tracked() if name.startswith("docs/adr/")}
    places = named(_ADR, "page", "code", "comment")
    nothing([f"{where}: {match[0]}" for where, match in places if (match[1] or match[2]) not in decisions])
    rules = set(re.findall(r"^(\d+)\. ", read("docs/api-style.md"), re.MULTILINE))
    rules_named = named(_RULE, "page", "comment")
    nothing([f"{where}: {match[0]}" for where, match in rules_named if match[1] not in rules])


def test_every_target_of_make_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE))
    places = named(_MAKE, "code") + named(_MAKE_IN_CODE, "comment", "string")
    nothing([f"{where}: {match[0]}" for where, match in places if match[1] not in targets])


@cache
def commands() -> Any:
    """Return the command `vca` with all that it can do."""
    for first_word in ([], ["demo"]):
        add_commands(first_word)
    return typer.main.get_command(app)


def is_command(said: re.Match[str]) -> bool:
    """Say whether `vca` has these words as a command, with these options; what follows a command are arguments."""
    command = commands()
    for word in said[1].split():
        known = getattr(command, "commands", {})
        if not known:
            break
        if word not in known and not command.invoke_without_command:
            return False
        command = known.get(word, command)
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    return set(re.findall(r"--[a-z-]+", said[2])) <= {*options, "--help"}


def test_every_command_that_is_named_is_there_with_its_options() -> None:
    places = named(_VCA, "code") + named(_VCA_IN_CODE, "comment", "string")
    nothing([f"{where}: {match[0]}" for where, match in places if not is_command(match)])


def test_every_setting_that_is_named_is_read_somewhere() -> None:
    code = "\n".join(read(name) for name in tracked() if not name.endswith(".md") and name.endswith((".py", "file")))
    fields = {f"VCA_{field.upper()}" for field in re.findall(r"^    (\w+): ", code, re.MULTILINE)}
    known = fields | set(_SETTING.findall(code))
    of_a_service = {f"{name}_{service.upper()}" for name in known for service in SERVICES}
    places = named(_SETTING, "page", "code", "comment")
    nothing([f"{where}: {match[0]}" for where, match in places if match[0] not in known | of_a_service])


@cache
def part_of_contract(key: str) -> str:
    """Return one part of the contract of all services as it is written; reading all of it takes seconds."""
    (part,) = re.findall(rf"^{key}:\n((?:(?:[ -].*)?\n)+)", read("openapi/gateway.yaml"), re.MULTILINE)
    return str(part)


def test_every_refusal_that_a_page_names_is_in_the_contract_with_that_status() -> None:
    problems = yaml.load(part_of_contract("x-problems"), Loader=yaml.CSafeLoader)
    known = {(str(problem["status"]), problem["code"]) for problem in problems}
    places = named(_REFUSAL, "page")
    nothing([f"{where}: {match[0]}" for where, match in places if (match[1], match[2]) not in known])


def operations() -> list[tuple[str, list[str]]]:
    """Return method and path of each operation of the contract, the path in parts."""
    found: list[tuple[str, list[str]]] = []
    parts: list[str] = []
    for path, method in re.findall(r"^  (/.*):$|^    (\w+):$", part_of_contract("paths"), re.MULTILINE):
        if path:
            parts = path.split("/")
        else:
            found.append((method.upper(), parts))
    return found


def test_every_operation_that_a_page_names_is_in_the_contract() -> None:
    all_operations = operations()

    def known(method: str, path: str) -> bool:
        # Pages leave the front of a path out; what they do name begins with a word of the contract's.
        said = path.partition("?")[0].strip("…/").split("/")
        ends = (parts[-len(said) :] for one, parts in all_operations if one == method)
        return any(
            end[0] in (said[0], "v1")
            and all(ours == theirs or "{" in theirs or "<" in ours for ours, theirs in zip(said, end, strict=False))
            for end in ends
        )

    places = named(_OPERATION, "page", among=lambda text: "*(to come)*" not in text.text)
    nothing([f"{where}: {match[0]}" for where, match in places if not known(match[1], match[2])])
