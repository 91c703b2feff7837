"""One writer of states: `.state` is assigned in portal/audit/trail.py and nowhere else."""

import ast
from collections.abc import Iterator

from portal.infra.config import ROOT

WRITER = "portal/audit/trail.py"
# What a visit remembers, which is no state of a lifecycle.
NO_LIFECYCLE = "portal/infra/visits.py"


def _assigned(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        targets = list(node.targets)
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    else:
        return []
    flat: list[ast.expr] = []
    for target in targets:
        flat += target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    return flat


def _writers() -> Iterator[str]:
    for folder in ("portal", "workers"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                for target in _assigned(node):
                    if isinstance(target, ast.Attribute) and target.attr == "state":
                        yield f"{path.relative_to(ROOT)}:{target.lineno}"


def test_only_the_trail_moves_a_record_along_its_lifecycle():
    elsewhere = [
        place for place in _writers() if not place.startswith((f"{WRITER}:", f"{NO_LIFECYCLE}:"))
    ]

    assert elsewhere == []


def test_the_trail_itself_does():
    assert any(place.startswith(f"{WRITER}:") for place in _writers())
