"""Nothing grows beyond what a reader can hold: modules, functions, views."""

import ast
from collections.abc import Iterator
from pathlib import Path

from portal.infra.config import ROOT

MODULE, FUNCTION, VIEW = 400, 50, 20


def _files() -> Iterator[Path]:
    yield ROOT / "app.py"
    for folder in ("portal", "workers"):
        yield from (ROOT / folder).rglob("*.py")


def _functions(path: Path) -> Iterator[tuple[str, int, bool]]:
    """Name, lines without decorators and docstring, and whether it is a view."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            lines = (node.end_lineno or 0) - body[0].lineno + 1
            is_view = any(
                isinstance(one, ast.Call)
                and isinstance(one.func, ast.Attribute)
                and one.func.attr in {"get", "post", "route"}
                for one in node.decorator_list
            )
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", lines, is_view


def test_no_module_is_longer_than_400_lines():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in _files()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MODULE
    }

    assert long == {}


def test_no_function_is_longer_than_50_lines_and_no_view_than_20():
    long = {
        name: lines
        for path in _files()
        for name, lines, is_view in _functions(path)
        if lines > (VIEW if is_view else FUNCTION)
    }

    assert long == {}


def test_packages_say_nothing_by_themselves():
    wordy = [
        str(path.relative_to(ROOT))
        for path in _files()
        if path.name == "__init__.py" and path.stat().st_size
    ]

    assert wordy == []
