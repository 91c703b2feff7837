"""Cases: opened on reports, filled, moved on by the papers, and closed once all are answered."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from portal.audit.models import AuditEvent
from portal.cases.models import Case, CaseNote, CasePaper, CaseParty, CaseReport, CaseTask
from portal.cases.offers import Offers, offers_of
from portal.cases.queries.access import get_case
from portal.cases.queries.lists import CaseFilter, CaseList, list_cases, list_tasks
from portal.cases.queries.page import get_page
from portal.cases.queries.whole import get_whole
from portal.cases.service.filling import (
    AddPaper,
    AddParty,
    AssignCase,
    DescribeCase,
    GradeCase,
    Strike,
    WaivePaper,
    add_paper,
    add_party,
    assign_case,
    describe_case,
    grade_case,
    strike_paper,
    strike_party,
    waive_paper,
)
from portal.cases.service.moving import MoveCase, move_case
from portal.cases.service.opening import (
    AddReport,
    TakeOut,
    TakeOutUnseen,
    add_report,
    take_out,
    take_out_unseen,
)
from portal.cases.service.reading import open_paper
from portal.cases.service.tasks import (
    FinishTask,
    GiveTask,
    WriteNote,
    finish_task,
    give_task,
    write_note,
)
from portal.cases.states import (
    Audience,
    CaseAction,
    CaseEnding,
    CaseState,
    PartyRole,
    Severity,
    SeverityFactor,
)
from portal.casework.queries.board import viewpoint
from portal.casework.service.verification import AnswerReport, answer_report
from portal.evidence.models import Evidence
from portal.infra.database import db
from portal.intake.drafting import forget_unlinked_files
from portal.intake.models import Message, MessageKind
from portal.intake.service import Identity
from portal.intake.states import ReportState
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role
from portal.kernel.deadline import DayUnit, due_on
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.kernel.page import Window
from tests.factories.cases import TITLE, make_case, make_move, today
from tests.factories.casework import (
    keep_out,
    make_actor,
    make_clerk,
    make_head,
    make_officer,
    make_supervisor,
)
from tests.factories.evidence import make_evidence
from tests.factories.intake import make_report

A, S = CaseAction, ReportState
ELSEWHERE = "CULTURE_ENF@320402"
CANARY = "金丝雀专用词"

pytestmark = pytest.mark.usefixtures("app")


def case_of(number: str) -> Case:
    return get_case(db.session(), number, Actor.operator())


def in_days(days: int) -> date:
    """So many calendar days from now, or the working day after a rest day."""
    return due_on(today(), days, DayUnit.CALENDAR, current_place().calendar).on


def offered(number: str, actor: Actor) -> Offers:
    """The buttons of the page of a case."""
    whole = get_whole(db.session(), number, actor)
    return offers_of(whole.case, whole.course, whole.oversight, actor)


def closed_case(officer: Actor, head: Actor) -> str:
    """A case that ended without a penalty."""
    report = make_report(state=S.VERIFIED, officer=officer)
    number = make_case(report, officer=officer)
    answer_report(AnswerReport(report.reference, "未见违法。"), actor=officer)
    make_move(number, A.DROP, head)
    return number


# --- Opening ------------------------------------------------------------------------------------


@pytest.mark.requirement("A7")
def test_a_case_takes_the_next_number_of_its_unit_and_year():
    first, second = make_case(), make_case()

    unit, year, number = first.rsplit("-", 2)
    assert unit == "CULTURE_ENF-320412"
    assert second == f"{unit}-{year}-{int(number) + 1:04d}"


def test_a_refused_opening_uses_no_number():
    first = make_case()
    with pytest.raises(RuleBroken, match="report-not-taken-on"):
        make_case(make_report(state=S.ROUTED))

    assert int(make_case()[-4:]) == int(first[-4:]) + 1


def test_whoever_opens_a_case_has_it_and_it_waits_to_be_filed():
    officer = make_officer()

    case = case_of(make_case(officer=officer))

    assert (case.state, case.handler_id) == (CaseState.PROPOSED, officer.id)
    assert case.next_due_on == in_days(7)


def test_a_report_is_in_one_case_at_a_time():
    officer = make_officer()
    report = make_report(state=S.ACCEPTED, officer=officer)
    make_case(report)

    with pytest.raises(RuleBroken, match="report-in-a-case"):
        make_case(report)


def test_reports_of_another_unit_are_not_known_to_whoever_opens():
    other = make_report(state=S.ACCEPTED, department=ELSEWHERE)

    with pytest.raises(NotFound):
        make_case(make_report(state=S.ACCEPTED), other)


def test_reports_of_two_units_make_no_case_even_for_supervision():
    reports = [make_report(state=S.ACCEPTED), make_report(state=S.ACCEPTED, department=ELSEWHERE)]

    with pytest.raises(RuleBroken, match="report-of-another-unit"):
        make_case(*reports, officer=make_supervisor())


def test_a_report_is_added_taken_out_and_may_then_be_in_another_case():
    officer = make_officer()
    number = make_case(officer=officer)
    late = make_report(state=S.ACCEPTED, officer=officer)

    add_report(AddReport(number, late.reference), actor=officer)
    take_out(TakeOut(number, late.reference, "不是同一家店"), actor=officer)

    assert make_case(late, officer=officer) != number


def test_the_last_report_of_a_case_stays():
    report = make_report(state=S.ACCEPTED)
    number = make_case(report)

    with pytest.raises(RuleBroken, match="last-report-of-case"):
        take_out(TakeOut(number, report.reference, "误并"), actor=make_officer())


# --- Who sees a case ----------------------------------------------------------------------------


@pytest.mark.requirement("F13")
@pytest.mark.parametrize(
    "outsider",
    [
        lambda: make_officer(ELSEWHERE),
        lambda: make_head(ELSEWHERE),
        make_clerk,
        lambda: make_actor(Role.AUDITOR, department="AUDIT@320000", region="320000"),
        lambda: make_actor(Role.ADMINISTRATOR),
    ],
)
def test_a_case_is_not_there_for_anybody_else(outsider):
    number = make_case()

    with pytest.raises(NotFound):
        get_page(db.session(), number, outsider())


@pytest.mark.requirement("F13")
def test_whoever_must_not_know_of_a_report_does_not_know_of_its_case():
    report, insider = make_report(state=S.ACCEPTED), make_officer()
    number = make_case(report)
    keep_out(insider.id, report.id)
    view = viewpoint(insider)

    with pytest.raises(NotFound):
        get_page(db.session(), number, insider)
    assert list_cases(db.session(), CaseFilter(CaseList.OPEN), view, Window()).items == ()
    with pytest.raises(RuleBroken, match="officer-not-available"):
        assign_case(AssignCase(number, insider.id), actor=make_head())
    later = make_officer(same_person=insider)
    with pytest.raises(NotFound):
        get_page(db.session(), number, later)
    with pytest.raises(RuleBroken, match="officer-not-available"):
        assign_case(AssignCase(number, later.id), actor=make_head())


def test_supervision_sees_the_ordinary_cases_of_its_region_and_no_restricted_one():
    plain = make_case()
    closed = make_case(make_report(state=S.ACCEPTED, columns={"restricted": True}))

    seen = list_cases(
        db.session(), CaseFilter(CaseList.OPEN), viewpoint(make_supervisor()), Window()
    ).items

    assert [line.number for line in seen] == [plain]
    assert get_page(db.session(), closed, make_officer()).facts.restricted


def test_a_report_that_becomes_restricted_later_closes_its_case_to_supervision():
    report = make_report(state=S.ACCEPTED)
    number = make_case(report)
    report.restricted = True
    db.session.commit()

    with pytest.raises(NotFound):
        get_page(db.session(), number, make_supervisor())


@pytest.mark.requirement("F13")
def test_the_head_takes_out_a_report_out_of_sight_without_learning_which_it_is():
    officer, head = make_officer(), make_head()
    moved = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(make_report(state=S.ACCEPTED, officer=officer), moved, officer=officer)
    moved.department_code = ELSEWHERE
    db.session.commit()
    [unseen] = get_page(db.session(), number, head).unseen
    order = TakeOutUnseen(number, unseen.link_id, "已由其他单位办理")

    with pytest.raises(NotFound):
        take_out(TakeOut(number, moved.reference, "猜的"), actor=head)
    with pytest.raises(NotPermitted):
        take_out_unseen(order, actor=officer)
    take_out_unseen(order, actor=head)

    whole = get_whole(db.session(), number, head)
    page, events = whole.case, whole.events.items
    entry = next(one for one in events if one.action == "case.take-out-unseen")
    assert (page.unseen, len(page.reports)) == ((), 1)
    assert moved.reference not in str(entry.details)
    with pytest.raises(NotFound):
        take_out_unseen(order, actor=head)


def test_what_is_in_sight_or_in_another_case_is_not_taken_out_unseen():
    officer, head = make_officer(), make_head()
    reports = [make_report(state=S.ACCEPTED, officer=officer) for _one in range(2)]
    number, other = make_case(*reports, officer=officer), make_case(officer=officer)
    link = db.session.scalars(
        select(CaseReport.id).where(CaseReport.report_id == reports[0].id)
    ).one()

    for place in (number, other):
        with pytest.raises(NotFound):
            take_out_unseen(TakeOutUnseen(place, link, "理由"), actor=head)


def test_nothing_is_taken_out_of_written_in_or_given_out_in_a_closed_case():
    officer, head = make_officer(), make_head()
    number = closed_case(officer, head)
    [line] = get_page(db.session(), number, officer).reports

    acts = {
        "take out": lambda: take_out(TakeOut(number, line.reference, "理由"), actor=officer),
        "describe": lambda: describe_case(DescribeCase(number, "新", "新"), actor=officer),
        "grade": lambda: grade_case(
            GradeCase(number, Severity.GRAVE, [SeverityFactor.REPEATED]), actor=officer
        ),
        "assign": lambda: assign_case(AssignCase(number, officer.id), actor=head),
        "task": lambda: give_task(GiveTask(number, officer.id, today(), "取证"), actor=officer),
    }
    for act in acts.values():
        with pytest.raises(RuleBroken, match="case-is-closed"):
            act()
    page = get_page(db.session(), number, officer)
    assert (page.facts.title, page.facts.severity, len(page.reports)) == (TITLE, None, 1)
    assert offered(number, head).acts == ("add_note", "direct")


@pytest.mark.requirement("B2")
def test_a_report_that_has_gone_to_another_unit_does_not_keep_the_case_open():
    officer, head = make_officer(), make_head()
    answered = make_report(state=S.VERIFIED, officer=officer)
    moved = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(answered, moved, officer=officer)
    answer_report(AnswerReport(answered.reference, "未见违法。"), actor=officer)
    waive_paper(WaivePaper(number, "no-case-decision", "轻微"), actor=make_head())
    drop = MoveCase(number, A.DROP, CaseEnding.NO_BREACH, "未见违法")

    with pytest.raises(RuleBroken, match="reports-not-answered"):
        move_case(drop, actor=head)
    moved.department_code = ELSEWHERE
    db.session.commit()
    move_case(drop, actor=head)

    assert case_of(number).state is CaseState.CLOSED


# --- Moves --------------------------------------------------------------------------------------


@pytest.mark.requirement("B6")
def test_a_step_is_refused_without_its_papers_and_made_with_them_or_a_waiver():
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)

    with pytest.raises(RuleBroken, match="papers-missing") as refused:
        move_case(MoveCase(number, A.FILE), actor=head)
    assert refused.value.params == {"papers": "case-filing"}
    file = make_evidence(actor=officer)
    add_paper(AddPaper(number, "case-filing", today(), file.id), actor=officer)
    move_case(MoveCase(number, A.FILE), actor=head)

    case = case_of(number)
    assert case.state is CaseState.FILED
    assert case.next_due_on == in_days(90)


@pytest.mark.requirement("B6")
def test_a_paper_that_is_struck_out_counts_no_more():
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)
    waive_paper(WaivePaper(number, "case-filing", "紧急"), actor=head)
    paper = db.session.scalars(select(CasePaper)).one()

    strike_paper(Strike(number, paper.id), actor=officer)

    with pytest.raises(RuleBroken, match="papers-missing"):
        move_case(MoveCase(number, A.FILE), actor=head)
    with pytest.raises(NotFound):
        strike_paper(Strike(number, paper.id), actor=officer)


@pytest.mark.requirement("B6")
def test_an_officer_does_not_do_without_a_paper():
    with pytest.raises(NotPermitted):
        waive_paper(WaivePaper(make_case(), "case-filing", "不需要"), actor=make_officer())


def test_whoever_has_or_proposed_a_case_does_not_confirm_its_filing():
    head, other = make_head(), make_head()
    number = make_case(officer=head)
    waive_paper(WaivePaper(number, "case-filing", "紧急"), actor=make_head())

    with pytest.raises(RuleBroken, match="handler-does-not-confirm"):
        move_case(MoveCase(number, A.FILE), actor=head)
    assign_case(AssignCase(number, make_officer().id), actor=other)
    with pytest.raises(RuleBroken, match="handler-does-not-confirm"):
        move_case(MoveCase(number, A.FILE), actor=head)
    move_case(MoveCase(number, A.FILE), actor=other)


@pytest.mark.requirement("B6")
def test_whoever_did_without_a_paper_does_not_confirm_the_step_that_asks_for_it():
    head, other, number = make_head(), make_head(), make_case()
    waive_paper(WaivePaper(number, "case-filing", "紧急"), actor=head)
    waive_paper(WaivePaper(number, "penalty-decision", "不附"), actor=other)
    buttons = offered(number, head).moves

    with pytest.raises(RuleBroken, match="handler-does-not-confirm"):
        move_case(MoveCase(number, A.FILE), actor=head)
    assert A.FILE not in buttons
    assert A.FILE in offered(number, other).moves
    move_case(MoveCase(number, A.FILE), actor=other)


def test_a_waiver_that_is_struck_out_keeps_nobody_from_confirming():
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)
    waive_paper(WaivePaper(number, "case-filing", "紧急"), actor=head)
    waiver = db.session.scalars(select(CasePaper)).one()
    strike_paper(Strike(number, waiver.id), actor=officer)
    file = make_evidence(actor=officer)
    add_paper(AddPaper(number, "case-filing", today(), file.id), actor=officer)

    move_case(MoveCase(number, A.FILE), actor=head)

    assert case_of(number).state is CaseState.FILED


def test_an_officer_does_not_confirm_a_step():
    with pytest.raises(NotPermitted):
        move_case(MoveCase(make_case(), A.FILE), actor=make_officer())


def test_the_second_of_two_is_refused_and_changes_nothing():
    number, head = make_case(), make_head()
    make_move(number, A.FILE, head)

    with pytest.raises(MoveRefused):
        move_case(MoveCase(number, A.FILE), actor=head)
    with pytest.raises(MoveRefused, match="changed-meanwhile"):
        move_case(MoveCase(number, A.FINISH_INVESTIGATION, seen_version=1), actor=head)

    moved = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "case.file")
    assert db.session.scalar(moved) == 1


@pytest.mark.requirement("B2")
def test_a_case_is_not_closed_while_one_of_its_reporters_has_no_answer():
    officer, head = make_officer(), make_head()
    reports = [make_report(state=S.VERIFIED, officer=officer) for _one in range(2)]
    number = make_case(
        *reports, officer=officer, upto="file finish-investigation notify decide execute", head=head
    )
    answer_report(AnswerReport(reports[0].reference, "已经处罚。"), actor=officer)

    with pytest.raises(RuleBroken, match="reports-not-answered"):
        make_move(number, A.CLOSE, head)
    answer_report(AnswerReport(reports[1].reference, "已经处罚。"), actor=officer)
    move_case(MoveCase(number, A.CLOSE, CaseEnding.PENALTY_CARRIED_OUT), actor=head)

    case = case_of(number)
    assert (case.state, case.ending) == (CaseState.CLOSED, CaseEnding.PENALTY_CARRIED_OUT)


def test_a_reopened_case_is_filed_and_has_no_ending():
    head = make_head()
    number = closed_case(make_officer(), head)

    with pytest.raises(RuleBroken, match="case-is-closed"):
        add_party(AddParty(number, PartyRole.SELLER, "某店"), actor=make_officer())
    move_case(MoveCase(number, A.REOPEN, None, "有新证据"), actor=head)

    assert (case_of(number).state, case_of(number).ending) == (CaseState.FILED, None)


# --- What is in a case --------------------------------------------------------------------------


def test_a_file_of_a_case_is_not_swept_up_as_one_that_nobody_has():
    officer = make_officer()
    number, file = make_case(officer=officer), make_evidence(actor=officer)
    loose = make_evidence(actor=officer)
    add_paper(AddPaper(number, "case-filing", today(), file.id), actor=officer)
    long_ago = datetime.now(UTC) - timedelta(days=30)
    db.session.execute(update(Evidence).values(claimed_at=long_ago))
    db.session.commit()

    forget_unlinked_files(actor=Actor.system("test"))

    kept = set(db.session.scalars(select(Evidence.id)))
    assert file.id in kept
    assert loose.id not in kept


def test_a_paper_is_opened_by_its_case_only_and_that_is_noted():
    officer = make_officer()
    number, other = make_case(officer=officer), make_case(officer=officer)
    file = make_evidence(b"%PDF-1.4\n%%EOF\n", "a.pdf", actor=officer)
    add_paper(AddPaper(number, "case-filing", today(), file.id), actor=officer)

    with pytest.raises(NotFound):
        open_paper(other, file.id, actor=officer)
    with pytest.raises(NotFound):
        add_paper(AddPaper(other, "case-filing", today(), file.id), actor=officer)
    opened = open_paper(number, file.id, actor=officer)

    assert b"".join(opened.chunks).startswith(b"%PDF")
    noted = select(func.count()).where(AuditEvent.action == "case.open-paper")
    assert db.session.scalar(noted) == 1


def test_things_of_another_case_are_not_there():
    officer = make_officer()
    number, other = make_case(officer=officer), make_case(officer=officer)
    add_party(AddParty(number, PartyRole.SELLER, "某音像店"), actor=officer)
    party = db.session.scalars(select(CaseParty)).one()
    task = give_task(GiveTask(number, officer.id, today(), "取证"), actor=officer)

    with pytest.raises(NotFound):
        strike_party(Strike(other, party.id), actor=officer)
    with pytest.raises(NotFound):
        finish_task(FinishTask(other, task), actor=officer)


@pytest.mark.requirement("B16")
def test_a_task_has_an_owner_and_a_day_and_stands_on_their_list():
    officer, colleague = make_officer(), make_officer()
    number = make_case(officer=officer)
    later = give_task(
        GiveTask(number, colleague.id, today() + timedelta(days=9), "送达"), actor=officer
    )
    give_task(GiveTask(number, colleague.id, today() + timedelta(days=3), "取证"), actor=officer)

    tasks = list_tasks(db.session(), viewpoint(colleague), Window()).items
    with pytest.raises(NotPermitted):
        finish_task(FinishTask(number, later), actor=officer)
    finish_task(FinishTask(number, later), actor=colleague)
    with pytest.raises(MoveRefused):
        finish_task(FinishTask(number, later), actor=colleague)

    assert [one.text for one in tasks] == ["取证", "送达"]
    assert len(list_tasks(db.session(), viewpoint(colleague), Window()).items) == 1


@pytest.mark.requirement("B16")
def test_a_task_goes_to_nobody_of_another_unit_and_not_into_the_past():
    officer = make_officer()
    number = make_case(officer=officer)

    with pytest.raises(RuleBroken, match="officer-not-available"):
        give_task(GiveTask(number, make_officer(ELSEWHERE).id, today(), "取证"), actor=officer)
    with pytest.raises(RuleBroken, match="task-day-over"):
        give_task(GiveTask(number, officer.id, today() - timedelta(days=3), "取证"), actor=officer)


def test_a_note_for_the_reporters_reaches_each_of_them_in_the_same_words():
    officer = make_officer()
    reports = [make_report(state=S.ACCEPTED, officer=officer) for _one in range(2)]
    number = make_case(*reports, officer=officer)

    write_note(WriteNote(number, Audience.REPORTER, "案件已立案。"), actor=officer)

    told = select(Message.report_id).where(Message.kind == MessageKind.NOTICE)
    assert set(db.session.scalars(told)) >= {one.id for one in reports}


def test_a_note_for_the_reporters_does_not_reach_one_whose_report_has_gone_to_another_unit():
    officer = make_officer()
    here, moved = [make_report(state=S.ACCEPTED, officer=officer) for _one in range(2)]
    number = make_case(here, moved, officer=officer)
    moved.department_code = ELSEWHERE
    db.session.commit()

    write_note(WriteNote(number, Audience.REPORTER, "案件已立案。"), actor=officer)

    told = select(Message.report_id).where(Message.kind == MessageKind.NOTICE)
    reached = set(db.session.scalars(told.where(Message.account_id == officer.id)))
    assert reached == {here.id}


def test_a_note_of_the_handler_is_for_handler_and_head():
    officer = make_officer()
    number = make_case(officer=officer)
    write_note(WriteNote(number, Audience.HANDLER, CANARY), actor=officer)

    seen = {
        role: len(get_page(db.session(), number, actor).notes)
        for role, actor in {"own": officer, "head": make_head(), "other": make_officer()}.items()
    }

    assert seen == {"own": 1, "head": 1, "other": 0}


@pytest.mark.requirement("D22")
def test_a_grade_keeps_its_factors():
    number = make_case()
    grade_case(GradeCase(number, Severity.SERIOUS, [SeverityFactor.REPEATED]), actor=make_officer())

    facts = get_page(db.session(), number, make_officer()).facts

    assert (facts.severity, facts.factors) == (Severity.SERIOUS, (SeverityFactor.REPEATED,))


def test_nothing_of_a_reporter_and_nothing_typed_stands_readable_in_a_case():
    officer = make_officer()
    sender = Identity(name=CANARY, phone="13800009999")
    report = make_report(state=S.ACCEPTED, officer=officer, identity=sender, narrative=CANARY)
    number = make_case(report, officer=officer)
    add_party(AddParty(number, PartyRole.SELLER, TITLE), actor=officer)
    write_note(WriteNote(number, Audience.DEPARTMENT, TITLE), actor=officer)
    give_task(GiveTask(number, officer.id, today(), TITLE), actor=officer)
    db.session.flush()

    tables = (Case, CaseParty, CaseNote, CaseTask, CaseReport)
    rows = [
        repr(tuple(row)) + "".join(str(bytes(c)) for c in row if isinstance(c, bytes))
        for table in tables
        for row in db.session.execute(select(*table.__table__.columns))
    ]
    rows += [
        str(one.details)
        for one in db.session.scalars(select(AuditEvent))
        if one.action.startswith("case.")
    ]

    written = "".join(rows)
    assert number in written
    for secret in (CANARY, "13800009999", TITLE):
        assert secret not in written
        assert repr(secret.encode())[2:-1] not in written
