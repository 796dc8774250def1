"""`make mutants`: changes made to the money code, timelines and periods that the tests must notice.

python -m tests.mutants [--seed 1] [--sample 300] [--at-least 98]

mutmut (pyproject.toml, [tool.mutmut]) makes the changes and runs the quick tests that need no database on each of a sample
drawn by the seed: those that reach the changed function, the fastest first. What no test notices is printed as a diff.
Fewer noticed than the wanted share is a failure; a change that makes the tests run for ever counts as noticed.

In: bodies of functions and methods of schedules, day counts, debt groups, rounding, the calendar, the replay of loans,
the timeline of an organization, and of money, periods and days in the kernel. Not in:

- what mutmut leaves alone: functions under a decorator (the properties of `State` and `Installment`, the cached
  `debt_group`, `provision_step_vnd` and `holidays_of`), and what stands in a module or class outside a function
  (thresholds and rates of `SCHEMES`, regular expressions, defaults of fields). Tests lay these down value by value;
- `terms`, `contradictions` and `explain` of the engine: their tests run, but changes to them are not made;
- every figure whose arithmetic is SQL, which mutmut cannot change: the indicators of registry, funds, training and reporting, the
  books and reports of funds. What stands for them are tests that count the same records another way: the tests of indicators of
  each service, of figures together in registry and funds, of debt groups and reports in funds.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
from pathlib import Path

from services.funds.engine.debt_groups import is_npl

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "mutants"
_MUTMUT = Path(sys.executable).parent / "mutmut"
_FIRST = f"{is_npl.__module__}.x_{is_npl.__name__}__mutmut_1"
"""The one that is run while all are made: mutmut runs its tests unchanged before, and this one has only quick ones."""
_SURVIVED = 0
_NOT_RUN = (None, 33, 34)
"""mutmut's codes of a mutant that was not run, that no test reaches, and that was skipped."""


def _mutmut(*arguments: str) -> None:
    subprocess.run([_MUTMUT, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def _codes() -> dict[str, int | None]:
    """Return what came of each mutant, by its name."""
    codes: dict[str, int | None] = {}
    for file in sorted(FOLDER.rglob("*.meta")):
        codes.update(json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"])
    return codes


def _diff(name: str) -> str:
    return subprocess.run([_MUTMUT, "show", name], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def main() -> None:
    """Make the mutants, run a sample, and say how many were noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--at-least", type=float, default=98.0, help="percent that must be noticed")
    options = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    _mutmut("run", _FIRST)
    names = sorted(_codes())
    sample = sorted(random.Random(options.seed).sample(names, min(options.sample, len(names))))
    _mutmut("run", *sample)
    codes = _codes()
    unreached = [name for name in sample if codes[name] in _NOT_RUN]
    survived = [name for name in sample if codes[name] == _SURVIVED]
    for name in survived:
        print(_diff(name))
    for name in unreached:
        print(f"no test reaches {name}")
    noticed = len(sample) - len(survived) - len(unreached)
    percent = 100 * noticed / len(sample)
    print(f"{noticed} of {len(sample)} mutants noticed ({percent:.1f} %), of {len(names)} made; seed {options.seed}")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{used.ru_utime + used.ru_stime:.0f} s of CPU")
    if percent < options.at_least:
        raise SystemExit(f"fewer than {options.at_least} %")


if __name__ == "__main__":
    main()
