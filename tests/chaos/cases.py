"""A case in an installation, for tests that kill what works on it: `python -m tests.chaos.cases`.

`make` prints the number of a case with reports that wait and papers that are long; `ask` leaves one
of the tasks behind; `look` prints what has come of all of them, read as the product reads it.
"""

import io
import json
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pikepdf
from sqlalchemy import func, select

from app import create_app
from portal.accounts.models import Account
from portal.accounts.queries import find_actor
from portal.audit.trail import verify
from portal.cases.models import Case, CaseAnswer, CasePaper, CaseReport
from portal.cases.queries.access import get_case
from portal.cases.service.answering import AnswerAll, answer_all
from portal.cases.service.filling import AddPaper, add_paper
from portal.casework.states import Finding, VerificationMethod
from portal.evidence.made import open_made
from portal.evidence.models import CustodyEntry, MadeFile
from portal.evidence.service import IncomingFile, keep_files
from portal.evidence.states import CustodyAct
from portal.infra.database import db
from portal.infra.tasks import Task
from portal.intake.models import Message, MessageKind, Report
from portal.intake.states import ReportState
from portal.kernel.actor import Actor
from portal.papers.bag import verify_bag
from portal.papers.models import BoundFile
from portal.papers.service.binding import BindFile, ask_for_file
from portal.transfers.referral_models import CaseReferral
from portal.transfers.service.police import (
    DecideReferral,
    ProposeReferral,
    decide_referral,
    propose_referral,
)
from portal.transfers.states import ReferralAction
from tests.factories.cases import make_case, today
from tests.factories.casework import make_head, make_officer
from tests.factories.intake import make_report

REPORTS, PAPERS, PAGES = 30, 6, 50
HEAD = "示例负责人"
ANSWER = "我们去看过了，情况属实。"
OPERATOR = Actor.operator()


def make() -> str:
    """The number of a case; its officer is whoever has it."""
    officer, _head = make_officer(), make_head(display_name=HEAD)
    waiting = {"state": ReportState.ACCEPTED, "officer": officer}
    number = make_case(*(make_report(**waiting) for _one in range(REPORTS)), officer=officer)
    for count in range(PAPERS):
        [kept] = keep_files([IncomingFile(_scan(count), "笔录.pdf")], actor=officer)
        add_paper(AddPaper(number, "inspection-record", today(), kept), actor=officer)
    return number


def _scan(count: int) -> io.BytesIO:
    """A paper of many pages, each of the papers another one."""
    made = io.BytesIO()
    with pikepdf.new() as paper:
        for _one in range(PAGES):
            paper.add_blank_page(page_size=(595 + count, 842))
        paper.save(made)
    made.seek(0)
    return made


def _officer(case: Case) -> Actor:
    found = find_actor(db.session(), case.handler_id)
    assert found is not None
    return found


def _head() -> Actor:
    named = select(Account.id).where(Account.display_name == HEAD)
    found = find_actor(db.session(), db.session.scalars(named).one())
    assert found is not None
    return found


def answer(case: Case) -> None:
    """Have all reporters answered."""
    how = VerificationMethod.SITE_VISIT, Finding.CONFIRMED
    answer_all(AnswerAll(case.number, ANSWER, *how), actor=_officer(case))


def seal(case: Case) -> None:
    """Have everything in the file packed for the police."""
    papers = db.session.scalars(select(CasePaper.id).where(CasePaper.case_id == case.id)).all()
    order = ProposeReferral(case.number, "数额较大。", tuple(papers))
    which = propose_referral(order, actor=_officer(case))
    approve = DecideReferral(case.number, which, ReferralAction.APPROVE, reason="同意。")
    decide_referral(approve, actor=_head())


def bind(case: Case) -> None:
    """Have the file bound."""
    ask_for_file(BindFile(case.number), actor=_officer(case))


ASKS: Mapping[str, Callable[[Case], None]] = {
    "answer_case": answer,
    "seal_referral": seal,
    "bind_file": bind,
}


def look(case: Case) -> dict[str, Any]:
    """What has come of it: reports, answers, bundles, files, tasks and the trail."""
    session = db.session()
    reports = session.scalars(
        select(Report).join(CaseReport, CaseReport.report_id == Report.id)
    ).all()
    said = Counter(
        session.scalars(select(Message.report_id).where(Message.kind == MessageKind.ANSWER))
    )
    given = session.scalars(select(CaseAnswer)).all()
    return {
        "reports": [[one.state, one.result_number, said[one.id]] for one in reports],
        "answers": [[one.answered, one.refused, one.ended_at is not None] for one in given],
        "bundles": [_bundle(one) for one in session.scalars(select(CaseReferral))],
        "files": [_bound(one) for one in session.scalars(select(BoundFile))],
        "made": session.scalar(select(func.count()).select_from(MadeFile)),
        "bound": sorted(_exports().values()),
        "tasks": [[one.kind, one.state, one.attempts] for one in session.scalars(select(Task))],
        "fault": getattr(verify(session)[2], "what", None),
    }


def _exports() -> Counter[str]:
    """How often each paper was handed on or bound, as its chain of custody says."""
    acts = select(CustodyEntry.evidence_id).where(CustodyEntry.act == CustodyAct.EXPORTED)
    return Counter(one.hex for one in db.session.scalars(acts))


def _bundle(referral: CaseReferral) -> list[str]:
    """The names in the bundle whose bytes are those of its list."""
    assert referral.bundle_id is not None
    with zipfile.ZipFile(io.BytesIO(_made(referral.bundle_id))) as packed:
        sums = [line.split("  ") for line in packed.read("SHA256SUMS").decode().splitlines()]
        return [name for digest, name in sums if sha256(packed.read(name)).hexdigest() == digest]


def _bound(file: BoundFile) -> list[object]:
    """State, pages, and what is wrong with the bag."""
    assert file.bag_id is not None
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bag.zip"
        path.write_bytes(_made(file.bag_id))
        return [file.state, file.pages, [str(one) for one in verify_bag(path)]]


def _made(which: Any) -> bytes:
    return b"".join(open_made(db.session(), which).chunks)


def main() -> None:
    what, *more = sys.argv[1:]
    with create_app().app_context():
        if what == "make":
            sys.stdout.write(f"{make()}\n")
            return
        case = get_case(db.session(), more[-1], OPERATOR)
        if what == "ask":
            ASKS[more[0]](case)
        else:
            json.dump(look(case), sys.stdout)


if __name__ == "__main__":
    main()
