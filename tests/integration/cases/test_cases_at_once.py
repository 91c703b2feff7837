"""Officers at once: a number is given once and none is left out, and a move is made once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.cases.models import Case
from portal.cases.service.filling import WaivePaper, waive_paper
from portal.cases.service.moving import MoveCase, move_case
from portal.cases.service.opening import OpenCase, open_case
from portal.cases.states import CaseAction, CaseState
from portal.infra.database import db
from portal.intake.states import ReportState
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused
from tests.factories.casework import make_head, make_officer
from tests.factories.intake import make_report

OFFICERS, CASES = 4, 6


@pytest.mark.requirement("A7")
@pytest.mark.requirement("B6")
def test_officers_at_once_leave_no_number_out_and_make_each_move_once(office):
    with office.app_context():
        officer, heads = make_officer(), [make_head() for _one in range(OFFICERS)]
        another = make_head()
        reports = [
            make_report(state=ReportState.ACCEPTED, officer=officer).reference
            for _one in range(CASES)
        ]
        db.session.remove()
    start = Barrier(OFFICERS)

    def open_all(part: int) -> list[str]:
        with office.app_context():
            start.wait(timeout=60)
            mine = reports[part::OFFICERS]
            made = [open_case(OpenCase([one], "某案", "案情"), actor=officer) for one in mine]
            db.session.remove()
            return made

    def file_all(head: Actor) -> Counter[bool]:
        with office.app_context():
            start.wait(timeout=60)
            moved = Counter(file_one(number, head) for number in numbers)
            db.session.remove()
            return moved

    def file_one(number: str, head: Actor) -> bool:
        try:
            move_case(MoveCase(number, CaseAction.FILE), actor=head)
        except MoveRefused:
            return False
        return True

    with ThreadPoolExecutor(OFFICERS) as threads:
        numbers = [number for part in threads.map(open_all, range(OFFICERS)) for number in part]
    with office.app_context():
        for number in numbers:
            waive_paper(WaivePaper(number, "case-filing", "测试不附"), actor=another)
        db.session.remove()
    with ThreadPoolExecutor(OFFICERS) as threads:
        moved = sum(threads.map(file_all, heads), Counter())

    assert sorted(int(number[-4:]) for number in numbers) == list(range(1, CASES + 1))
    assert moved == {True: CASES, False: CASES * (OFFICERS - 1)}
    with office.app_context():
        filed = select(func.count()).where(AuditEvent.action == "case.file")
        assert db.session.scalar(filed) == CASES
        assert set(db.session.scalars(select(Case.state))) == {CaseState.FILED}
        db.session.remove()
