"""Officers at once: a number is given once and none is left out, and a move is made once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.audit.trail import verify
from portal.cases.models import Case
from portal.cases.service.filling import WaivePaper, waive_paper
from portal.cases.service.moving import MoveCase, move_case
from portal.cases.service.opening import OpenCase, open_case
from portal.cases.states import CaseAction, CaseState
from portal.infra.database import db
from portal.intake.states import ReportState
from portal.kernel.errors import MoveRefused
from tests.factories.casework import make_head, make_officer
from tests.factories.intake import make_report

OFFICERS, CASES = 8, 100
WAY = {
    CaseAction.FILE: ("case-filing",),
    CaseAction.FINISH_INVESTIGATION: ("inspection-record", "investigation-report"),
    CaseAction.NOTIFY: ("advance-notice", "service-receipt"),
}


@pytest.fixture
def together(office):
    """`together(act)`: so many threads do it at the same time; what each of them returned."""

    def start(act):
        ready = Barrier(OFFICERS)

        def one(part):
            with office.app_context():
                ready.wait(timeout=60)
                made = act(part)
                db.session.remove()
                return made

        with ThreadPoolExecutor(OFFICERS) as threads:
            return list(threads.map(one, range(OFFICERS)))

    return start


def is_made(order, head):
    try:
        move_case(order, actor=head)
    except MoveRefused:
        return False
    return True


@pytest.mark.requirement("A7")
@pytest.mark.requirement("B6")
def test_eight_officers_at_a_hundred_cases_leave_no_number_out_and_make_each_move_once(
    office, together
):
    with office.app_context():
        officer, another = make_officer(), make_head()
        heads = [make_head() for _one in range(OFFICERS)]
        accepted = {"state": ReportState.ACCEPTED, "officer": officer}
        reports = [make_report(**accepted).reference for _one in range(CASES)]
        db.session.remove()

    def open_some(part):
        mine = reports[part::OFFICERS]
        return [open_case(OpenCase([one], "某案", "案情"), actor=officer) for one in mine]

    numbers = [number for made in together(open_some) for number in made]

    def do_without(forms, part):
        for number in numbers[part::OFFICERS]:
            for form in forms:
                waive_paper(WaivePaper(number, form, "测试不附"), actor=another)

    def move_all(move, part):
        return Counter(is_made(MoveCase(number, move), heads[part]) for number in numbers)

    moved: Counter[bool] = Counter()
    for move, forms in WAY.items():
        together(partial(do_without, forms))
        moved += sum(together(partial(move_all, move)), Counter())

    assert sorted(int(number[-4:]) for number in numbers) == list(range(1, CASES + 1))
    assert moved == {True: CASES * len(WAY), False: CASES * len(WAY) * (OFFICERS - 1)}
    with office.app_context():
        made = select(AuditEvent.subject_id, AuditEvent.action, func.count()).where(
            AuditEvent.action.in_([f"case.{move}" for move in WAY])
        )
        once = db.session.execute(made.group_by(AuditEvent.subject_id, AuditEvent.action)).all()
        assert Counter(count for _case, _move, count in once) == {1: CASES * len(WAY)}
        assert set(db.session.scalars(select(Case.state))) == {CaseState.NOTIFIED}
        assert verify(db.session())[2] is None
        db.session.remove()
