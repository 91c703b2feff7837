"""Leads: one report, several places; each unit sees what it must and no more (A7)."""

from datetime import date, datetime

import pytest
import time_machine
from sqlalchemy import func, select, update

from portal.audit.models import AuditEvent
from portal.casework.queries.board import count_board, list_reports, list_section, viewpoint
from portal.casework.queries.dossier import get_dossier
from portal.casework.queries.filters import Filter, Section
from portal.casework.queries.leads import list_heap
from portal.casework.queries.lines import Dossier, LeadFile
from portal.casework.queries.search import search_reports
from portal.casework.service.acceptance import AssignReport, assign_report
from portal.casework.service.closing import CloseReport, CloseUnrouted, close_report, close_unrouted
from portal.casework.service.conversation import AddNote, AskReporter, add_note, ask_reporter
from portal.casework.service.erasure import erase_words
from portal.casework.service.leads import (
    FollowLead,
    FollowReport,
    ReportLead,
    ReturnLead,
    RouteLead,
    TakeLead,
    follow_lead,
    follow_report,
    report_lead,
    return_lead,
    route_lead,
    take_lead,
)
from portal.casework.service.merging import MergeReports, UndoRelation, merge_reports, undo_relation
from portal.casework.service.opening import OpenOriginal, open_original
from portal.casework.service.routing import route_report
from portal.casework.service.verification import AnswerReport, answer_report
from portal.casework.service.watching import watch_leads
from portal.casework.states import Finding
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake import queries as reports
from portal.intake.lead_models import Lead
from portal.intake.models import Message, MessageKind, Report
from portal.intake.states import LeadEnding, LeadState, ReportState
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.kernel.page import Window
from portal.triage.leads import end_leads
from portal.triage.relations import find_merge
from portal.triage.service import RouteReport
from tests.factories.casework import make_clerk, make_head, make_officer, make_supervisor
from tests.factories.intake import make_report
from tests.factories.leads import ELSEWHERE, make_lead

S, L = ReportState, LeadState
SYSTEM = Actor.system("test")
OWN, THIRD = "CULTURE_ENF@320412", "CULTURE_ENF@320404"
CANARY = "金丝雀专用词"

pytestmark = pytest.mark.usefixtures("app")


def sees(condition, report: Report) -> bool:
    return db.session.scalar(select(Report.id).where(Report.id == report.id, condition)) is not None


def events(action: str) -> int:
    counted = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == action)
    return db.session.scalar(counted) or 0


@pytest.mark.requirement("A7")
def test_a_lead_goes_to_the_unit_of_its_place_and_the_report_stays_where_it_is():
    report = make_report(state=S.ACCEPTED)

    lead = make_lead(report)

    assert (report.department_code, report.state) == (OWN, S.ACCEPTED)
    assert (lead.number, lead.region, lead.department_code) == (1, "320402", ELSEWHERE)
    assert lead.due_on > lead.opened_at.date()
    assert b"\xe8\xaf\xb7" not in (lead.asked or b"")
    assert make_lead(report, unit=THIRD).number == 2


@pytest.mark.requirement("A7")
@pytest.mark.requirement("U33")
def test_a_unit_with_a_lead_reads_what_was_reported_and_nothing_of_the_source():
    report = make_report(
        state=S.ACCEPTED, title=CANARY, columns={"flags": ["insider", "minors_affected"]}
    )
    officer = make_officer(OWN)
    ask_reporter(AskReporter(report.reference, "您在哪里工作？"), actor=officer)
    add_note(AddNote(report.reference, "内部备注"), actor=officer)
    make_lead(report)

    shown = get_dossier(db.session(), report.reference, make_officer(ELSEWHERE))

    assert isinstance(shown, LeadFile)
    assert shown.content is not None
    assert shown.content.title == CANARY
    assert shown.flags == ("minors_affected",)
    hidden = {
        "contact_mode",
        "messages",
        "decisions",
        "handler",
        "events",
        "wants_reward",
        "channel",
    }
    assert hidden.isdisjoint(LeadFile.__slots__)


@pytest.mark.requirement("U33")
def test_a_unit_with_a_lead_lists_and_counts_the_lead_and_not_the_report():
    report = make_report(state=S.ACCEPTED, title=CANARY)
    make_lead(report)
    view = viewpoint(make_head(ELSEWHERE))

    board = count_board(db.session(), view)

    assert board.leads == 1
    assert set(board.counts.values()) == {0}
    assert list_reports(db.session(), Filter(), view, Window()).items == ()
    assert all(not list_section(db.session(), s, view, Window()).items for s in Section)
    [line] = list_heap(db.session(), view, Window()).items
    assert (line.reference, line.leading) == (report.reference, OWN)


@pytest.mark.requirement("U33")
@pytest.mark.parametrize(("unit", "count"), [(ELSEWHERE, 1), (THIRD, 0)])
def test_a_unit_finds_by_words_the_report_it_has_a_lead_of_and_no_other_does(unit, count):
    report = make_report(state=S.ACCEPTED, title=CANARY, indexed=True)
    make_lead(report)

    found = search_reports(db.session(), CANARY, viewpoint(make_officer(unit)), Window())

    assert len(found.items) == count


@pytest.mark.requirement("A7")
@pytest.mark.parametrize("restricted", [True, False])
@pytest.mark.parametrize("conflict", [True, False])
@pytest.mark.parametrize(
    "role",
    [Role.CASE_OFFICER, Role.DEPARTMENT_HEAD, Role.SUPERVISOR, Role.ADMINISTRATOR, Role.AUDITOR],
)
def test_a_lead_opens_ordinary_reports_to_those_at_its_desk(role, restricted, conflict):
    report = make_report(state=S.ACCEPTED, columns={"region": "320412"})
    make_lead(report)
    changes = {"restricted": restricted, "conflict": conflict}
    db.session.execute(update(Report).where(Report.id == report.id).values(**changes))
    actor = Actor(make_head().kind, None, frozenset({role}), ELSEWHERE, "320402")
    reads = role in {Role.CASE_OFFICER, Role.DEPARTMENT_HEAD, Role.SUPERVISOR}

    assert sees(reports.in_sight(actor), report) == (reads and not restricted and not conflict)
    assert not sees(reports.in_scope(actor), report)


@pytest.mark.requirement("A7")
def test_a_lead_allows_no_act_on_the_report():
    report = make_report(state=S.ACCEPTED)
    make_lead(report)
    head = make_head(ELSEWHERE)
    reference = report.reference
    acts = [
        lambda: add_note(AddNote(reference, "备注"), actor=head),
        lambda: ask_reporter(AskReporter(reference, "您是谁？"), actor=head),
        lambda: assign_report(AssignReport(reference, head.id), actor=head),
        lambda: route_report(RouteReport(reference, THIRD, "转走"), actor=head),
        lambda: answer_report(AnswerReport(reference, "答复"), actor=head),
        lambda: follow_report(FollowReport(reference, "320404", THIRD, "问"), actor=head),
        lambda: open_original(OpenOriginal(reference, report.id, "看原件"), actor=head),
    ]

    for act in acts:
        with pytest.raises(NotFound):
            act()

    assert events("report.note") == 0


@pytest.mark.requirement("A7")
def test_the_leading_unit_sees_every_lead_and_what_it_found():
    report = make_report(state=S.ACCEPTED)
    make_lead(report, L.REPORTED)
    make_lead(report, L.RETURNED, unit=THIRD)

    shown = get_dossier(db.session(), report.reference, make_officer(OWN))

    assert isinstance(shown, Dossier)
    first, second = shown.leads
    assert (first.state, first.finding, first.summary) == (
        L.REPORTED,
        Finding.CONFIRMED,
        "仓库里有三箱盗版书。",
    )
    assert (second.state, second.department, second.returned_because) == (
        L.RETURNED,
        None,
        "不在我们辖区。",
    )
    assert second.acts == ("route",)


@pytest.mark.requirement("A7")
def test_a_lead_is_followed_into_a_third_place_and_both_show_the_link():
    report = make_report(state=S.ACCEPTED)
    officer, third = make_officer(ELSEWHERE), make_officer(THIRD)
    lead = make_lead(report, L.TAKEN, officer=officer)

    follow_lead(FollowLead(lead.id, "320404", THIRD, "货从您那里来"), actor=officer)

    mine = get_dossier(db.session(), report.reference, officer)
    theirs = get_dossier(db.session(), report.reference, third)
    assert [(one.number, one.follows, one.asked) for one in mine.leads] == [
        (1, None, "请核实仓库的进货来源。"),
        (2, 1, ""),
    ]
    assert [(one.number, one.follows, one.asked) for one in theirs.leads] == [
        (1, None, ""),
        (2, 1, "货从您那里来"),
    ]
    assert all(not one.acts for one in theirs.leads if one.number == 1)


def test_two_units_with_unlinked_leads_know_nothing_of_each_other():
    report = make_report(state=S.ACCEPTED)
    make_lead(report, L.REPORTED)
    make_lead(report, unit=THIRD)

    shown = get_dossier(db.session(), report.reference, make_officer(THIRD))

    assert [one.number for one in shown.leads] == [2]


@pytest.mark.requirement("A7")
def test_of_two_officers_who_take_one_lead_the_second_is_refused():
    lead = make_lead(make_report(state=S.ACCEPTED))
    first, second = make_officer(ELSEWHERE), make_officer(ELSEWHERE)
    take_lead(TakeLead(lead.id, lead.version), actor=first)

    with pytest.raises(MoveRefused):
        take_lead(TakeLead(lead.id, 1), actor=second)
    with pytest.raises(MoveRefused):
        take_lead(TakeLead(lead.id), actor=second)

    assert lead.taken_by == first.id
    assert events("lead.take") == 1


def test_a_lead_that_was_sent_back_leaves_the_sight_of_its_unit_and_is_sent_on_by_hand():
    report = make_report(state=S.ACCEPTED)
    officer = make_officer(ELSEWHERE)
    lead = make_lead(report)

    return_lead(ReturnLead(lead.id, "不在我们辖区。"), actor=officer)

    assert not sees(reports.in_sight(officer), report)
    leading = make_officer(OWN)
    [line] = list_heap(db.session(), viewpoint(leading), Window()).items
    assert (line.id, line.state) == (lead.id, L.RETURNED)
    route_lead(RouteLead(lead.id, "320404", THIRD, "请核实"), actor=leading)
    assert (lead.state, lead.department_code, lead.region) == (L.ROUTED, THIRD, "320404")
    assert sees(reports.in_sight(make_officer(THIRD)), report)


@pytest.mark.parametrize(
    "unit", [OWN, "CULTURE_ENF@999999", "NOBODY@320402"], ids=["own", "nowhere", "no unit"]
)
def test_a_lead_goes_to_a_unit_that_is_one_and_is_another(unit):
    report = make_report(state=S.ACCEPTED)

    with pytest.raises(RuleBroken):
        follow_report(FollowReport(report.reference, "320402", unit, "问"), actor=make_head(OWN))


@pytest.mark.requirement("F21")
@pytest.mark.parametrize("flag", ["restricted", "conflict"])
def test_a_report_that_is_closed_to_others_has_no_leads(flag):
    report = make_report(state=S.ACCEPTED, columns={flag: True})

    with pytest.raises(RuleBroken, match="report-closed-to-others"):
        make_lead(report)


def test_somebody_elses_lead_is_unknown_and_ones_own_is_not_for_every_act():
    report = make_report(state=S.ACCEPTED)
    lead = make_lead(report)

    with pytest.raises(NotFound):
        take_lead(TakeLead(lead.id), actor=make_officer(THIRD))
    with pytest.raises(NotPermitted):
        take_lead(TakeLead(lead.id), actor=make_officer(OWN))
    with pytest.raises(MoveRefused):
        report_lead(
            ReportLead(lead.id, Finding.CONFIRMED, "还没有接收"), actor=make_officer(ELSEWHERE)
        )

    assert lead.state is L.ROUTED


@pytest.mark.requirement("A7")
def test_a_report_with_open_leads_is_answered_with_a_reason_for_not_waiting_only():
    officer = make_officer(OWN)
    report = make_report(state=S.VERIFIED, officer=officer)
    make_lead(report)

    with pytest.raises(RuleBroken, match="leads-are-open"):
        answer_report(AnswerReport(report.reference, "属实。"), actor=officer)
    answer_report(
        AnswerReport(report.reference, "属实。", not_waiting="外地的部分另行处理。"), actor=officer
    )

    notes = select(Message).where(Message.report_id == report.id, Message.kind == MessageKind.NOTE)
    assert reports.body_of(report, db.session.scalars(notes).one()) == "外地的部分另行处理。"


@pytest.mark.parametrize("state", [L.ROUTED, L.TAKEN, L.RETURNED])
def test_closing_a_report_ends_its_open_leads_and_says_why(state):
    officer = make_officer(OWN)
    report = make_report(state=S.ANSWERED, officer=officer)
    lead, told = make_lead(report, state), make_lead(report, L.REPORTED, unit=THIRD)

    close_report(CloseReport(report.reference, "close.measures-taken"), actor=officer)

    assert (lead.state, lead.ended_because) == (L.ENDED, LeadEnding.CLOSED)
    assert told.state is L.REPORTED
    assert events("lead.end") == 1
    with pytest.raises(NotFound if state is L.RETURNED else MoveRefused):
        take_lead(TakeLead(lead.id), actor=make_officer(ELSEWHERE))


def test_erasing_a_report_ends_its_leads_and_blanks_what_was_written_about_them():
    report = make_report(state=S.ACCEPTED)
    lead, told = make_lead(report, L.TAKEN), make_lead(report, L.REPORTED, unit=THIRD)

    with unit_of_work(Actor.operator()) as uow:
        erase_words(uow, uow.session.get_one(Report, report.id), reason="test")

    assert (lead.state, lead.ended_because, lead.asked) == (L.ENDED, LeadEnding.ERASED, None)
    assert (told.state, told.summary, told.finding) == (L.REPORTED, None, "confirmed")
    shown = get_dossier(db.session(), report.reference, make_officer(OWN))
    assert [one.summary for one in shown.leads] == ["", ""]


def test_a_report_closed_at_reception_ends_its_leads():
    report = make_report(state=S.ROUTED, department="TRIAGE@320400", columns={"region": "320412"})
    clerk = make_clerk()
    lead_id = follow_report(FollowReport(report.reference, "320402", ELSEWHERE, "问"), actor=clerk)

    close_unrouted(CloseUnrouted(report.reference, "unrouted.out-of-scope"), actor=clerk)

    assert db.session.get_one(Lead, lead_id).state is L.ENDED


def test_a_supervisor_of_another_region_sees_neither_report_nor_lead():
    report = make_report(state=S.ACCEPTED, columns={"region": "320412"})
    make_lead(report)

    assert not sees(reports.in_sight(make_supervisor("330000")), report)
    assert sees(reports.in_scope(make_supervisor("320000")), report)


# --- Pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_lead_is_worked_on_the_pages_from_its_heap_to_the_answer(desk, language):
    pages, officer = desk(
        Role.CASE_OFFICER, department=ELSEWHERE, region="320402", language=language
    )
    report = make_report(state=S.ACCEPTED, title=CANARY)
    lead = make_lead(report)
    heap = pages.get("/desk/leads")
    assert report.reference in heap.text()

    page = pages.get(f"/desk/reports/{report.reference}")
    assert CANARY in page.text()
    assert not page.find(f"a[href='/desk/reports/{report.reference}/ask']")
    pages.post(pages.get(f"/desk/leads/{lead.id}/take"), {})
    page = pages.post(
        pages.get(f"/desk/leads/{lead.id}/report"),
        {"finding": "confirmed", "summary": "有三箱。"},
    )

    assert (lead.state, lead.taken_by) == (L.REPORTED, officer.id)
    assert "有三箱。" in page.text()


def test_the_slower_of_two_is_told_that_the_lead_has_somebody(desk):
    pages, _officer = desk(Role.CASE_OFFICER, department=ELSEWHERE, region="320402")
    lead = make_lead(make_report(state=S.ACCEPTED))
    form = pages.get(f"/desk/leads/{lead.id}/take")
    take_lead(TakeLead(lead.id), actor=make_officer(ELSEWHERE))

    assert pages.post(form, {}).status == 409


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_leading_unit_follows_a_report_elsewhere_on_the_page(desk, language):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    report = make_report(state=S.ACCEPTED, officer=officer)
    at = f"/desk/reports/{report.reference}/follow"
    kind = {"kind": "CULTURE_ENF", "asked": "请核实"}

    wrong = pages.post(pages.get(at), {"region": "没有这个地方", **kind})
    page = pages.post(pages.get(at), {"region": "320402", **kind})

    assert wrong.status == 422
    assert page.status == 200
    lead = db.session.scalars(select(Lead).where(Lead.report_id == report.id)).one()
    assert lead.department_code == ELSEWHERE
    assert page.find("#leads")


def test_the_page_of_an_answer_asks_why_not_to_wait_while_leads_are_open(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    report = make_report(state=S.VERIFIED, officer=officer)
    at = f"/desk/reports/{report.reference}/answer"
    assert not pages.get(at).find("textarea[name=not_waiting]")
    make_lead(report)

    refused = pages.post(pages.get(at), {"text": "属实。"})
    page = pages.post(pages.get(at), {"text": "属实。", "not_waiting": "另案处理。"})

    assert refused.status == 422
    assert (page.status, report.state) == (200, S.ANSWERED)


def test_nobody_else_reads_a_lead_or_its_report_by_their_addresses(desk):
    pages, _officer = desk(Role.CASE_OFFICER, department=THIRD, region="320404")
    report = make_report(state=S.ACCEPTED)
    lead = make_lead(report)
    acts = ("take", "report", "return", "route", "follow")

    statuses = {pages.get(f"/desk/leads/{lead.id}/{act}").status for act in acts}

    assert statuses == {404}
    assert pages.get(f"/desk/reports/{report.reference}").status == 404


def test_the_heap_of_leads_costs_the_same_however_long_it_is(desk, counted):
    pages, _officer = desk(Role.CASE_OFFICER, department=ELSEWHERE, region="320402")
    make_lead(make_report(state=S.ACCEPTED))
    with counted() as short:
        pages.get("/desk/leads")
    for _ in range(3):
        make_lead(make_report(state=S.ACCEPTED))
    with counted() as long:
        pages.get("/desk/leads")

    assert len(short) == len(long) <= 6


def test_the_page_of_a_lead_costs_a_fixed_few_statements(desk, counted):
    pages, _officer = desk(Role.CASE_OFFICER, department=ELSEWHERE, region="320402")
    report = make_report(state=S.ACCEPTED)
    make_lead(report)
    pages.get(f"/desk/reports/{report.reference}")

    with counted() as seen:
        pages.get(f"/desk/reports/{report.reference}")

    assert len(seen) <= 8


# --- Merged reports, and the clock of a lead ----------------------------------------------------


def state_of(lead):
    db.session.expire_all()
    return db.session.get_one(Lead, lead.id).state


@pytest.mark.requirement("A7")
def test_a_merge_ends_the_leads_of_the_report_that_follows_and_its_undoing_opens_them_again():
    officer = make_officer()
    first, later = (make_report(state=S.ACCEPTED, officer=officer) for _one in range(2))
    kept, ended = make_lead(first), make_lead(later, L.TAKEN)
    sent_back = make_lead(later, L.RETURNED, unit=THIRD)

    merge_reports(MergeReports(first.reference, later.reference), actor=officer)

    assert (state_of(kept), state_of(ended)) == (L.ROUTED, L.ENDED)
    assert (ended.ended_because, sent_back.ended_because) == (LeadEnding.MERGED, LeadEnding.MERGED)
    merge = find_merge(db.session(), later.id)
    undo_relation(UndoRelation(later.reference, merge.id), actor=officer)
    assert (state_of(ended), ended.ended_because, ended.taken_by) == (L.ROUTED, None, None)
    assert (ended.department_code, state_of(sent_back)) == (ELSEWHERE, L.ENDED)
    heap = list_heap(db.session(), viewpoint(make_officer(ELSEWHERE)), Window()).items
    assert {line.id for line in heap} == {kept.id, ended.id}


def test_what_ended_for_another_reason_stays_ended_when_a_merge_is_undone():
    officer = make_officer()
    first, later = (make_report(state=S.ACCEPTED, officer=officer) for _one in range(2))
    lead = make_lead(later)
    with unit_of_work(officer) as uow:
        end_leads(uow, uow.session.get_one(Report, later.id), LeadEnding.RESTRICTED)
    merge_reports(MergeReports(first.reference, later.reference), actor=officer)
    merge = find_merge(db.session(), later.id)

    undo_relation(UndoRelation(later.reference, merge.id), actor=officer)

    assert (state_of(lead), lead.ended_because) == (L.ENDED, LeadEnding.RESTRICTED)


def on(moment):
    return time_machine.travel(datetime.fromisoformat(moment), tick=False)


@pytest.mark.requirement("U4")
def test_a_lead_is_warned_of_once_then_found_late_once_and_the_leading_unit_learns_of_it():
    with on("2026-09-14T09:00:00+08:00"):
        report = make_report(state=S.ACCEPTED)
        lead, version = make_lead(report), 1
        leading, unit = viewpoint(make_officer()), viewpoint(make_officer(ELSEWHERE))
        assert watch_leads(actor=SYSTEM) == 0
        warn = lead.warn_on
    with on(f"{warn.isoformat()}T02:00:00+08:00"):
        assert watch_leads(actor=SYSTEM) == 0, "nobody is warned at night"
    with on("2026-10-01T02:00:00+08:00"):
        assert watch_leads(actor=SYSTEM) == 0, "nor on a holiday"
    with on("2026-10-08T09:00:00+08:00"):
        assert (watch_leads(actor=SYSTEM), watch_leads(actor=SYSTEM)) == (1, 0)
        assert list_heap(db.session(), leading, Window()).items == ()
    with on("2026-11-10T09:00:00+08:00"):
        assert (watch_leads(actor=SYSTEM), watch_leads(actor=SYSTEM)) == (1, 0)
        late = viewpoint(leading.actor)
        [line] = list_heap(db.session(), late, Window()).items
        counted = count_board(db.session(), late).leads

    db.session.expire_all()
    assert (line.id, line.overdue, counted) == (lead.id, True, 1)
    assert (lead.version, lead.look_on) == (version, None)
    assert lead.warned_at < lead.breached_at
    assert (events("lead.warn"), events("lead.breach"), events("report.lead-late")) == (1, 1, 1)
    assert list_heap(db.session(), unit, Window()).items[0].id == lead.id


def test_a_lead_that_is_answered_or_sent_on_is_late_no_more():
    with on("2026-09-14T09:00:00+08:00"):
        report = make_report(state=S.ACCEPTED)
        answered, sent_on = make_lead(report, L.REPORTED), make_lead(report, L.RETURNED)
    with on("2026-11-10T09:00:00+08:00"):
        order = RouteLead(sent_on.id, "320404", THIRD, "请看一下")
        route_lead(order, actor=make_head())
        assert watch_leads(actor=SYSTEM) == 0

    db.session.expire_all()
    assert (answered.breached_at, sent_on.breached_at) == (None, None)
    assert sent_on.due_on > sent_on.warn_on > date(2026, 11, 10)


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_what_is_late_elsewhere_stands_on_the_page_of_leads(desk, language):
    pages, _head = desk(Role.DEPARTMENT_HEAD, language=language)
    lead = make_lead(make_report(state=S.ACCEPTED))
    lead.due_on, lead.look_on = date(2026, 1, 5), date(2026, 1, 5)
    db.session.commit()
    with on("2026-11-10T09:00:00+08:00"):
        watch_leads(actor=SYSTEM)

    page = pages.get("/desk/leads")

    assert page.find(".sl-clock--late")
