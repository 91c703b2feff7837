"""The file of a case with 300 pages, bound by a worker.

`python -m bench.binding ask`, run in the settings of an installation that has started, makes the
case, waits until nothing else is to be done and leaves the task behind; `look NUMBER` says what
came of it.
"""

import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf
from sqlalchemy import func, select

from app import create_app
from bench import table
from bench.running import Installation
from bench.table import Result, load_now
from portal.cases.models import Case
from portal.cases.service.filling import AddPaper, add_paper
from portal.evidence.service import IncomingFile, keep_files
from portal.infra.database import db
from portal.infra.tasks import Task, TaskState
from portal.kernel.actor import Actor
from portal.papers.bag import verify_bag
from portal.papers.models import BoundFile
from portal.papers.service.binding import BindFile, ask_for_file, open_bound
from portal.papers.states import BoundState
from tests.factories.cases import make_case, today
from tests.factories.casework import make_officer

PAPERS, PAGES = 6, 50
SECONDS = 5.0
PATIENCE = 120.0


def bound(here: Installation) -> Iterator[Result]:
    """The line of the table: from the order to the bound file, by a worker that runs."""
    number = here.python("-m", "bench.binding", "ask").strip()
    found = json.loads(here.python("-m", "bench.binding", "look", number))
    whole = found["pages"] == PAPERS * PAGES and not found["faults"]
    said = f"{found['seconds']:.1f} s, {found['pages']} pages, "
    yield Result(
        "B7",
        "file of a case bound as a task",
        said + ("verified" if whole else f"not whole: {found['faults']}"),
        f"{SECONDS:g} s",
        "",
        table.at_most(found["seconds"], SECONDS, " s") if whole else "not whole",
        load_now(),
    )


def ask() -> str:
    """The number of a case whose file somebody has asked for."""
    officer = make_officer()
    number = make_case(officer=officer)
    for count in range(PAPERS):
        [kept] = keep_files([IncomingFile(_paper(count), "笔录.pdf")], actor=officer)
        add_paper(AddPaper(number, "inspection-record", today(), kept), actor=officer)
    _wait(lambda: _count_waiting() == 0)
    ask_for_file(BindFile(number), actor=officer)
    return number


def look(number: str) -> dict[str, object]:
    """How long it took from the order on, how many pages it has, and what is wrong with it."""
    operator = Actor.operator()
    _wait(lambda: _file_of(number).state is not BoundState.ASKED)
    file = _file_of(number)
    if file.bound_at is None:
        raise SystemExit(f"the file was not bound: {file.why_not}")
    took = (file.bound_at - file.asked_at).total_seconds()
    with tempfile.TemporaryDirectory() as folder:
        bag = Path(folder) / "bag.zip"
        opened = open_bound(number, file.id, bag=True, actor=operator).opened
        bag.write_bytes(b"".join(opened.chunks))
        faults = [f"{one.name}: {one.what}" for one in verify_bag(bag)]
    return {"seconds": took, "pages": file.pages, "faults": faults}


def _paper(count: int) -> io.BytesIO:
    """A paper of many pages, each of the papers another one."""
    made = io.BytesIO()
    with pikepdf.new() as paper:
        for _one in range(PAGES):
            paper.add_blank_page(page_size=(595 + count, 842))
        paper.save(made)
    made.seek(0)
    return made


def _count_waiting() -> int:
    wanted = select(func.count()).select_from(Task).where(Task.state == TaskState.PENDING)
    return db.session.scalar(wanted) or 0


def _file_of(number: str) -> BoundFile:
    wanted = select(BoundFile).join(Case, Case.id == BoundFile.case_id).where(Case.number == number)
    return db.session.scalars(wanted).one()


def _wait(claim: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not claim():
        if time.monotonic() > give_up:
            raise SystemExit("the workers are not done")
        db.session.remove()
        time.sleep(0.1)


def main() -> None:
    """Print the number, or what came of it as JSON."""
    with create_app().app_context():
        if sys.argv[1] == "ask":
            print(ask())
        else:
            print(json.dumps(look(sys.argv[2])))


if __name__ == "__main__":
    main()
