"""The parts of the documentation that are made from the code: `sunline docs generate`."""

import ast
import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from portal.infra.config import ROOT
from portal.kernel.lifecycle import Lifecycle

DOCS = ROOT / "docs"
TESTS = ROOT / "tests"

commands = AppGroup("docs", help="The parts of the documentation that are made from the code.")


@commands.command("generate")
def generate() -> None:
    """Write docs/requirements.md and docs/lifecycles.md anew."""
    for name, make in GENERATED.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
        click.echo(f"docs/{name}")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of docs/requirements.csv."""

    id: str
    requirement: str
    priority: str


@dataclass(frozen=True, slots=True, order=True)
class MarkedTest:
    """A test that shows a requirement to be met: its file below `tests/`, and its name."""

    path: str
    name: str

    @property
    def link(self) -> str:
        sentence = self.name.removeprefix("test_").replace("_", " ")
        return f"[{sentence}](../tests/{self.path})"


def read_requirements() -> list[Requirement]:
    """The list of requirements, in its order."""
    with (DOCS / "requirements.csv").open(encoding="utf-8", newline="") as file:
        return [Requirement(**row) for row in csv.DictReader(file)]


def marked_tests(folder: Path) -> Iterator[tuple[str, list[MarkedTest]]]:
    """The tests marked with each requirement id; the files are read and not imported."""
    found: dict[str, set[MarkedTest]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        relative = path.relative_to(folder).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for requirement, name in _marks(tree.body, _module_marks(tree)):
            found.setdefault(requirement, set()).add(MarkedTest(relative, name))
    for requirement in sorted(found):
        yield requirement, sorted(found[requirement])


def _marks(body: Sequence[ast.stmt], inherited: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield (requirement, name of the test) for every marked test, those in classes too."""
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            ids = inherited | {found for mark in node.decorator_list for found in _ids(mark)}
            if isinstance(node, ast.ClassDef):
                yield from _marks(node.body, ids)
            elif node.name.startswith("test_"):
                yield from ((requirement, node.name) for requirement in ids)


def _module_marks(tree: ast.Module) -> frozenset[str]:
    """The ids in `pytestmark`, which hold for every test of the file."""
    return frozenset(
        found
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
        for found in _ids(node.value)
    )


def _ids(mark: ast.expr) -> Iterator[str]:
    """The ids named in `pytest.mark.requirement("B9")`, anywhere in the expression."""
    for node in ast.walk(mark):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement":
            yield from (str(ast.literal_eval(argument)) for argument in node.args)


def requirements_page() -> str:
    """docs/requirements.md as it should be now."""
    return requirements_table(read_requirements(), dict(marked_tests(TESTS)))


def requirements_table(
    requirements: Sequence[Requirement], tests: Mapping[str, Sequence[MarkedTest]]
) -> str:
    """The page of requirements; raises ValueError for a mark that names none of them."""
    unknown = sorted(set(tests) - {each.id for each in requirements})
    if unknown:
        raise ValueError(f"marks without a line in docs/requirements.csv: {', '.join(unknown)}")
    rows = [
        f"| {each.id} | {each.priority} | {each.requirement} "
        f"| {'<br>'.join(test.link for test in tests.get(each.id, ())) or 'open'} |"
        for each in requirements
    ]
    return "\n".join([REQUIREMENTS_HEAD, *_score(requirements, tests), "", TABLE_HEAD, *rows, ""])


def _score(
    requirements: Sequence[Requirement], tests: Mapping[str, Sequence[MarkedTest]]
) -> Iterator[str]:
    every = Counter(each.priority for each in requirements)
    shown = Counter(each.priority for each in requirements if each.id in tests)
    yield "| Priority | Requirements | Shown by a test |"
    yield "|---|---|---|"
    for priority in every:
        yield f"| {priority} | {every[priority]} | {shown[priority]} |"


def lifecycles() -> Iterator[Lifecycle[Any, Any]]:
    """Every lifecycle of a `states.py`, in the order of the stages' names."""
    for path in sorted((ROOT / "portal").glob("*/states.py")):
        module = import_module(f"portal.{path.parent.name}.states")
        yield from (each for each in vars(module).values() if isinstance(each, Lifecycle))


def lifecycles_page() -> str:
    """docs/lifecycles.md: a diagram each, beginning at the first state of the enumeration."""
    return "\n".join([LIFECYCLES_HEAD, *(_diagram(each) for each in lifecycles())])


def _diagram(lifecycle: Lifecycle[Any, Any]) -> str:
    kind: type[StrEnum] = type(next(iter(lifecycle.moves))[0])
    states = list(kind)
    last = [state for state in states if not lifecycle.actions_from(state)]
    lines = [
        f"## {lifecycle.subject}",
        "",
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {_node(states[0])}",
        *(
            f"    {_node(start)} --> {_node(end)}: {action.replace('_', ' ')}"
            for (start, action), end in lifecycle.moves.items()
        ),
        *(f"    {_node(state)} --> [*]" for state in last),
        "```",
        "",
    ]
    return "\n".join(lines)


def _node(state: str) -> str:
    return state.replace("-", "_")


NOTICE = "<!-- Made by `./sunline docs generate`; edit what it is made from. -->"

REQUIREMENTS_HEAD = f"""\
{NOTICE}

# Requirements

What Sunline must do, and the tests that show it done. A requirement counts as met when a test
marked with its id passes; "open" means that no test says so yet. The list is
[`requirements.csv`](requirements.csv).

- A to E: the work that published notices of culture-market offices describe. F: what no comparable
  system has. U: what users of comparable systems ask for. G: promises of reliability. T: attacks
  and failures to be withstood. P: measured goals; the measurements are in `benchmarks.md`.
- Priority: M before a release, S should follow, K may follow; for F: A first release, B soon after,
  C if cheap; the others have none of their own.
"""

TABLE_HEAD = "| Id | Priority | Requirement | Tests |\n|---|---|---|---|"

LIFECYCLES_HEAD = f"""\
{NOTICE}

# Lifecycles

The states of each kind of record and the moves between them, drawn from the tables in
`portal/*/states.py`. The same tables refuse every other move and decide which buttons a page shows.
"""

GENERATED: Mapping[str, Callable[[], str]] = {
    "requirements.md": requirements_page,
    "lifecycles.md": lifecycles_page,
}
