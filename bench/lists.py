"""The lists of the desk among few and among many: `python -m bench.lists 100000 [--in FOLDER]`.

Inside the application and in turn, five pages here and five there, by processor time: what a
machine whose pace moves by a third within a minute blurs least. `--in` keeps what was planted.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from bench.client import hidden_fields
from bench.desk import CASE_VIEWS, DEEP, GROWTH, NEXT, VIEWS
from bench.running import Installation, free_port
from bench.table import load_now

FEW, A_CASE = 1_000, 5
ROUNDS, IN_A_ROW = 16, 5
Taken = list[tuple[float, float]]  # CPU-ms of a page, and of its statements


def main() -> None:
    """Plant what is missing, then ask both in turn."""
    parser = argparse.ArgumentParser(prog="bench.lists", description=__doc__.splitlines()[0])
    parser.add_argument("reports", type=int, nargs="?", default=100_000)
    parser.add_argument("--in", dest="folder", type=Path)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.serve:
        serve()
        return
    with ExitStack() as stack:
        folder = words.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        asked = [stack.enter_context(_Asked(folder, size)) for size in (FEW, words.reports)]
        for line in compared(*asked):
            print(line, flush=True)


def compared(few: "_Asked", many: "_Asked") -> Iterator[str]:
    """Each list among many beside itself among few: the first decile of what its pages took."""
    yield f"| list | among {few.size:,} | among {many.size:,} | ratio | load |"
    yield "|---|---|---|---|---|"
    for name in few.names:
        taken: dict[int, Taken] = {few.size: [], many.size: []}
        for turn in range(ROUNDS):
            for one in (few, many) if turn % 2 else (many, few):
                taken[one.size] += one.take(name)
        here, there = (Quick.of(taken[one.size]) for one in (few, many))
        ratio = there.page / here.page
        verdict = "" if ratio <= GROWTH else f" (more than {GROWTH:g})"
        yield f"| {name} | {here} | {there} | {ratio:.2f}{verdict} | {load_now()} |"


@dataclass(frozen=True, slots=True)
class Quick:
    """What the quickest tenth of the pages took: the slower ones waited for other people."""

    page: float
    statements: float

    @classmethod
    def of(cls, taken: Taken) -> "Quick":
        """The first deciles."""
        return cls(*(statistics.quantiles(row, n=10)[0] for row in zip(*taken, strict=True)))

    def __str__(self) -> str:
        """One cell of the table."""
        return f"{self.page:.1f} CPU-ms, statements {self.statements:.1f}"


class _Asked:
    """An installation with so many reports, and a process that serves its pages to itself."""

    def __init__(self, folder: Path, size: int) -> None:
        self.size = size
        self.here = Installation(folder / str(size) / "var", free_port())

    def __enter__(self) -> Self:
        if not self.here.var.exists():
            self.here.var.parent.mkdir(parents=True)
            self.here.run("setup", "--empty")
            self.here.python("-m", "bench.seeding", "staff")
            self.here.python("-m", "bench.seeding", str(self.size))
            self.here.python("-m", "bench.case_seeding", str(self.size // A_CASE))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.lists", "--serve"],
            cwd=self.here.root,
            env=self.here.settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.names: list[str] = self._answer()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def take(self, name: str) -> Taken:
        """What some pages of this list took."""
        assert self.process.stdin is not None  # noqa: S101  # it was asked for
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        return [(page, statements) for page, statements in self._answer()]

    def _answer(self) -> list:  # type: ignore[type-arg]  # names, or what was taken
        assert self.process.stdout is not None  # noqa: S101  # it was asked for
        return list(json.loads(self.process.stdout.readline()))


def serve() -> None:
    """Say which lists there are; then, for each name that is read, what five pages of it took."""
    from app import create_app  # noqa: PLC0415  # not in the process that asks

    app = create_app(migrating=False)
    spent = _watch_statements(app)
    lists = _lists(app)
    for page in lists.values():
        for _once in range(3):
            page()
    print(json.dumps(list(lists)), flush=True)
    for line in sys.stdin:
        print(json.dumps([_timed(lists[line.strip()], spent) for _ in range(IN_A_ROW)]), flush=True)


def _timed(page: Callable[[], str], spent: list[float]) -> tuple[float, float]:
    spent.clear()
    begun = time.thread_time()
    page()
    return (time.thread_time() - begun) * 1000, sum(spent) * 1000


def _watch_statements(app: Flask) -> list[float]:
    """Where the processor time of each statement is put down."""
    from portal.infra.database import db  # noqa: PLC0415  # as above

    begun, spent = [0.0], []
    with app.app_context():
        engine = db.engine
    event.listen(
        engine, "before_cursor_execute", lambda *_: begun.__setitem__(0, time.thread_time())
    )
    event.listen(
        engine, "after_cursor_execute", lambda *_: spent.append(time.thread_time() - begun[0])
    )
    return spent


def _lists(app: Flask) -> dict[str, Callable[[], str]]:
    clerk, officer = _signed_in(app, "clerk"), _signed_in(app, "officer")
    found = {name: (clerk, path) for name, path in VIEWS.items()}
    deep = _walked(clerk, VIEWS["everything, newest first"])
    found[f"page {DEEP} of everything"] = (clerk, deep)
    found |= {name: (officer, path) for name, path in CASE_VIEWS.items()}
    deep = _walked(officer, CASE_VIEWS["every case, newest first"])
    found[f"page {DEEP} of every case"] = (officer, deep)
    return {name: partial(_get, *asked) for name, asked in found.items()}


def _signed_in(app: Flask, name: str) -> FlaskClient:
    from portal.accounts.service.demo import demo_code, demo_password  # noqa: PLC0415  # as above
    from portal.kernel.actor import Actor  # noqa: PLC0415  # as above

    with app.app_context():
        code, password = demo_code(name, actor=Actor.operator()), demo_password()
    who = app.test_client()
    fields = hidden_fields(_get(who, "/desk/sign-in")) | {"name": name, "password": password}
    second = who.post("/desk/sign-in", data=fields, follow_redirects=True)
    fields = hidden_fields(second.text, 'name="code"') | {"code": code}
    who.post("/desk/sign-in/second", data=fields)
    return who


def _walked(who: FlaskClient, path: str) -> str:
    """The fifteenth page, or the last full one."""
    full = path
    for _ in range(DEEP + 1):
        found = NEXT.search(_get(who, path))
        if found is None:
            break
        full, path = path, (found[1] or found[2]).replace("&amp;", "&")
    return full


def _get(who: FlaskClient, path: str) -> str:
    answer = who.get(path)
    if answer.status_code != 200:  # noqa: PLR2004
        raise SystemExit(f"{path} was not shown: HTTP {answer.status_code}")
    return answer.text


if __name__ == "__main__":
    main()
