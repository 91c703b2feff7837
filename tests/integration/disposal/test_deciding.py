"""What is scheduled, and that it takes two natural people to destroy it."""

from datetime import date

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Account
from portal.cases.states import CaseAction
from portal.disposal.models import DisposalList, RetentionItem
from portal.disposal.queries.terms import find_obstacles
from portal.disposal.rules import FOR_GOOD, months_after
from portal.disposal.service.deciding import (
    ProposeDisposal,
    approve_list,
    propose_disposal,
    refuse_list,
)
from portal.disposal.states import DisposalState, ListState, NotDisposed
from portal.feedback.service import ContestResult, contest_result
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.intake.models import Author, Message, MessageKind, Report
from portal.intake.states import ReportState
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.rewards.service.promising import (
    PromiseReward,
    WithdrawAward,
    promise_reward,
    withdraw_award,
)
from tests.factories.cases import get_case_id, make_case, make_move, today
from tests.factories.casework import keep_out, make_head, make_officer, make_supervisor
from tests.factories.disposal import (
    close_step_by_step,
    make_old_case,
    make_old_report,
    row_of,
    scheduled,
)
from tests.factories.intake import make_report, now
from tests.factories.rewards import make_tip

S = ReportState
pytestmark = pytest.mark.usefixtures("app")


def propose(*rows, actor=None):
    return propose_disposal(
        ProposeDisposal(tuple(row.id for row in rows)), actor=actor or make_head()
    )


@pytest.mark.requirement("U9")
def test_a_closed_report_gets_the_day_on_which_its_time_is_over_and_an_open_one_none():
    closed, open_ = make_report(state=S.CLOSED), make_report(state=S.ACCEPTED)

    row = scheduled(closed.id)

    assert row is not None
    assert (row.series, row.due_on) == ("report", months_after(row.starts_on, 60))
    assert row_of(open_.id) is None


@pytest.mark.requirement("U9")
def test_a_report_and_its_case_are_kept_until_its_reward_is_at_an_end():
    officer, made = make_officer(), []
    report = make_tip(officer)

    def promise(number, who):
        order = PromiseReward(number, report.reference, "example-flat")
        made.append(promise_reward(order, actor=who))

    number = make_old_case(report, officer=officer, before=promise)
    rows = [scheduled(get_case_id(number)), scheduled(report.id)]

    def obstacles():
        return list(find_obstacles(db.session(), rows, today()).values())

    assert obstacles() == [NotDisposed.OTHERS_WAIT] * 2
    withdraw_award(WithdrawAward(made[0], "登记有误。"), actor=make_head())
    assert obstacles() == []


def test_a_report_that_is_contested_leaves_the_schedule():
    report = make_report(state=S.CLOSED)
    assert scheduled(report.id) is not None

    contest_result(
        ContestResult(report.id, "contest.still-going-on", "还在卖"), actor=Actor.public()
    )

    assert scheduled(report.id) is None


def test_a_report_of_a_case_waits_for_its_case_and_is_kept_as_long_as_that():
    officer = make_officer()
    report = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer)
    close_step_by_step(report, officer)
    assert scheduled(report.id) is None

    make_move(number, CaseAction.DROP, make_head())

    case, own = scheduled(get_case_id(number)), scheduled(report.id)
    assert case.series == own.series == "case"
    assert case.due_on == own.due_on == months_after(case.starts_on, 120)


@pytest.mark.requirement("B7")
def test_the_case_of_a_complaint_is_of_a_series_of_its_own():
    officer = make_officer()
    report = make_report(state=S.ACCEPTED, officer=officer, columns={"kind": "complaint"})
    number = make_old_case(report, officer=officer)

    assert scheduled(get_case_id(number)).series == "case.complaint"


def test_the_schedule_of_another_version_dates_what_is_scheduled_anew(change_place):
    report = make_report(state=S.CLOSED)
    row = scheduled(report.id)
    db.session.execute(update(RetentionItem).values(place_version=0, due_on=date(2020, 1, 1)))
    db.session.commit()

    row = scheduled(report.id)

    assert row.due_on == months_after(row.starts_on, 60)


def test_without_a_series_a_record_is_kept(change_place):
    change_place(retention=())

    row = scheduled(make_old_report().id)

    assert (row.series, row.due_on) == ("", FOR_GOOD)


@pytest.mark.requirement("U9")
def test_one_proposes_and_another_approves_and_each_record_gets_a_task():
    reports = [make_old_report() for _one in range(2)]
    rows = [scheduled(one.id) for one in reports]

    made = propose(*rows)
    approve_list(made.number, actor=make_head())

    assert (made.total, made.left_out) == (2, 0)
    assert {row_of(one.id).state for one in reports} == {DisposalState.APPROVED}
    tasks = select(Task.subject_id).where(Task.kind == TaskKind.DISPOSE_RECORD)
    assert set(db.session.scalars(tasks)) == {row.id for row in rows}


@pytest.mark.requirement("U9")
def test_whoever_proposed_a_list_does_not_approve_it_from_another_account_either():
    first, other = make_head(), make_head()
    person = db.session.get_one(Account, first.id).person_id
    db.session.execute(update(Account).where(Account.id == other.id).values(person_id=person))
    db.session.commit()
    made = propose(scheduled(make_old_report().id), actor=first)

    for same in (first, other):
        with pytest.raises(RuleBroken, match="disposal-needs-second"):
            approve_list(made.number, actor=same)

    listed = db.session.scalars(select(DisposalList)).one()
    assert listed.state is ListState.PROPOSED


def test_the_database_refuses_one_person_on_both_sides():
    made = propose(scheduled(make_old_report().id))
    one = select(DisposalList.proposed_person).scalar_subquery()
    forged = update(DisposalList).values(
        state=ListState.APPROVED, decided_person=one, decided_at=now()
    )

    with pytest.raises(IntegrityError):
        db.session.execute(forged.where(DisposalList.number == made.number))
    db.session.rollback()


def test_a_list_that_is_refused_puts_everything_back():
    report = make_old_report()
    made = propose(scheduled(report.id))

    refuse_list(made.number, actor=make_head())

    row = row_of(report.id)
    assert (row.state, row.list_id) == (DisposalState.SCHEDULED, None)
    with pytest.raises(NotFound):
        approve_list(made.number, actor=make_supervisor())


def test_a_list_is_decided_once():
    made = propose(scheduled(make_old_report().id))
    approve_list(made.number, actor=make_head())

    with pytest.raises(MoveRefused):
        refuse_list(made.number, actor=make_head())


def test_what_is_on_a_list_goes_on_no_other():
    row = scheduled(make_old_report().id)
    propose(row)

    with pytest.raises(MoveRefused):
        propose(row)


def test_before_its_day_nothing_is_proposed():
    row = scheduled(make_report(state=S.CLOSED).id)

    with pytest.raises(RuleBroken, match="nothing-to-dispose"):
        propose(row)


@pytest.mark.requirement("U9")
def test_what_its_reporter_wrote_to_since_is_left_out_and_dated_anew():
    written, quiet = make_old_report(), make_old_report()
    rows = [scheduled(one.id) for one in (written, quiet)]
    db.session.add(
        Message(
            report_id=written.id,
            kind=MessageKind.SUPPLEMENT,
            author=Author.REPORTER,
            body=b"sealed",
            sent_at=now(),
        )
    )
    db.session.commit()

    made = propose(*rows)

    assert (made.total, made.left_out) == (1, 1)
    row = row_of(written.id)
    assert row.state is DisposalState.SCHEDULED
    assert row.due_on == months_after(row.starts_on, 60)


@pytest.mark.parametrize("who", ["officer", "elsewhere", "excluded"])
def test_nobody_proposes_or_approves_what_they_may_not_see(who):
    report = make_old_report()
    row, made_by = scheduled(report.id), make_head()
    actor = {
        "officer": make_officer,
        "elsewhere": lambda: make_head("CULTURE_ENF@320402"),
        "excluded": make_head,
    }[who]()
    if who == "excluded":
        keep_out(actor.id, report.id)

    with pytest.raises((NotFound, NotPermitted)):
        propose(row, actor=actor)
    made = propose(row, actor=made_by)
    with pytest.raises((NotFound, NotPermitted)):
        approve_list(made.number, actor=actor)
    with pytest.raises((NotFound, NotPermitted)):
        refuse_list(made.number, actor=actor)


def test_a_restricted_record_is_for_its_own_unit_alone():
    report = make_old_report(columns={"restricted": True})
    row = scheduled(report.id)

    with pytest.raises(NotFound):
        propose(row, actor=make_supervisor())
    propose(row)
    assert db.session.get_one(Report, report.id).disposed_at is None
    db.session.execute(delete(Task).where(Task.kind == TaskKind.DISPOSE_RECORD))
